"""Messages on Chatwoot's wire (contract 3.3, 8.5)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from benchmarks.captured import statements_of
from benchmarks.client import Ask
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    BOT,
    CONTACT,
    FOREIGN,
    FULL,
    IDLE,
    MAIL,
    MANAGER,
    ORDERS,
    OTHER,
    STAGES,
    STOREFRONT,
    SYSTEM_BOT,
    T0,
    TEAM,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live, serving

DENIED = {"error": "You are not authorized to do this action"}
MISSING = {"error": "Resource could not be found"}
PNG = b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", 40, 30) + b"rest"
THREAD = 40


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.fill(_conversations)
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def _conversations(connection: Any) -> None:
    await add_conversation(connection, THREAD)
    for number in range(1, 131):
        kind = {} if number % 10 else {"kind": "activity", "author_kind": "system", "author_id": None, "event_type": "updated"}
        note = {"visibility": "internal", "kind": "outgoing", "author_kind": "user", "author_id": BO} if number % 10 == 5 else {}
        await add_message(connection, 2000 + number, THREAD, body=f"m{number}", **kind, **note)
    await connection.execute("SELECT setval('message_ids', 100000)")
    await insert(connection, "allocators", kind="attachment", next_id=1000)


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(100, 1000))


@pytest.fixture
def fresh(world: World, numbers: Iterator[int]) -> Any:
    """Makes an open conversation, in the storefront unless told otherwise, and returns its path."""

    def make(**columns: Any) -> str:
        number = next(numbers)
        world.fill(add_conversation, number, **{"contact_id": CONTACT} | columns)
        return f"conversations/{number}"

    return make


def rows(world: World, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(world.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    return run(ask())


def number_of(path: str) -> int:
    return int(path.rpartition("/")[2])


# -- paging ------------------------------------------------------------------------------------------------------------------


def page(chatwoot: Chatwoot, **asked: Any) -> list[int]:
    return [one["id"] - 2000 for one in chatwoot.get(f"conversations/{THREAD}/messages", params=asked)["payload"]]


def test_8_5_1_without_a_filter_notes_and_changes_are_there(chatwoot: Chatwoot) -> None:
    assert page(chatwoot) == page(chatwoot, filter_internal_messages="") == list(range(111, 131))


def test_8_5_2_the_filter_leaves_out_notes_and_changes(chatwoot: Chatwoot) -> None:
    found = page(chatwoot, filter_internal_messages="true")
    assert len(found) == 20
    assert found == [number for number in range(106, 131) if number % 5]


def test_8_5_3_before_is_the_twenty_below(chatwoot: Chatwoot) -> None:
    assert page(chatwoot, before=2050) == list(range(30, 50))


def test_8_5_4_after_is_the_hundred_above_oldest_first(chatwoot: Chatwoot) -> None:
    assert page(chatwoot, after=2005) == list(range(6, 106))
    assert page(chatwoot, after=2128) == [129, 130]


def test_8_5_5_both_bounds_and_the_lower_one_belongs_to_it(chatwoot: Chatwoot) -> None:
    assert page(chatwoot, after=2003, before=2126) == list(range(3, 126))
    assert page(chatwoot, after=2126, before=2003) == []


def test_a_thousand_messages_are_the_most_between_two_bounds(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    world.execute(
        "INSERT INTO messages (tenant_id, id, conversation_number, kind, body, created_at)"
        f" SELECT 1, 20000 + n, {number_of(path)}, 'incoming', 'x', now() - interval '1 day' + n * interval '1 second'"
        " FROM generate_series(1, 1100) n"
    )
    found = chatwoot.get(f"{path}/messages", params={"after": 20001, "before": 30000})["payload"]
    assert [one["id"] for one in found] == list(range(20001, 21001))


def test_bounds_are_read_as_the_original_reads_them(chatwoot: Chatwoot) -> None:
    assert page(chatwoot, before="abc") == page(chatwoot, before="-4") == []
    assert page(chatwoot, after="2128x") == [129, 130]
    assert page(chatwoot, before="9" * 30) == page(chatwoot, before="") == page(chatwoot)


def test_the_creation_of_a_conversation_is_no_message(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    created = {"kind": "activity", "author_kind": "user", "author_id": ADA, "event_type": "created", "body": "Ada opened the conversation"}
    world.fill(add_message, 3001, number_of(path), **created)
    assert chatwoot.get(f"{path}/messages")["payload"] == []


def test_meta_tells_of_the_conversation(chatwoot: Chatwoot, world: World) -> None:
    meta = chatwoot.get(f"conversations/{FULL}/messages")["meta"]
    assert list(meta) == ["labels", "additional_attributes", "contact", "assignee", "agent_last_seen_at", "assignee_last_seen_at"]
    assert (meta["labels"], meta["contact"]["id"], meta["contact"]["type"]) == (["vip-gold", "50%_off"], CONTACT, "contact")
    assert (meta["assignee"]["id"], meta["assignee"]["type"]) == (BO, "user")
    assert meta["agent_last_seen_at"] == "2024-06-01T15:00:00.123Z"
    assert "assignee" not in chatwoot.get(f"conversations/{THREAD}/messages")["meta"]


def test_a_message_has_its_keys_in_order(chatwoot: Chatwoot) -> None:
    first = chatwoot.get(f"conversations/{FULL}/messages")["payload"][0]
    assert list(first) == [
        "id", "content", "inbox_id", "echo_id", "conversation_id", "message_type", "content_type", "status", "content_attributes",
        "created_at", "private", "source_id", "sender", "attachments",
    ]  # fmt: skip
    assert (first["attachments"][0]["file_size"], first["attachments"][0]["width"]) == (321, 4)


def statements(world: World, method: str, path: str, body: Any = None) -> list[str]:
    headers = {"api_access_token": world.tokens["admin"], "content-type": "application/json"}
    asked = Ask(0, method, f"/api/v1/accounts/1/{path}", headers, b"" if body is None else json.dumps(body).encode())
    return [one.text for one in statements_of(world.dsn, asked)]


def test_a_page_costs_the_same_statements_however_long(world: World) -> None:
    short, long = (statements(world, "GET", f"conversations/{THREAD}/messages?after={after}") for after in (2124, 2001))
    assert short == long
    assert len(long) <= 11, "\n".join(long)


def test_a_reply_sends_no_more_statements_than_it_needs(world: World, fresh: Any) -> None:
    path = fresh(stage_id=4)
    sent = statements(world, "POST", f"{path}/messages", {"content": "x"})
    assert len(sent) <= 13, "\n".join(sent)


# -- posting -----------------------------------------------------------------------------------------------------------------


def test_an_agents_answer(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh(waiting_since=T0)
    sent = chatwoot.post(f"{path}/messages", {"content": "On its way", "echo_id": "e-1", "source_id": "s-1"}, who="agent")
    assert (sent["content"], sent["message_type"], sent["private"], sent["status"]) == ("On its way", 1, False, "sent")
    assert (sent["echo_id"], sent["source_id"], sent["content_type"], sent["content_attributes"]) == ("e-1", "s-1", "text", {})
    assert (sent["sender"]["id"], sent["sender"]["type"], sent["conversation_id"]) == (BO, "user", number_of(path))
    assert chatwoot.get(f"{path}/messages")["payload"][-1] == sent
    shown = chatwoot.get(path)
    assert (shown["waiting_since"], shown["first_reply_created_at"]) == (0, sent["created_at"])
    assert (shown["status"], shown["last_activity_at"]) == ("open", sent["created_at"])
    assert shown["messages"][0]["id"] == shown["last_non_activity_message"]["id"] == sent["id"]


def test_every_message_leaves_its_event(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    sent = chatwoot.post(f"{path}/messages", {"content": "x"})
    assert rows(world, "SELECT kind, actor_kind, actor_id FROM events WHERE tenant_id = 1 AND message_id = $1", sent["id"]) == [
        ("message.created", "user", ADA)
    ]


@pytest.mark.parametrize("status", ["snoozed", "resolved"])
def test_what_the_contact_says_opens_the_conversation(chatwoot: Chatwoot, fresh: Any, status: str) -> None:
    path = fresh(inbox_id=ORDERS, status=status, stage_id=STAGES[status], first_reply_at=T0)
    sent = chatwoot.post(f"{path}/messages", {"content": "Hello?", "message_type": "incoming"}, who="manager")
    assert (sent["message_type"], sent["sender"]["id"], sent["sender"]["type"]) == (0, CONTACT, "contact")
    shown = chatwoot.get(path)
    assert (shown["status"], shown["unread_count"], shown["waiting_since"]) == ("open", 1, sent["created_at"])
    assert shown["last_non_activity_message"]["id"] == sent["id"]
    assert shown["meta"]["sender"]["last_activity_at"] == sent["created_at"]
    opened = chatwoot.get(f"{path}/messages")["payload"][-1]
    assert (opened["message_type"], opened["content"]) == (2, "The stage became needs_response when Zoë wrote")


def test_a_blocked_contact_opens_nothing(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    world.fill(insert, "contacts", id=777, name="Blocked", blocked=True)
    path = fresh(inbox_id=ORDERS, status="resolved", stage_id=STAGES["resolved"], contact_id=777)
    chatwoot.post(f"{path}/messages", {"content": "Hello?", "message_type": "incoming"})
    assert chatwoot.get(path)["status"] == "resolved"


def test_only_api_inboxes_let_the_contact_speak(chatwoot: Chatwoot, fresh: Any) -> None:
    refused = chatwoot.post(f"{fresh()}/messages", {"content": "x", "message_type": "incoming"}, expect=422)
    assert refused == {"error": "Incoming messages are only allowed in Api inboxes"}


def test_a_note_is_no_answer(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh(waiting_since=T0)
    sent = chatwoot.post(f"{path}/messages", {"content": "careful", "private": True}, who="agent")
    assert (sent["private"], sent["message_type"]) == (True, 1)
    shown = chatwoot.get(path)
    assert (shown["first_reply_created_at"], shown["waiting_since"]) == (0, int(T0.timestamp()))


def test_what_a_campaign_or_a_rule_says_is_no_answer(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh(waiting_since=T0)
    first = chatwoot.post(f"{path}/messages", {"content": "Sale!", "campaign_id": 3, "template_params": {"name": "sale"}})
    chatwoot.post(f"{path}/messages", {"content": "We are closed", "content_attributes": {"automation_rule_id": 4}})
    shown = chatwoot.get(path)
    assert (shown["first_reply_created_at"], shown["waiting_since"]) == (0, int(T0.timestamp()))
    ((kept,),) = rows(world, "SELECT additional_attributes FROM messages WHERE tenant_id = 1 AND id = $1", first["id"])
    assert kept == '{"campaign_id": 3, "template_params": {"name": "sale"}}'


def test_a_bot_answers_and_ends_the_waiting_but_it_is_no_first_reply(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh(waiting_since=T0)
    sent = chatwoot.post(f"{path}/messages", {"content": "beep"}, who="bot")
    assert (sent["sender"], sent["message_type"]) == ({"id": BOT, "name": "Triage", "avatar_url": "", "type": "agent_bot"}, 1)
    shown = chatwoot.get(path)
    assert (shown["first_reply_created_at"], shown["waiting_since"]) == (0, 0)


def test_an_agent_may_let_a_bot_speak(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh()
    asked = {"content": "x", "sender_type": "AgentBot"}
    for bot_id, sender in ((BOT, ("agent_bot", BOT)), (str(SYSTEM_BOT), ("agent_bot", SYSTEM_BOT)), (9999, ("user", BO))):
        sent = chatwoot.post(f"{path}/messages", asked | {"sender_id": bot_id}, who="agent")
        assert (sent["sender"]["type"], sent["sender"]["id"]) == sender


def test_what_a_message_replies_to(chatwoot: Chatwoot, fresh: Any) -> None:
    path, elsewhere = fresh(), fresh()
    first = chatwoot.post(f"{path}/messages", {"content": "first", "source_id": "wamid.1"})
    far = chatwoot.post(f"{elsewhere}/messages", {"content": "far"})
    both = {"in_reply_to": first["id"], "in_reply_to_external_id": "wamid.1"}
    for asked, told in (
        ({"in_reply_to": first["id"]}, both),
        ({"in_reply_to": str(first["id"]), "a": 1}, both | {"a": 1}),
        ({"in_reply_to_external_id": "wamid.1"}, both),
        ({"in_reply_to": far["id"]}, {"in_reply_to": None, "in_reply_to_external_id": None}),
        ({"in_reply_to": "x"}, {"in_reply_to": None, "in_reply_to_external_id": None}),
    ):
        sent = chatwoot.post(f"{path}/messages", {"content": "x", "content_attributes": asked})
        assert sent["content_attributes"] == told


def test_content_attributes_may_be_json_text_and_keep_what_was_written_elsewhere(chatwoot: Chatwoot, fresh: Any) -> None:
    asked = {"content_type": "input_select", "content_attributes": '{"items": [{"title": "A", "value": "a"}]}', "external_created_at": 17}
    sent = chatwoot.post(f"{fresh()}/messages", asked | {"content": "?"})
    assert sent["content_type"] == "input_select"
    assert sent["content_attributes"] == {"items": [{"title": "A", "value": "a"}], "external_created_at": 17}


def test_an_email_keeps_whom_it_goes_to(chatwoot: Chatwoot, fresh: Any) -> None:
    asked = {"content": "Dear all", "cc_emails": "a@x.test, b@x.test", "to_emails": "c@x.test", "email_html_content": "<p>Dear all</p>"}
    sent = chatwoot.post(f"{fresh(inbox_id=MAIL)}/messages", asked)
    assert sent["content_attributes"] == {
        "cc_emails": ["a@x.test", "b@x.test"],
        "bcc_emails": [],
        "to_emails": ["c@x.test"],
        "email": {
            "text_content": {"full": "Dear all", "reply": "Dear all"},
            "html_content": {"full": "<p>Dear all</p>", "reply": "<p>Dear all</p>"},
        },
    }
    assert chatwoot.post(f"{fresh()}/messages", asked)["content_attributes"] == {}
    refused = chatwoot.post(f"{fresh(inbox_id=MAIL)}/messages", asked | {"bcc_emails": "nobody"}, expect=422)
    assert refused == {"error": "Invalid email address"}


def deep(levels: int) -> dict[str, Any]:
    return {"a": deep(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"content": "x" * 150_001}, "Validation failed: Content is too long (maximum is 150000 characters)"),
        ({"content": ["x"]}, "content: expected string, got array"),
        ({"content": "a\0b"}, "content holds a null character"),
        ({"content": "x", "message_type": "activity"}, "message_type must be one of outgoing, incoming"),
        ({"content": "x", "content_type": "poem"}, "content_type must be one of text,"),
        ({"content": "x", "private": "maybe"}, "private must be true or false"),
        ({"content": "x", "content_attributes": "{"}, "content_attributes is neither an object nor JSON text of one"),
        ({"content": "x", "content_attributes": [1]}, "content_attributes: expected object, got array"),
        ({"content": "x", "content_attributes": deep(150)}, "content_attributes is nested deeper than 100"),
        ({"content": "x", "content_attributes": json.dumps(deep(700))}, "content_attributes is nested deeper than 100"),
        ({"content": "x", "content_attributes": "[" * 9000}, "content_attributes is neither an object nor JSON text of one"),
        ({"content": "x", "attachments": [5]}, "attachments[0]: expected file, got number"),
        ({"content": "x", "attachments": ["bm8=--no"]}, "attachments[0]: there is no such upload"),
        ({"content": "x", "attachments": ["ü"]}, "attachments[0]: there is no such upload"),
        ({"content": "x", "sender_id": "me"}, "sender_id must be a whole number"),
        ({"content": "x", "campaign_id": {}}, "campaign_id: expected number, got object"),
        ({"content": "?", "content_type": "input_select"}, "Validation failed: Content attributes At least one item is required."),
        (
            {"content": "?", "content_type": "form", "content_attributes": {"items": [{"title": "A", "size": 1}]}},
            "Validation failed: Content attributes contains invalid keys for items : [size]",
        ),
        (
            {"content": "?", "content_type": "cards", "content_attributes": {"items": [{"title": "A"}]}},
            "Validation failed: Content attributes contains items missing actions",
        ),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: dict[str, Any], error: str) -> None:
    before = chatwoot.get(f"conversations/{THREAD}/messages")
    refused = chatwoot.post(f"conversations/{THREAD}/messages", body, expect=422)
    assert list(refused) == ["error"]
    assert refused["error"].startswith(error)
    assert chatwoot.get(f"conversations/{THREAD}/messages") == before


def test_the_longest_content_is_taken(chatwoot: Chatwoot, fresh: Any) -> None:
    assert len(chatwoot.post(f"{fresh()}/messages", {"content": "ü" * 150_000})["content"]) == 150_000


def test_two_hundred_messages_a_minute(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    world.execute(
        "INSERT INTO messages (tenant_id, conversation_number, kind, body)"
        f" SELECT 1, {number_of(path)}, 'incoming', 'x' FROM generate_series(1, 199)"
    )
    chatwoot.post(f"{path}/messages", {"content": "the 200th"})
    assert chatwoot.post(f"{path}/messages", {"content": "one more"}, expect=422) == {"error": "Validation failed: Too many messages"}
    world.execute(f"UPDATE messages SET created_at = now() - interval '61 s' WHERE conversation_number = {number_of(path)} AND body = 'x'")
    chatwoot.post(f"{path}/messages", {"content": "a minute later"})


def test_a_note_calls_colleagues(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    note = f"[@Bo](mention://user/{BO}/Bo) [@I](mention://user/{IDLE}/Idle) [@F](mention://user/{FOREIGN}/F) [@t](mention://team/{TEAM}/t1)"
    sent = chatwoot.post(f"{path}/messages", {"content": note, "private": True}, who="manager")
    assert number_of(path) in world.ids("agent", "status=all&conversation_type=mention")
    assert number_of(path) in world.ids("agent", "status=all&conversation_type=participating")
    # Ada is of the team and an administrator; Idle is no member of the inbox, Foreign of no inbox here.
    told = "SELECT data ->> 'users', actor_id FROM events WHERE tenant_id = 1 AND kind = 'conversation.mentioned' AND message_id = $1"
    assert rows(world, told, sent["id"]) == [(f"[{ADA}, {BO}]", MANAGER)]
    other = fresh()
    chatwoot.post(f"{other}/messages", {"content": note}, who="manager")
    assert number_of(other) not in world.ids("agent", "status=all&conversation_type=mention")


def test_a_key_makes_a_message_be_sent_once(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh()
    answers = [chatwoot.ask("POST", f"{path}/messages", {"content": "x"}, headers={"Idempotency-Key": "m1"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [one["content"] for one in chatwoot.get(f"{path}/messages", params={"filter_internal_messages": 1})["payload"]] == ["x"]


# -- files -------------------------------------------------------------------------------------------------------------------


def test_files_of_a_form(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    files = [("attachments[]", ("shot.png", PNG, "image/png")), ("attachments[]", ("note.txt", b"hello", "text/plain"))]
    sent = chatwoot.post(f"{path}/messages", data={"content": "see", "private": "false"}, files=files)
    picture, note = sent["attachments"]
    assert (picture["file_type"], picture["width"], picture["height"], picture["extension"]) == ("image", 40, 30, "png")
    assert (note["file_type"], note["file_size"], note["width"], note["content_type"]) == ("file", 5, None, "text/plain")
    assert httpx.get(picture["data_url"]).content == PNG
    assert chatwoot.get(f"{path}/messages")["payload"][-1]["attachments"] == sent["attachments"]
    listed = httpx.get(
        f"{world.url}/artifacts.list",
        params={"parent_id": f"don:core:dvrv-us-1:devo/acme:conversation/{number_of(path)}"},
        headers={"Authorization": world.tokens["admin"]},
    )
    assert {one["file"]["name"] for one in listed.json()["artifacts"]} == {"shot.png", "note.txt"}


def test_a_spoken_message(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    files = [("attachments[]", ("a.ogg", b"OggS", "audio/ogg"))]
    sent = chatwoot.post(f"{fresh()}/messages", data={"is_voice_message": "true"}, files=files)
    assert sent["content"] is None
    assert (sent["attachments"][0]["file_type"], sent["attachments"][0]["transcribed_text"]) == ("audio", "")
    ((meta,),) = rows(world, "SELECT meta FROM attachments WHERE tenant_id = 1 AND id = $1", sent["attachments"][0]["id"])
    assert meta == '{"is_voice_message": true}'


@pytest.mark.parametrize(
    ("data", "count", "error"),
    [
        ({"content": "x"}, 16, "Validation failed: Attachments exceeded maximum allowed"),
        ({"content": "x", "message_type": "incoming"}, 1, "Incoming messages are only allowed in Api inboxes"),
        ({"content": "x" * 150_001}, 1, "Validation failed: Content is too long"),
    ],
)
def test_a_failed_request_leaves_no_row_and_the_sweep_takes_the_bytes(
    chatwoot: Chatwoot, world: World, fresh: Any, data: dict[str, str], count: int, error: str
) -> None:
    before = rows(world, "SELECT count(*) FROM attachments"), rows(world, "SELECT count(*) FROM messages")
    path, loose = fresh(), rows(world, "SELECT key FROM loose_blobs")
    files = [("attachments[]", (f"{n}.txt", b"x", "text/plain")) for n in range(count)]
    assert chatwoot.post(f"{path}/messages", data=data, files=files, expect=422)["error"].startswith(error)
    assert (rows(world, "SELECT count(*) FROM attachments"), rows(world, "SELECT count(*) FROM messages")) == before
    assert len(set(rows(world, "SELECT key FROM loose_blobs")) - set(loose)) == count


@pytest.mark.parametrize(("name", "media"), [("a\0.txt", "text/plain"), ("a.txt", "text/\0")])
def test_a_null_character_in_a_files_name_or_type(chatwoot: Chatwoot, fresh: Any, name: str, media: str) -> None:
    form = f'--B\r\nContent-Disposition: form-data; name="attachments[]"; filename="{name}"\r\nContent-Type: {media}\r\n\r\nx\r\n--B--\r\n'
    sent = {"content": form.encode(), "headers": {"content-type": "multipart/form-data; boundary=B"}}
    refused = chatwoot.post(f"{fresh()}/messages", expect=422, **sent)
    assert refused == {"error": "attachments[] holds a null character in a file's name or type"}


def test_fifteen_files_are_taken(chatwoot: Chatwoot, fresh: Any) -> None:
    files = [("attachments[]", (f"{n}.txt", b"x", "text/plain")) for n in range(15)]
    assert len(chatwoot.post(f"{fresh()}/messages", data={"content": "x"}, files=files)["attachments"]) == 15


def announced(data: bytes, name: str = "shot.png", media: str | None = "image/png") -> dict[str, Any]:
    checksum = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    return {"blob": {"filename": name, "byte_size": len(data), "checksum": checksum, "content_type": media, "metadata": {"a": 1}}}


def test_a_direct_upload(chatwoot: Chatwoot, fresh: Any) -> None:
    path = fresh()
    made = chatwoot.post(f"{path}/direct_uploads", announced(PNG), who="agent")
    assert (made["filename"], made["byte_size"], made["metadata"], made["service_name"]) == ("shot.png", len(PNG), {"a": 1}, "local")
    early = chatwoot.post(f"{path}/messages", {"content": "x", "attachments": [made["signed_id"]]}, who="agent", expect=422)
    assert early["error"].startswith("attachments: there is no uploaded file")
    place = made["direct_upload"]
    assert httpx.put(place["url"], content=PNG, headers=place["headers"]).status_code == 204
    assert httpx.put(place["url"], content=PNG, headers=place["headers"]).status_code == 409
    sent = chatwoot.post(f"{path}/messages", {"content": "x", "attachments": [made["signed_id"]]}, who="agent")
    (file,) = sent["attachments"]
    assert (file["id"], file["file_type"], file["width"], file["height"]) == (made["id"], "image", 40, 30)
    assert httpx.get(file["data_url"]).content == PNG
    again = chatwoot.post(f"{path}/messages", {"content": "y", "attachments": [made["signed_id"]]}, who="agent", expect=422)
    assert again == {"error": "attachments: the file is already attached"}


def test_only_the_announced_bytes_are_kept(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    made = chatwoot.post(f"{fresh()}/direct_uploads", announced(b"hello", "a.txt", None))
    assert made["content_type"] == "text/plain"
    url = made["direct_upload"]["url"]
    assert httpx.put(url, content=b"hellO").status_code == 422
    assert httpx.put(url, content=b"hell").status_code == 422
    assert httpx.put(url, content=b"hello world").status_code == 413
    assert httpx.put(url, content=iter([b"hello", b" world"])).status_code == 422
    assert httpx.put(url.replace("size=5", "size=6"), content=b"hello!").status_code == 404
    assert rows(world, "SELECT state FROM attachments WHERE tenant_id = 1 AND id = $1", made["id"]) == [("awaited",)]
    assert httpx.put(url, content=b"hello").status_code == 204


@pytest.mark.parametrize(
    ("change", "attribute"),
    [({"filename": None}, "blob.filename"), ({"byte_size": -1}, "blob.byte_size"), ({"checksum": "x"}, "blob.checksum")],
)
def test_a_file_is_announced_whole(chatwoot: Chatwoot, change: dict[str, Any], attribute: str) -> None:
    body = announced(PNG)
    body["blob"] |= change
    assert chatwoot.post(f"conversations/{THREAD}/direct_uploads", body, expect=422)["attributes"] == [attribute]
    assert chatwoot.post(f"conversations/{THREAD}/direct_uploads", {}, expect=422)["attributes"] == ["blob"]


def test_another_accounts_upload_is_none(chatwoot: Chatwoot, world: World, live: Live) -> None:
    async def there(connection: Any) -> None:
        await insert(connection, "inboxes", tenant_id=OTHER, id=1, name="Theirs", kind="api")
        await insert(connection, "contacts", tenant_id=OTHER, id=1, name="Theirs")
        await add_conversation(connection, 1, tenant_id=OTHER, inbox_id=1, contact_id=1)

    world.fill(there)
    made = chatwoot.ask("POST", "conversations/1/direct_uploads", announced(b"x", "x.txt"), who="foreign", account=OTHER).json()
    assert httpx.put(made["direct_upload"]["url"], content=b"x").status_code == 204
    refused = chatwoot.post(f"conversations/{THREAD}/messages", {"attachments": [made["signed_id"]]}, expect=422)
    assert refused == {"error": "attachments[0]: there is no such upload"}
    assert live.url in made["direct_upload"]["url"]


def test_an_upload_that_breaks_off_leaves_nothing(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    made = chatwoot.post(f"{fresh()}/direct_uploads", announced(b"hello", "a.txt"))
    place = urlsplit(made["direct_upload"]["url"])
    with socket.create_connection((place.hostname, place.port), timeout=10) as broken:
        broken.sendall(f"PUT {place.path}?{place.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel".encode())
    assert httpx.put(made["direct_upload"]["url"], content=b"hello").status_code == 204
    stored = "SELECT byte_size, version_count FROM attachments WHERE tenant_id = 1 AND id = $1"
    assert rows(world, stored, made["id"]) == [(5, 1)]


def test_memory_does_not_grow_with_the_files(world: World, fresh: Any, tmp_path: Path) -> None:
    path, large = fresh(), tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(80_000_000)
    checksum = base64.b64encode(hashlib.md5(bytes(80_000_000), usedforsecurity=False).digest()).decode()
    with serving(world.dsn, tmp_path, max_upload_bytes="100000000") as roomy:
        other = Chatwoot(roomy.url, world.tokens)
        other.post(f"{path}/messages", files=[("attachments[]", ("small", bytes(1_000_000)))])
        before = peak_kb(roomy.process.pid)
        with large.open("rb") as file:
            sent = other.post(f"{path}/messages", files=[("attachments[]", ("large", file))])
        assert sent["attachments"][0]["file_size"] == 80_000_000
        body = {"blob": {"filename": "large", "byte_size": 80_000_000, "checksum": checksum}}
        place = other.post(f"{path}/direct_uploads", body)["direct_upload"]
        with large.open("rb") as file:
            assert httpx.put(place["url"], content=file, headers=place["headers"], timeout=60).status_code == 204
        assert peak_kb(roomy.process.pid) - before < 30_000


def peak_kb(pid: int) -> int:
    """The most memory that the server's worker ever held."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{worker}/status").read_text()) for worker in workers]
    return max(int(peak[1]) for peak in peaks if peak)


