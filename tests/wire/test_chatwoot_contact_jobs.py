"""Importing and exporting contacts on Chatwoot's wire (contract 3.4): asked for, done by a job, and the job tells how it went."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import CONTACT, OTHER, World, build, insert, run
from tests.wire.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    made = run(build(live.dsn, live.url))
    made.execute(
        *(f"INSERT INTO allocators (tenant_id, kind, next_id) VALUES (1, '{kind}', 1000)" for kind in ("tag", "contact", "attachment"))
    )
    made.fill(insert, "custom_roles", id=35, name="keeper", permissions=["contact_manage"])
    made.execute("UPDATE memberships SET custom_role_id = 35 WHERE tenant_id = 1 AND user_id = 7")  # who was powerless
    return made


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def send(chatwoot: Chatwoot, table: str, who: str = "admin") -> dict[str, Any]:
    """An import, to its end."""
    asked = chatwoot.post("contacts/import", files={"import_file": ("people.csv", table.encode(), "text/csv")}, who=who)
    assert (asked["status"], asked["total_records"]) == ("pending", 0)
    return finished(chatwoot, f"contacts/import/{asked['id']}")


def finished(chatwoot: Chatwoot, path: str) -> dict[str, Any]:
    for _ in range(100):
        found = dict(chatwoot.get(path))
        if found["status"] in ("completed", "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"never done: {found}")


def by_words(chatwoot: Chatwoot, words: str) -> list[dict[str, Any]]:
    return list(chatwoot.get("contacts/search", params={"q": words})["payload"])


def rows(url: str) -> list[dict[str, str]]:
    answer = httpx.get(url)
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_rows_become_contacts_and_refused_rows_a_file(chatwoot: Chatwoot) -> None:
    table = (
        "name,email,phone_number,identifier,company,city,plan\r\n"
        'Imported One,ONE@import.test,351950000001,imp-1,"Engines, Ltd",Porto,gold\r\n'
        "Bad Mail,nobody,,,,,\r\n"
        "Bad Number,x@import.test,12ab,,,,\r\n"
        'Two\r\n"broken"row,x\r\n'
        "Imported Zoë,zoe@mail.test,,,,Bonn,tin\r\n"
        "Clash,one@import.test,,ext-1,,,\r\n"
    )
    done = send(chatwoot, table, who="powerless")
    assert (done["status"], done["total_records"], done["processed_records"], done["failed_records"]) == ("completed", 7, 3, 4)
    one = by_words(chatwoot, "one@import.test")[0]
    assert (one["name"], one["phone_number"], one["identifier"]) == ("Imported One", "+351950000001", "imp-1")
    assert one["additional_attributes"] == {"company_name": "Engines, Ltd", "city": "Porto"}
    assert one["custom_attributes"] == {"company": "Engines, Ltd", "city": "Porto", "plan": "gold"}
    zoe = chatwoot.get(f"contacts/{CONTACT}")["payload"]
    assert (zoe["name"], zoe["additional_attributes"]["city"], zoe["phone_number"]) == ("Imported Zoë", "Bonn", "+351910000000")
    assert zoe["custom_attributes"] == {"tier": "gold", "city": "Bonn", "plan": "tin"}
    reasons = {row["name"]: row["errors"] for row in rows(done["failed_records_url"])}
    assert reasons == {
        "Bad Mail": "Email Invalid email",
        "Bad Number": "Phone number should be in e164 format",
        '"broken"row,x': "no CSV: ',' expected after '\"'",
        "Clash": "Email has already been taken",
    }


def test_an_import_again_finds_the_same_contacts(chatwoot: Chatwoot) -> None:
    for _ in range(2):
        done = send(chatwoot, "email,name\nagain@import.test,Again\n")
        assert (done["processed_records"], done["failed_records_url"]) == (1, None)
    assert len(by_words(chatwoot, "again@import.test")) == 1


def test_a_file_that_is_no_table_fails_and_says_why(chatwoot: Chatwoot) -> None:
    unending = send(chatwoot, 'name\n"never ends\n')
    assert (unending["status"], unending["error"]) == ("failed", "the file ends inside quotes")
    assert send(chatwoot, "\n\n")["error"] == "the file is empty"
    for sent in ({"json": {}}, {"files": {"import_file": ("x.csv", b"", "text/csv")}}):
        assert chatwoot.post("contacts/import", expect=422, **sent) == {"error": "File is blank"}


@pytest.mark.parametrize("content", [PNG, "name\nAda\n".encode("utf-16")], ids=["a picture", "another encoding"])
def test_a_file_that_is_no_text_is_refused(chatwoot: Chatwoot, world: World, content: bytes) -> None:
    before = jobs(world)
    refused = chatwoot.post("contacts/import", files={"import_file": ("people.csv", content, "text/csv")}, expect=422)
    assert refused == {"error": "import_file must be a CSV file in UTF-8; this one is no text"}
    assert jobs(world) == before


def jobs(world: World) -> int:
    found: list[int] = []

    async def count(connection: Any) -> None:
        found.append(await connection.fetchval("SELECT count(*) FROM jobs WHERE kind = 'contact_import'"))

    world.fill(count)
    return found[0]


def test_an_export_has_whom_one_can_reach(chatwoot: Chatwoot) -> None:
    chatwoot.post("contacts", {"name": 'Quoted "Q"', "identifier": "quoted", "custom_attributes": {"x": 1}})
    asked = chatwoot.post("contacts/export", {}, who="powerless")
    done = finished(chatwoot, f"contacts/export/{asked['id']}")
    told = rows(done["file_url"])
    assert list(told[0]) == ["id", "name", "email", "phone_number"]
    assert len(told) == done["total_records"] == chatwoot.get("contacts")["meta"]["count"]
    assert 'Quoted "Q"' in [row["name"] for row in told]
    assert "Quiet" not in [row["name"] for row in told]


def test_an_export_has_the_columns_and_labels_that_were_asked(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("contacts", {"name": "Exported", "identifier": "exported", "custom_attributes": {"x": 1}})["payload"]["contact"]
    chatwoot.post(f"contacts/{made['id']}/labels", {"labels": ["For Export"]})
    columns = ["identifier", "no such column", "custom_attributes", "blocked", "company_id", "account_id", "created_at"]
    asked = chatwoot.post("contacts/export", {"column_names": columns, "label": "for export"})
    told = rows(finished(chatwoot, f"contacts/export/{asked['id']}")["file_url"])
    assert [list(row.values())[:5] for row in told] == [["exported", '{"x": 1}', "false", "", "1"]]
    assert told[0]["created_at"].endswith(" UTC")


def test_an_export_has_whom_a_filter_selects(chatwoot: Chatwoot) -> None:
    for name in ("Filtered One", "Filtered Two", "Left Out"):
        chatwoot.post("contacts", {"name": name, "identifier": name})
    condition = {"attribute_key": "name", "filter_operator": "contains", "values": ["filtered"], "query_operator": None}
    asked = chatwoot.post("contacts/export", {"payload": [condition], "column_names": ["name"], "label": "no such label"})
    done = finished(chatwoot, f"contacts/export/{asked['id']}")
    assert [row["name"] for row in rows(done["file_url"])] == ["Filtered One", "Filtered Two"]
    assert done["total_records"] == 2
    none = chatwoot.post("contacts/export", {"payload": [condition | {"values": ["nobody at all"]}]})
    assert rows(finished(chatwoot, f"contacts/export/{none['id']}")["file_url"]) == []
    refused = chatwoot.post("contacts/export", {"payload": [condition | {"filter_operator": "starts_with"}]}, expect=422)
    assert "Invalid operator" in refused["error"]


def test_only_administrators_and_keepers_of_contacts_may(chatwoot: Chatwoot) -> None:
    job = chatwoot.post("contacts/export", {})["id"]
    for who in ("agent", "manager", "bot", "contact", ""):
        assert chatwoot.ask("POST", "contacts/export", {}, who=who).status_code == 401
        assert chatwoot.ask("POST", "contacts/import", files={"import_file": ("x.csv", b"name\nx\n")}, who=who).status_code == 401
        assert chatwoot.ask("GET", f"contacts/export/{job}", who=who).status_code == 401
    assert by_words(chatwoot, "x.csv") == []


def test_a_job_is_of_its_account_and_kind(chatwoot: Chatwoot) -> None:
    job = chatwoot.post("contacts/export", {})["id"]
    chatwoot.get(f"contacts/import/{job}", expect=404)
    assert chatwoot.ask("GET", f"contacts/export/{job}", who="foreign", account=OTHER).status_code == 404
    finished(chatwoot, f"contacts/export/{job}")


def test_devrev_sees_the_export_among_its_jobs(chatwoot: Chatwoot, world: World, live: Live) -> None:
    job = chatwoot.post("contacts/export", {})["id"]
    finished(chatwoot, f"contacts/export/{job}")
    headers = {"Authorization": world.tokens["admin"], "X-Parley-Tenant": "acme"}
    shown = httpx.get(f"{live.url}/jobs.list", headers=headers)
    if shown.status_code == 404:
        shown = httpx.post(f"{live.url}/jobs.list", json={}, headers=headers)
    assert shown.status_code == 200, shown.text
    assert f'"{"export_revuser"}"' in shown.text
