"""artifacts.*: over HTTP, against the official document, with the uploads and downloads that they lead to."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from devrev import DevRevClient
from devrev.config import DevRevConfig
from devrev.models import artifacts as models
from pydantic import SecretStr

from tests import s3
from tests.wire import devrev_world
from tests.wire.conftest import Live, serving
from tests.wire.devrev_client import Devrev

MOST = 3_000_000
PICTURE = b"\x89PNG not really" * 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def live(module_database: str, folder: Path) -> Iterator[Live]:
    with serving(module_database, folder, max_upload_bytes=str(MOST)) as server:
        yield server


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    run(
        module_database,
        "INSERT INTO memberships (tenant_id, user_id, role, name) VALUES (2, 4, 'administrator', 'G') ON CONFLICT DO NOTHING",
    )
    return Devrev(live.url, world.tokens)


def run(dsn: str, statement: str, *values: Any) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    return asyncio.run(ask())


def send(prepared: Any, content: bytes, **changed: str) -> httpx.Response:
    """As a client would: the fields that it was given, then the file."""
    fields = {one["key"]: one["value"] for one in prepared["form_data"]} | changed
    return httpx.post(prepared["url"], data=fields, files={"file": ("x", content)}, timeout=30)


def upload(devrev: Devrev, content: bytes = PICTURE, *, who: str = "ada", **asked: str) -> str:
    prepared = devrev.call("artifacts.prepare", {"file_name": "photo.png"} | asked, who=who, expect=200)
    answer = send(prepared, content)
    assert (answer.status_code, answer.content) == (204, b"")
    return str(prepared["id"])


def fetch(devrev: Devrev, artifact: str, *, who: str = "ada", headers: dict[str, str] | None = None, **more: str) -> httpx.Response:
    located = devrev.call("artifacts.locate", {"id": artifact} | more, who=who)
    return httpx.get(located["url"], headers=headers, timeout=30)


def attach(devrev: Devrev, live: Live, artifact: str, message_id: int) -> None:
    number = int(artifact.rpartition("/")[2])
    run(live.dsn, "UPDATE attachments SET message_id = $2 WHERE tenant_id = 1 AND id = $1", number, message_id)
    counted = "(SELECT count(*) FROM attachments a WHERE a.tenant_id = 1 AND a.message_id = $1)"
    run(live.dsn, f"UPDATE messages SET attachment_count = {counted} WHERE tenant_id = 1 AND id = $1", message_id)


def blobs(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def test_a_files_life(devrev: Devrev, live: Live) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "été.png", "configuration_set": "work"}, expect=200)
    before = devrev.call("artifacts.get", {"id": prepared["id"]})
    assert before["artifact"]["file"] == {"type": "image/png", "name": "été.png"}
    assert before["artifact"]["created_by"]["display_id"] == "DEVU-1"
    assert "version" not in before
    assert devrev.call("artifacts.locate", {"id": prepared["id"]}, expect=404)["type"] == "not_found"
    assert send(prepared, PICTURE).status_code == 204
    after = devrev.call("artifacts.get", {"id": prepared["id"]})
    assert after["artifact"]["file"] == {"type": "image/png", "name": "été.png", "size": len(PICTURE)}
    assert (after["version"]["version"], after["version"]["modified_by"]["display_id"]) == ("1", "DEVU-1")
    assert devrev.get("artifacts.get", f"id={after['artifact']['display_id']}").json() == after
    answer = fetch(devrev, prepared["id"])
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''%C3%A9t%C3%A9.png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{hashlib.sha256(PICTURE).hexdigest()}"'
    kinds = run(
        live.dsn, "SELECT kind FROM events WHERE data ->> 'id' = $1 AND kind LIKE 'attachment%' ORDER BY id", number_of(prepared["id"])
    )
    assert [row[0] for row in kinds] == ["attachment.created", "attachment.stored"]
    kept = run(live.dsn, "SELECT configuration, file_type, extension FROM attachments WHERE id = $1", int(number_of(prepared["id"])))
    assert tuple(kept[0]) == ("work", "image", "png")


def number_of(artifact: str) -> str:
    return artifact.rpartition("/")[2]


@pytest.mark.parametrize(
    ("asked", "status", "want", "content_range"),
    [
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/150"),
        ("bytes=140-", 206, slice(140, 150), "bytes 140-149/150"),
        ("bytes=-5", 206, slice(145, 150), "bytes 145-149/150"),
        ("bytes=100-9999", 206, slice(100, 150), "bytes 100-149/150"),
        ("bytes=150-", 416, slice(0, 0), "bytes */150"),
        ("bytes=-0", 416, slice(0, 0), "bytes */150"),
        ("bytes=5-2", 200, slice(0, 150), None),
        ("bytes=0-1,5-6", 200, slice(0, 150), None),
        ("lines=1-2", 200, slice(0, 150), None),
    ],
)
def test_ranges(devrev: Devrev, asked: str, status: int, want: slice, content_range: str | None) -> None:
    content = bytes(range(150))
    answer = fetch(devrev, upload(devrev, content), headers={"Range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, content[want], content_range)


def test_what_the_browser_has_is_not_sent_again(devrev: Devrev) -> None:
    artifact = upload(devrev)
    etag = fetch(devrev, artifact).headers["etag"]
    again = fetch(devrev, artifact, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert fetch(devrev, artifact, headers={"If-Range": '"other"', "Range": "bytes=0-1"}).status_code == 200
    assert fetch(devrev, artifact, headers={"If-Range": etag, "Range": "bytes=0-1"}).status_code == 206
    url = devrev.call("artifacts.locate", {"id": artifact})["url"]
    head = httpx.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PICTURE)), b"")


@pytest.mark.parametrize(
    "media", ["text/html", "image/svg+xml", "text/plain", "application/pdf", "application/xhtml+xml", "text/html; charset=utf-8"]
)
def test_what_a_browser_could_run_is_only_saved(devrev: Devrev, media: str) -> None:
    answer = fetch(devrev, upload(devrev, b"<script>alert(1)</script>", file_name='a"\r\nb.html', file_type=media))
    assert answer.headers["content-type"] == media
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22%0D%0Ab.html"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_type_is_told_from_the_name_or_unknown(devrev: Devrev) -> None:
    unknown = "application/octet-stream"
    for name, media in (("a.pdf", "application/pdf"), ("no suffix", unknown), ("data:x\r\nA: b/c,", unknown)):
        made = devrev.call("artifacts.prepare", {"file_name": name}, expect=200)
        assert devrev.call("artifacts.get", {"id": made["id"]})["artifact"]["file"]["type"] == media


def test_versions(devrev: Devrev, live: Live, folder: Path) -> None:
    artifact = upload(devrev, b"one")
    second = devrev.call("artifacts.versions.prepare", {"id": artifact}, expect=200)
    assert fetch(devrev, artifact).content == b"one"
    assert devrev.call("artifacts.get", {"id": artifact, "version": "2"}, expect=404)["type"] == "not_found"
    assert send(second, b"second").status_code == 204
    got = devrev.call("artifacts.get", {"id": artifact})
    assert (got["version"]["version"], got["artifact"]["file"]["size"]) == ("2", 6)
    first = devrev.call("artifacts.get", {"id": artifact, "version": "1"})
    assert (first["version"]["version"], first["artifact"]["file"]["size"]) == ("1", 3)
    assert [fetch(devrev, artifact, version=number).content for number in ("1", "2")] == [b"one", b"second"]
    assert fetch(devrev, artifact).content == b"second"
    link = devrev.call("artifacts.locate", {"id": artifact})["url"]
    assert devrev.call("artifacts.versions.delete", {"id": artifact}) == {}
    assert httpx.get(link).status_code == 404
    assert devrev.call("artifacts.get", {"id": artifact})["version"]["version"] == "1"
    assert fetch(devrev, artifact).content == b"one"
    assert devrev.call("artifacts.versions.delete", {"id": artifact, "version": "2"}, expect=404)["type"] == "not_found"
    assert devrev.call("artifacts.versions.delete", {"id": artifact, "version": "1"}) == {}
    empty = devrev.call("artifacts.get", {"id": artifact})
    assert ("version" in empty, "size" in empty["artifact"]["file"]) == (False, False)
    third = devrev.call("artifacts.versions.prepare", {"id": artifact}, expect=200)
    assert send(third, b"3").status_code == 204
    assert devrev.call("artifacts.get", {"id": artifact})["version"]["version"] == "3"
    due = run(live.dsn, "SELECT count(*) FROM loose_blobs WHERE due_at <= now()")[0][0]
    assert due >= 2


def test_nothing_is_ever_overwritten(devrev: Devrev, folder: Path) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "a.txt"}, expect=200)
    answers: list[int] = []
    twins = [threading.Thread(target=lambda n=n: answers.append(send(prepared, b"%d" % n * 200_000).status_code)) for n in range(4)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert sorted(answers) == [204, 409, 409, 409]
    kept = fetch(devrev, prepared["id"]).content
    assert len(kept) == 200_000
    assert len(set(kept)) == 1
    assert send(prepared, b"late").status_code == 409
    assert fetch(devrev, prepared["id"]).content == kept


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "1/4/1"},
        {"key": "2/1/1"},
        {"key": "x"},
        {"Content-Type": "text/html"},
        {"expires": "99999999999"},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"signature": ""},
    ],
)
def test_a_form_that_was_changed_is_refused(devrev: Devrev, folder: Path, changed: dict[str, str]) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "a.txt"}, expect=200)
    before = blobs(folder)
    assert send(prepared, b"x", **changed).status_code == 403
    assert "version" not in devrev.call("artifacts.get", {"id": prepared["id"]})
    assert blobs(folder) == before


def test_what_is_no_form_is_refused(devrev: Devrev) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "a.txt"}, expect=200)
    fields = {one["key"]: one["value"] for one in prepared["form_data"]}
    url = prepared["url"]
    assert httpx.post(url, json={}).status_code == 400
    assert httpx.post(url, content=b"").status_code == 400
    assert httpx.post(url, content=b"junk", headers={"content-type": "multipart/form-data; boundary=x"}).status_code == 400
    assert httpx.post(url, content=b"x", headers={"content-type": "multipart/form-data"}).status_code == 400
    assert httpx.post(url, files={"other": b"x"}, data=fields).status_code == 400
    assert httpx.post(url, files={"file": b"x"}, data=fields | {"more": "x" * 9000}).status_code == 400
    assert httpx.get(url).status_code == 405
    assert "version" not in devrev.call("artifacts.get", {"id": prepared["id"]})


def test_the_file_may_not_be_larger_than_the_server_takes(devrev: Devrev, folder: Path) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "a.bin"}, expect=200)
    before = blobs(folder)
    assert send(prepared, b"x" * (MOST + 1)).status_code == 413
    with suppress(httpx.TransportError):  # refused by its length, before it is read
        assert send(prepared, b"x" * (MOST + 1_000_000)).status_code == 413
    assert blobs(folder) == before
    assert send(prepared, b"x" * MOST).status_code == 204


def wait_until(so: Callable[[], bool]) -> None:
    for _ in range(200):
        if so():
            return
        threading.Event().wait(0.05)
    raise AssertionError("never so")


@pytest.mark.parametrize("whole", [False, True], ids=["cut off inside the file", "cut off before the last boundary"])
def test_an_upload_that_breaks_off_leaves_nothing(devrev: Devrev, live: Live, folder: Path, whole: bool) -> None:
    prepared = devrev.call("artifacts.prepare", {"file_name": "a.bin"}, expect=200)
    fields = [(one["key"], one["value"]) for one in prepared["form_data"]]
    form = "".join(f'--B\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields)
    body = (form + '--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n').encode() + b"x" * 500_000
    before, where = blobs(folder), urlsplit(live.url)
    length = len(body) if whole else len(body) + 1000
    head = f"POST /devrev-uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection((where.hostname, where.port)) as sender:
        sender.sendall(head.encode() + body)
        if whole:
            assert b" 400 " in sender.recv(200).splitlines()[0]
        else:
            wait_until(lambda: blobs(folder) != before)  # it has begun
    wait_until(lambda: blobs(folder) == before)
    assert "version" not in devrev.call("artifacts.get", {"id": prepared["id"]})
    assert send(prepared, b"again").status_code == 204


def test_a_link_is_for_one_version_and_one_while(devrev: Devrev, live: Live) -> None:
    first, second = upload(devrev, b"one"), upload(devrev, b"two")
    located = devrev.call("artifacts.locate", {"id": first})
    url = located["url"]
    assert located["expires_at"] > "2026"
    assert httpx.get(url).content == b"one"
    for changed in (
        url.replace(f"/{number_of(first)}/", f"/{number_of(second)}/"),
        url.replace("/attachments/1/", "/attachments/2/"),
        url.replace("version=1", "version=2"),
        url.replace("version=1&", ""),
        re.sub(r"expires=\d+", "expires=99999999999", url),
        url.partition("?")[0],
        url + "0",
    ):
        assert httpx.get(changed).status_code == 404, changed


def test_links_expire(module_database: str, devrev: Devrev, folder: Path) -> None:
    artifact = upload(devrev)
    with serving(module_database, folder, upload_link_s="1", download_link_s="1", public_url="https://files.example.test") as short:
        other = Devrev(short.url, devrev.tokens)
        prepared, located = other.call("artifacts.prepare", {"file_name": "a"}), other.call("artifacts.locate", {"id": artifact})
        assert prepared["url"] == "https://files.example.test/devrev-uploads"
        assert located["url"].startswith("https://files.example.test/attachments/1/")
        prepared["url"] = f"{short.url}/devrev-uploads"
        threading.Event().wait(2.1)
        assert send(prepared, b"x").status_code == 403
        assert httpx.get(located["url"].replace("https://files.example.test", short.url)).status_code == 403


def test_a_file_belongs_to_whom_it_was_shown(devrev: Devrev, live: Live) -> None:
    mine = upload(devrev, who="bob")
    for who, status in (("bob", 200), ("ada", 200), ("bot", 200), ("contact", 404), ("globex", 400)):
        assert devrev.post("artifacts.get", {"id": mine}, who=who).status_code == status, who
        assert devrev.post("artifacts.locate", {"id": mine}, who=who).status_code == status, who
    theirs = upload(devrev, who="contact")
    for who, status in (("contact", 200), ("ada", 200), ("bob", 404)):
        assert devrev.post("artifacts.get", {"id": theirs}, who=who).status_code == status, who
    for entry, seen in ((1008, {"ada", "bob", "bot"}), (1009, {"bob"}), (1007, {"ada", "bob", "bot", "contact"})):
        artifact = upload(devrev, who="bob")
        attach(devrev, live, artifact, entry)
        assert {
            who for who in ("ada", "bob", "bot", "contact") if devrev.post("artifacts.get", {"id": artifact}, who=who).is_success
        } == seen
        listed = {who for who in seen if artifact in ids_of(devrev.call("artifacts.list", {"parent_id": "CONV-1"}, who=who))}
        assert listed == seen
    hidden = devrev.post("artifacts.get", {"id": "ARTIFACT-4"}, who="globex")
    assert hidden.status_code == 404  # another dev org's ARTIFACT-4 is its own
    run(live.dsn, "UPDATE messages SET deleted_at = now() WHERE tenant_id = 1 AND id = 1007")
    assert devrev.post("artifacts.get", {"id": artifact}, who="ada").status_code == 404
    run(live.dsn, "UPDATE messages SET deleted_at = NULL WHERE tenant_id = 1 AND id = 1007")


def test_pictures_of_people_are_seen_by_whom_they_are_shown_to(devrev: Devrev) -> None:
    for picture, seen in ((1, {"ada", "bob", "contact"}), (2, {"ada", "bob", "contact"}), (3, {"ada", "bob", "contact"})):
        found = {
            who for who in ("ada", "bob", "contact") if devrev.post("artifacts.get", {"id": f"ARTIFACT-{picture}"}, who=who).is_success
        }
        assert found == seen


def ids_of(answer: Any) -> list[str]:
    return [one["id"] for one in answer["artifacts"]]


def test_lists(devrev: Devrev, live: Live) -> None:
    of_entry, of_other, loose = upload(devrev), upload(devrev), upload(devrev, who="dora")
    attach(devrev, live, of_entry, 1007)
    attach(devrev, live, of_other, 1002)
    in_conversation = ids_of(devrev.call("artifacts.list", {"parent_id": "CONV-1"}))
    assert {of_entry, of_other} < set(in_conversation)
    assert in_conversation == sorted(in_conversation, key=lambda one: int(number_of(one)))
    entry = devrev_world.don("conversation/1:comment/1007")
    assert of_entry in ids_of(devrev.call("artifacts.list", {"parent_id": entry}))
    assert of_other not in ids_of(devrev.call("artifacts.list", {"parent_id": entry}))
    assert ids_of(devrev.call("artifacts.list", {"parent_id": "EVENT-1002"})) == [of_other]
    assert ids_of(devrev.get("artifacts.list", "parent_id=EVENT-1002").json()) == [of_other]
    assert ids_of(devrev.call("artifacts.list", {}, who="dora")) == [loose]
    assert ids_of(devrev.call("artifacts.list", {"parent_id": "CONV-2"})) == []
    assert devrev.call("artifacts.list", {"parent_id": "EVENT-1002"}, who="contact", expect=400)["type"] == "invalid_id"
    assert devrev.call("artifacts.list", {"parent_id": "COMMENT-1009"}, who="ada", expect=400)["type"] == "invalid_id"


def test_only_who_uploaded_it_and_administrators_change_a_file(devrev: Devrev, live: Live) -> None:
    artifact = upload(devrev, who="contact")
    attach(devrev, live, artifact, 1007)
    for path in ("artifacts.versions.prepare", "artifacts.versions.delete"):
        assert devrev.call(path, {"id": artifact}, who="bob", expect=403)["type"] == "forbidden"
        assert devrev.post(path, {"id": artifact}, who="globex").status_code == 400
    for who in ("contact", "ada", "bot"):
        assert send(devrev.call("artifacts.versions.prepare", {"id": artifact}, who=who), who.encode()).status_code == 204
    assert devrev.call("artifacts.get", {"id": artifact})["artifact"]["modified_by"]["type"] == "service_account"
    assert devrev.call("artifacts.versions.delete", {"id": artifact}, who="contact") == {}


def test_a_file_that_is_elsewhere_is_located_there(devrev: Devrev, live: Live) -> None:
    row = "INSERT INTO attachments (tenant_id, id, message_id, file_name, external_url) VALUES (1, $1, 1007, 'a.png', $2)"
    run(live.dsn, row, 900, "https://cdn.example.test/é.png")
    assert devrev.call("artifacts.locate", {"id": "ARTIFACT-900"}) == {"url": "https://cdn.example.test/é.png"}


@pytest.mark.parametrize("media", ["image/webp", "audio/mpeg", "video/mp4"])
def test_pictures_sound_and_video_are_shown_in_place(devrev: Devrev, media: str) -> None:
    answer = fetch(devrev, upload(devrev, b"not really", file_name="a", file_type=media))
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (media, "inline; filename*=UTF-8''a")


def test_a_size_that_this_wire_cannot_hold_is_left_out(devrev: Devrev, live: Live) -> None:
    """``file.size`` has 32 bits, wherever a file is shown."""
    row = "INSERT INTO attachments (tenant_id, id, message_id, file_name, external_url, byte_size) VALUES (1, $1, $2, $3, $4, $5)"
    for number, size in ((910, 2**31 - 1), (911, 2**31)):
        run(live.dsn, row, number, 1007, "a.iso", "https://cdn.example.test/a.iso", size)
    run(live.dsn, "UPDATE messages SET attachment_count = attachment_count + 2 WHERE tenant_id = 1 AND id = 1007")
    try:
        listed = {one["display_id"]: one["file"] for one in devrev.call("artifacts.list", {"parent_id": "COMMENT-1007"})["artifacts"]}
        entry = devrev.call("timeline-entries.get", {"id": "COMMENT-1007"})["timeline_entry"]
    finally:
        run(live.dsn, "DELETE FROM attachments WHERE tenant_id = 1 AND id IN (910, 911)")
        run(live.dsn, "UPDATE messages SET attachment_count = attachment_count - 2 WHERE tenant_id = 1 AND id = 1007")
    for told in (listed, {one["display_id"]: one["file"] for one in entry["artifacts"]}):
        assert (told["ARTIFACT-910"].get("size"), told["ARTIFACT-911"].get("size")) == (2**31 - 1, None)
        assert told["ARTIFACT-911"]["name"] == "a.iso"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("artifacts.prepare", {}, 400, "missing_required_field", "file_name"),
        ("artifacts.prepare", {"file_name": 1}, 400, "unexpected_json_type", "file_name"),
        ("artifacts.prepare", {"file_name": ""}, 400, "value_not_permitted", "file_name"),
        ("artifacts.prepare", {"file_name": "a\0b"}, 400, "value_not_permitted", "file_name"),
        ("artifacts.prepare", {"file_name": "x" * 513}, 400, "value_not_permitted", "file_name"),
        ("artifacts.prepare", {"file_name": "a", "file_type": "picture"}, 400, "value_not_permitted", "file_type"),
        ("artifacts.prepare", {"file_name": "a", "file_type": "a/b\r\nX: y"}, 400, "value_not_permitted", "file_type"),
        ("artifacts.prepare", {"file_name": "a", "configuration_set": "attic"}, 400, "invalid_enum_value", "configuration_set"),
        ("artifacts.prepare", {"file_name": "a", "size": 1}, 400, "invalid_field", "size"),
        ("artifacts.get", {"id": "CONV-1"}, 400, "unexpected_id_type", "id"),
        ("artifacts.get", {"id": "nonsense"}, 400, "invalid_id", "id"),
        ("artifacts.get", {"id": "don:core:dvrv-us-1:devo/globex:artifact/4"}, 400, "invalid_id", "id"),
        ("artifacts.get", {"id": "ARTIFACT-99999"}, 404, "not_found", None),
        ("artifacts.get", {"id": "ARTIFACT-4", "version": "1"}, 404, "not_found", None),
        ("artifacts.get", {"id": "ARTIFACT-4", "version": 1}, 400, "unexpected_json_type", "version"),
        ("artifacts.locate", {"id": "ARTIFACT-4"}, 404, "not_found", None),
        ("artifacts.locate", {"id": "ARTIFACT-99999"}, 404, "not_found", None),
        ("artifacts.list", {"parent_id": "CONV-99999"}, 400, "invalid_id", "parent_id"),
        ("artifacts.list", {"parent_id": "TAG-1"}, 400, "unexpected_id_type", "parent_id"),
        ("artifacts.versions.prepare", {"id": "ARTIFACT-99999"}, 404, "not_found", None),
        ("artifacts.versions.delete", {"id": "ARTIFACT-4", "version": "x"}, 404, "not_found", None),
        ("artifacts.versions.delete", {}, 400, "missing_required_field", "id"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


def test_the_sdk_brings_and_fetches_files(devrev: Devrev, live: Live) -> None:
    config = DevRevConfig.model_construct(base_url=live.url, api_token=SecretStr(devrev.tokens["ada"]), timeout=30, max_retries=0)
    with DevRevClient(config=config) as client:
        prepared = client.artifacts.prepare(models.ArtifactPrepareRequest(file_name="a.html", file_type="text/html"))
        artifact = client.artifacts.upload(prepared, "<p>one</p>")
        assert client.artifacts.download(artifact) == b"<p>one</p>"
        client.artifacts.upload(client.artifacts.prepare_version(models.ArtifactVersionsPrepareRequest(id=artifact)), b"two")
        assert [client.artifacts.download(artifact, version) for version in ("1", "2")] == [b"<p>one</p>", b"two"]
        client.artifacts.delete_version(models.ArtifactVersionsDeleteRequest(id=artifact, version="2"))
        assert client.artifacts.download(artifact) == b"<p>one</p>"
        assert client.artifacts.get(models.ArtifactGetRequest(id=artifact)).id == artifact
        assert "ARTIFACT-4" in {f"ARTIFACT-{number_of(one.id)}" for one in client.artifacts.list_for_parent("CONV-1")}


def test_memory_does_not_grow_with_the_file(module_database: str, devrev: Devrev, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(150_000_000)
    with serving(module_database, tmp_path, max_upload_bytes="200000000") as roomy:
        other = Devrev(roomy.url, devrev.tokens)
        assert fetch(other, upload(other, PICTURE * 1000)).status_code == 200
        before = peak_kb(roomy.process.pid)
        prepared = other.call("artifacts.prepare", {"file_name": "large"})
        fields = {one["key"]: one["value"] for one in prepared["form_data"]}
        with large.open("rb") as file:
            assert httpx.post(prepared["url"], data=fields, files={"file": file}, timeout=60).status_code == 204
        with httpx.stream("GET", other.call("artifacts.locate", {"id": prepared["id"]})["url"], timeout=60) as answer:
            assert sum(len(chunk) for chunk in answer.iter_bytes()) == 150_000_000
        assert peak_kb(roomy.process.pid) - before < 30_000


def peak_kb(pid: int) -> int:
    """The most memory that the server's worker ever held."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{worker}/status").read_text()) for worker in workers]
    return max(int(peak[1]) for peak in peaks if peak)


def test_a_bucket_instead_of_a_folder(module_database: str, devrev: Devrev, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(s3.SECRET_KEY)
    with s3.bucket() as held:
        place = {"s3_bucket": s3.BUCKET, "s3_endpoint": held.url, "s3_access_key": s3.ACCESS_KEY, "s3_secret_key_file": str(secret)}
        with serving(module_database, tmp_path, **place) as server:
            other = Devrev(server.url, devrev.tokens)
            artifact = upload(other, PICTURE)
            assert list(held.objects.values()) == [PICTURE]
            assert fetch(other, artifact, headers={"Range": "bytes=2-4"}).content == PICTURE[2:5]
            held.down = True
            assert fetch(other, artifact).status_code == 503
            prepared = other.call("artifacts.prepare", {"file_name": "a"})
            assert send(prepared, b"x").status_code == 503
            held.down = False
            assert send(prepared, b"x").status_code == 204
            held.objects.clear()
            assert fetch(other, artifact).status_code == 404
    assert s3.SECRET_KEY not in "".join(log.read_text() for log in tmp_path.glob("serve-*.log"))
    assert not (tmp_path / "blobs").exists()