# -- deleting, reporting, sending again --------------------------------------------------------------------------------------


def test_a_deleted_message_keeps_its_place(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    asked = {"content": "secret", "content_type": "article", "content_attributes": '{"items": [{"title": "A"}]}'}
    sent = chatwoot.post(f"{path}/messages", data=asked, files=[("attachments[]", ("a.txt", b"secret", "text/plain"))])
    gone = chatwoot.call("DELETE", f"{path}/messages/{sent['id']}", who="agent")
    assert (gone["content"], gone["content_type"], gone["content_attributes"]) == ("This message was deleted", "text", {"deleted": True})
    assert "attachments" not in gone
    assert chatwoot.get(f"{path}/messages")["payload"][-1] == gone
    assert chatwoot.call("DELETE", f"{path}/messages/{sent['id']}") == gone
    assert httpx.get(sent["attachments"][0]["data_url"]).status_code == 404
    assert rows(world, "SELECT count(*) FROM events WHERE kind = 'message.deleted' AND message_id = $1", sent["id"]) == [(1,)]
    assert rows(world, "SELECT count(*) FROM tombstones WHERE noun = 'message' AND id = $1", sent["id"]) == [(1,)]


def test_what_the_channel_reports(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh(inbox_id=ORDERS)
    place = f"{path}/messages/{chatwoot.post(f'{path}/messages', {'content': 'x', 'content_attributes': {'a': 1}})['id']}"

    def report(**body: Any) -> tuple[str, Any]:
        shown = chatwoot.call("PATCH", place, body)
        return shown["status"], shown["content_attributes"]

    assert report(status="delivered", external_error="ignored") == ("delivered", {"a": 1})
    assert report(status="failed", external_error="no such number") == ("failed", {"a": 1, "external_error": "no such number"})
    assert report(status="read") == ("read", {"a": 1})
    assert report(status="delivered") == report(status="bogus") == report() == ("read", {"a": 1})
    events = rows(
        world, "SELECT data ->> 'changed' FROM events WHERE kind = 'message.updated' AND message_id = $1", int(place.split("/")[-1])
    )
    assert events == [('["status"]',)] * 3
    headers = {"api_access_token": world.tokens["admin"]}
    put = httpx.put(f"{world.url}/api/v1/accounts/1/{place}", json={"status": "failed"}, headers=headers)
    assert put.json()["status"] == "failed"


def test_only_api_inboxes_report(chatwoot: Chatwoot) -> None:
    refused = chatwoot.call("PATCH", f"conversations/{FULL}/messages/1001", {"status": "read"}, expect=403)
    assert refused == {"error": "Message status update is only allowed for API inboxes"}
    assert chatwoot.get(f"conversations/{FULL}/messages")["payload"][0]["status"] == "delivered"


def test_a_failed_message_is_sent_again(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh(inbox_id=ORDERS)
    sent = chatwoot.post(f"{path}/messages", {"content": "x", "content_attributes": {"a": 1}})
    place = f"{path}/messages/{sent['id']}"
    chatwoot.call("PATCH", place, {"status": "failed", "external_error": "busy"})
    again = chatwoot.post(f"{place}/retry")
    assert (again["status"], again["content_attributes"]) == ("sent", {"a": 1})
    found = rows(world, "SELECT count(*) FROM events WHERE message_id = $1 AND data ->> 'again' = 'true'", sent["id"])
    chatwoot.call("PATCH", place, {"status": "read"})
    assert chatwoot.post(f"{place}/retry")["status"] == "read"
    assert rows(world, "SELECT count(*) FROM events WHERE message_id = $1 AND data ->> 'again' = 'true'", sent["id"]) == found == [(1,)]
    assert chatwoot.post(f"{path}/messages/1/retry", expect=422) == {"error": "Couldn't find Message with 'id'=1"}


def test_translations_are_told_and_not_made(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh()
    sent = chatwoot.post(f"{path}/messages", {"content": "Hi", "content_attributes": {"translations": {"de": "Hallo"}}})
    place = f"{path}/messages/{sent['id']}/translate"
    assert chatwoot.post(place, {"target_language": "de"}) == {"content": "Hallo"}
    refused = chatwoot.post(place, {"target_language": "fr"}, expect=422)
    assert refused == {"error": "No translation service is connected to this server"}


def test_a_message_is_found_in_its_own_conversation_only(chatwoot: Chatwoot, fresh: Any) -> None:
    path, other = fresh(inbox_id=ORDERS), fresh(inbox_id=ORDERS)
    number = chatwoot.post(f"{path}/messages", {"content": "x"})["id"]
    for method, tail in (("DELETE", ""), ("PATCH", ""), ("POST", "/translate")):
        assert chatwoot.call(method, f"{other}/messages/{number}{tail}", {}, expect=404) == MISSING
    assert chatwoot.post(f"{other}/messages/{number}/retry", expect=422)["error"].startswith("Couldn't find Message")
    assert chatwoot.get(f"{path}/messages")["payload"][-1]["content"] == "x"


def test_a_change_is_no_message_to_delete(chatwoot: Chatwoot) -> None:
    assert chatwoot.call("DELETE", f"conversations/{FULL}/messages/1002", expect=404) == MISSING


# -- who may -----------------------------------------------------------------------------------------------------------------

PATHS = [
    ("GET", "messages"),
    ("POST", "messages"),
    ("DELETE", "messages/2001"),
    ("PATCH", "messages/2001"),
    ("POST", "messages/2001/retry"),
    ("POST", "messages/2001/translate"),
    ("POST", "direct_uploads"),
]


@pytest.mark.parametrize(("method", "tail"), PATHS)
def test_who_may_not_open_the_conversation_may_nothing(chatwoot: Chatwoot, method: str, tail: str) -> None:
    body = None if method == "GET" else announced(PNG) if tail == "direct_uploads" else {"content": "x"}
    for who in ("idle", "powerless", "partner", "contact"):
        assert chatwoot.call(method, f"conversations/{THREAD}/{tail}", body, who=who, expect=401) == DENIED, who
    chatwoot.call(method, f"conversations/{THREAD}/{tail}", body, who="foreign", expect=401)
    chatwoot.call(method, f"conversations/{THREAD}/{tail}", body, who="", expect=401)
    assert chatwoot.call(method, f"conversations/99999/{tail}", body, expect=404) == MISSING
    assert chatwoot.ask(method, f"conversations/{THREAD}/{tail}", body, who="foreign", account=OTHER).status_code == 404
    if (method, tail) != ("POST", "messages"):
        refused = chatwoot.call(method, f"conversations/{THREAD}/{tail}", body, who="bot", expect=401)
        assert refused == {"error": "Access to this endpoint is not authorized for bots"}


def test_custom_roles_that_see_the_conversation_may_write(chatwoot: Chatwoot, fresh: Any) -> None:
    for who in ("manager", "picker"):
        chatwoot.post(f"{fresh()}/messages", {"content": "x"}, who=who)
    mine = fresh(assignee_user_id=6)
    chatwoot.post(f"{mine}/messages", {"content": "x"}, who="partner")
    assert chatwoot.post(f"{mine}/messages", {"content": "x"}, who="picker", expect=401) == DENIED


def test_what_is_private_on_devrevs_wire_stays_hidden(chatwoot: Chatwoot, world: World, fresh: Any) -> None:
    path = fresh(inbox_id=STOREFRONT)
    world.fill(add_message, 3100, number_of(path), visibility="private", kind="outgoing", author_kind="user", author_id=ADA, body="mine")
    assert chatwoot.get(f"{path}/messages", who="agent")["payload"] == []
    assert [one["private"] for one in chatwoot.get(f"{path}/messages")["payload"]] == [True]
    assert chatwoot.call("DELETE", f"{path}/messages/3100", who="agent", expect=404) == MISSING
