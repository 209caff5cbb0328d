"""works.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

TICKET = {"type": "ticket", "title": "Late", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]}
ISSUE = {"type": "issue", "title": "Slow", "applies_to_part": "FEAT-2", "owned_by": ["DEVU-2"]}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    asyncio.run(_define(module_database))
    return Devrev(live.url, world.tokens)


async def _define(dsn: str) -> None:
    """Custom fields of works; one cannot be filtered by."""
    fields = (("area", "text", True), ("langs", "text_list", True), ("hidden", "text", False))
    connection = await asyncpg.connect(dsn)
    try:
        await connection.executemany(
            "INSERT INTO custom_fields (tenant_id, id, noun, namespace, key, display_name, field_type, is_filterable)"
            " VALUES (1, $1, 'work', 'tnt', $2, $2, $3, $4)",
            [(place, *one) for place, one in enumerate(fields, 500)],
        )
    finally:
        await connection.close()


def ids(found: Any) -> list[str]:
    return [one["display_id"] for one in found["works"]]


def make(devrev: Devrev, kind: dict[str, Any], **more: Any) -> Any:
    return devrev.call("works.create", kind | more, expect=201)["work"]


async def rows(dsn: str, query: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


def test_a_tickets_life(devrev: Devrev, module_database: str) -> None:
    made = make(
        devrev, TICKET, body="b", reported_by=["REVU-1", "DEVU-2"], rev_org="REV-1", group="GROUP-1", severity="high", visibility=1,
        channels=["email"], channels_v2=["CHAN-2", "CHAN-1"], source_channel="mail", source_channel_v2="CHAN-1", needs_response=True,
        is_spam=False, tags=[{"id": "TAG-2", "value": "pro"}, {"id": "TAG-1"}], external_ref="T/1",
        target_close_date="2030-01-01T00:00:00Z", custom_fields={"tnt__area": "north"},
    )  # fmt: skip
    assert made["id"].endswith(f":ticket/{made['display_id'].removeprefix('TKT-')}")
    assert (made["stage"]["name"], made["stage"]["state"]["name"], made["state_display_name"]) == ("queued", "open", "Open")
    assert [one["display_id"] for one in made["reported_by"]] == ["REVU-1", "DEVU-2"]
    assert (made["account"]["display_id"], made["rev_org"]["display_id"], made["group"]["name"]) == ("ACC-1", "REV-1", "Tier 1")
    assert [one["display_id"] for one in made["channels_v2"]] == ["CHAN-2", "CHAN-1"]
    assert [(one["tag"]["name"], one.get("value")) for one in made["tags"]] == [("plan", "pro"), ("vip", None)]
    assert made["visibility"] == {"id": 1, "label": "internal", "ordinal": 1}
    assert (made["custom_fields"], made["external_ref"], made["severity"]) == ({"tnt__area": "north"}, "T/1", "high")
    assert made["applies_to_part"]["owned_by"][0]["display_id"] == "DEVU-1"
    assert "actual_close_date" not in made
    closed = devrev.call(
        "works.update",
        {
            "id": made["id"], "type": "ticket", "stage": {"name": "resolved"}, "owned_by": {"set": ["SVCACC-1"]},
            "tags": {"remove": [{"id": "TAG-2"}]},
            "sentiment": 4, "account": "ACC-2", "group": None, "target_close_date": None, "custom_fields": {"tnt__area": None},
        },
    )["work"]  # fmt: skip
    assert (closed["stage"]["state"]["name"], closed["owned_by"][0]["display_id"]) == ("closed", "SVCACC-1")
    assert {"actual_close_date", "sentiment_modified_date"} <= set(closed)
    assert (closed["account"]["display_id"], closed["sentiment"]["label"]) == ("ACC-2", "Unhappy")
    assert not {"rev_org", "group", "target_close_date", "custom_fields"} & set(closed)
    assert [one["tag"]["name"] for one in closed["tags"]] == ["vip"]
    reopened = devrev.call("works.update", {"id": made["id"], "stage": {"name": "work_in_progress"}})["work"]
    assert "actual_close_date" not in reopened
    assert reopened["modified_date"] > closed["modified_date"]
    assert devrev.call("works.get", {"id": made["display_id"]}, who="bob")["work"] == reopened
    assert devrev.get("works.get", f"id={made['id']}").json()["work"] == reopened
    assert devrev.call("works.delete", {"id": made["id"]}) == {}
    assert devrev.call("works.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    events = "SELECT kind FROM events WHERE kind LIKE 'ticket.%' AND data->>'id' = $1 ORDER BY id"
    told = asyncio.run(rows(module_database, events, str(number)))
    assert told == [("ticket.created",), ("ticket.updated",), ("ticket.updated",), ("ticket.deleted",)]
    stones = "SELECT count(*) FROM tombstones WHERE noun = 'ticket' AND id = $1"
    assert asyncio.run(rows(module_database, stones, number)) == [(1,)]


def test_an_issues_life(devrev: Devrev) -> None:
    made = make(devrev, ISSUE, priority="p1", developed_with=["PROD-1", "ENH-4"], target_start_date="2030-01-01T00:00:00Z")
    assert (made["stage"]["name"], made["priority"], made["priority_v2"]) == ("triage", "p1", {"id": 2, "label": "P1", "ordinal": 2})
    assert [one["display_id"] for one in made["developed_with"]] == ["PROD-1", "ENH-4"]
    begun = devrev.call("works.update", {"id": made["id"], "type": "issue", "stage": {"name": "in_review"}, "priority_v2": 4})["work"]
    assert (begun["priority"], begun["stage"]["state"]["name"]) == ("p3", "in_progress")
    started = begun["actual_start_date"]
    done = devrev.call("works.update", {"id": made["id"], "stage": {"name": "completed"}})["work"]
    assert done["actual_start_date"] == started
    assert done["actual_close_date"]
    again = devrev.call("works.update", {"id": made["id"], "stage": {"name": "wont_fix"}})["work"]
    assert again["actual_close_date"] == done["actual_close_date"], "closed already"


def test_each_kind_has_its_own_numbers(devrev: Devrev) -> None:
    issue, ticket, second_issue, second_ticket = (make(devrev, kind) for kind in (ISSUE, TICKET, ISSUE, TICKET))
    for first, second, prefix in ((issue, second_issue, "ISS-"), (ticket, second_ticket, "TKT-")):
        assert int(second["display_id"].removeprefix(prefix)) == int(first["display_id"].removeprefix(prefix)) + 1


def test_an_external_ref_is_taken_once(devrev: Devrev) -> None:
    make(devrev, TICKET, external_ref="once")
    assert devrev.call("works.create", ISSUE | {"external_ref": "once"}, expect=409)["type"] == "conflict"
    assert len(ids(devrev.call("works.list", {"external_ref": ["once"]}))) == 1


def test_a_frozen_ticket_refuses_changes(devrev: Devrev) -> None:
    made = make(devrev, TICKET)
    devrev.call("works.update", {"id": made["id"], "type": "ticket", "is_frozen": True})
    refused = devrev.call("works.update", {"id": made["id"], "title": "new"}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "is_frozen")
    thawed = devrev.call("works.update", {"id": made["id"], "type": "ticket", "is_frozen": False, "title": "new"})["work"]
    assert (thawed["is_frozen"], thawed["title"]) == (False, "new")


def test_a_frozen_ticket_may_be_deleted(devrev: Devrev) -> None:
    made = make(devrev, TICKET)
    assert devrev.call("works.update", {"id": made["id"], "type": "ticket", "is_frozen": True})["work"]["is_frozen"]
    assert devrev.call("works.delete", {"id": made["id"]}) == {}
    assert devrev.call("works.get", {"id": made["id"]}, expect=404)["type"] == "not_found"


@pytest.fixture(scope="module")
def several(devrev: Devrev) -> dict[str, str]:
    """Works that differ; names to display ids. All carry the tag `bug`, by which they are told from others."""
    bug = {"tags": [{"id": "TAG-3"}]}
    made = {
        "a": make(devrev, TICKET, **bug, severity="high", rev_org="REV-1", channels=["plug"], channels_v2=["CHAN-3"], visibility=2,
                  custom_fields={"tnt__area": "south", "tnt__langs": ["it", "en"]}, source_channel="fax", source_channel_v2="CHAN-2"),
        "b": make(devrev, TICKET, **bug, severity="low", account="ACC-2", group="GROUP-2", is_spam=True, needs_response=True,
                  stage={"name": "resolved"}, external_ref="ref-b", custom_fields={"tnt__area": "west"}),
        "c": make(devrev, ISSUE, **bug, priority="p0", reported_by=["REVU-3"], target_start_date="2031-01-01T00:00:00Z"),
        "d": make(devrev, ISSUE, **bug, priority="p2", stage={"name": "in_review"}, target_close_date="2031-06-01T00:00:00Z"),
    }  # fmt: skip
    devrev.call("works.update", {"id": made["b"]["id"], "title": "by bob"}, who="bob")
    return {name: one["display_id"] for name, one in made.items()}


RANGE = {"type": "range", "after": "2031-01-01T00:00:00Z", "before": "2031-12-31T00:00:00Z"}
RECENT = {"type": "preset", "preset_type": "last_n_days", "days": 1}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, "abcd"),
        ({"type": ["ticket"]}, "ab"),
        ({"type": ["issue", "ticket"], "ticket": {"severity": ["low"]}}, "bcd"),
        ({"ticket": {"severity": ["low"]}}, "b"),
        ({"ticket": {"severity": ["low"]}, "issue": {"priority": ["p0"]}}, "bc"),
        ({"applies_to_part": ["FEAT-2"]}, "cd"),
        ({"applies_to_part": ["PROD-2"]}, ""),
        ({"created_by": ["DEVU-1"]}, "abcd"),
        ({"created_by": ["DEVU-2"]}, ""),
        ({"modified_by": ["DEVU-2"]}, "b"),
        ({"created_date": RECENT}, "abcd"),
        ({"modified_date": RANGE}, ""),
        ({"target_close_date": RANGE}, "d"),
        ({"actual_close_date": {"type": "range"}}, "b"),
        ({"custom_fields": {"tnt__area": ["south", "west"]}}, "ab"),
        ({"custom_fields": {"tnt__area": ["south"], "tnt__langs": ["en"]}}, "a"),
        ({"external_ref": ["ref-b", "none"]}, "b"),
        ({"owned_by": ["DEVU-2", "SVCACC-1"]}, "cd"),
        ({"reported_by": ["REVU-3"]}, "c"),
        ({"stage": {"name": ["resolved", "triage"]}}, "bc"),
        ({"state": ["in_progress", "closed"]}, "bd"),
        ({"ticket": {"account": ["ACC-1"]}}, "a"),
        ({"ticket": {"rev_org": ["REV-1"]}}, "a"),
        ({"ticket": {"group": ["GROUP-2"]}}, "b"),
        ({"ticket": {"channels": ["plug", "slack"]}}, "a"),
        ({"ticket": {"channels_v2": ["CHAN-3"]}}, "a"),
        ({"ticket": {"source_channel": ["fax"]}}, "a"),
        ({"ticket": {"source_channel_v2": ["CHAN-2"]}}, "a"),
        ({"ticket": {"is_spam": True}}, "b"),
        ({"ticket": {"is_frozen": True}}, ""),
        ({"ticket": {"needs_response": True}}, "b"),
        ({"ticket": {"visibility": [2, 99_999_999_999]}}, "a"),
        ({"ticket": {"subtype": ["x"]}}, ""),
        ({"issue": {"subtype": ["x"]}}, ""),
        ({"issue": {"priority": ["p0", "p1"]}}, "c"),
        ({"issue": {"priority_v2": [3]}}, "d"),
        ({"issue": {"target_start_date": RANGE}}, "c"),
        ({"issue": {"actual_start_date": RECENT}}, "d"),
    ],
)  # fmt: skip
def test_each_filter(devrev: Devrev, several: dict[str, str], asked: dict[str, Any], names: str) -> None:
    body = asked | {"tags": ["TAG-3"]}
    wanted = [several[name] for name in names]
    assert ids(devrev.call("works.list", body)) == wanted
    assert ids(devrev.call("works.export", body)) == wanted
    assert devrev.call("works.count", body) == {"count": len(wanted), "has_more": False}


def test_pages_go_both_ways(devrev: Devrev, several: dict[str, str]) -> None:
    body = {"tags": ["TAG-3"], "sort_by": ["created_date:desc"]}
    everything = ids(devrev.call("works.list", body))
    assert everything == [several[name] for name in "dcba"]
    first = devrev.call("works.list", body | {"limit": 3})
    assert (ids(first), "prev_cursor" in first) == (everything[:3], False)
    rest = devrev.call("works.list", body | {"limit": 3, "cursor": first["next_cursor"]})
    assert (ids(rest), "next_cursor" in rest) == (everything[3:], False)
    back = devrev.call("works.list", body | {"limit": 3, "cursor": rest["prev_cursor"], "mode": "before"})
    assert ids(back) == everything[:3]
    assert ids(devrev.call("works.list", {"tags": ["TAG-3"], "sort_by": ["modified_date:desc"], "limit": 1})) == [several["b"]]
    exported = devrev.call("works.export", body | {"first": 2})
    assert (ids(exported), "next_cursor" in exported) == (everything[:2], False)
    asked = "tags=TAG-3&stage.name=resolved,triage&ticket.is_spam=true&type=ticket"
    assert ids(devrev.get("works.list", asked).json()) == [several["b"]]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("works.create", {}, 400, "missing_required_field", "type"),
        ("works.create", {"type": "ticket", "title": "x", "applies_to_part": "PROD-1"}, 400, "missing_required_field", "owned_by"),
        ("works.create", TICKET | {"type": "task"}, 400, "value_not_permitted", "type"),
        ("works.create", TICKET | {"type": "opportunity"}, 400, "value_not_permitted", "type"),
        ("works.create", TICKET | {"type": "epic"}, 400, "invalid_enum_value", "type"),
        ("works.create", TICKET | {"priority": "p0"}, 400, "invalid_field", "priority"),
        ("works.create", ISSUE | {"severity": "low"}, 400, "invalid_field", "severity"),
        ("works.create", TICKET | {"title": "x" * 257}, 400, "value_not_permitted", "title"),
        ("works.create", TICKET | {"colour": 1}, 400, "invalid_field", "colour"),
        ("works.create", TICKET | {"target_close_date": None}, 400, "unexpected_json_type", "target_close_date"),
        ("works.create", TICKET | {"applies_to_part": "PROD-2"}, 400, "invalid_id", "applies_to_part"),
        ("works.create", TICKET | {"applies_to_part": "TAG-1"}, 400, "unexpected_id_type", "applies_to_part"),
        ("works.create", TICKET | {"owned_by": ["DEVU-99"]}, 400, "invalid_id", "owned_by"),
        ("works.create", TICKET | {"owned_by": ["DEVU-4"]}, 400, "invalid_id", "owned_by"),
        ("works.create", TICKET | {"reported_by": ["REVU-99"]}, 400, "invalid_id", "reported_by"),
        ("works.create", TICKET | {"account": "ACC-99"}, 400, "invalid_id", "account"),
        ("works.create", TICKET | {"rev_org": "REV-99"}, 400, "invalid_id", "rev_org"),
        ("works.create", TICKET | {"rev_org": "REV-1", "account": "ACC-2"}, 400, "value_not_permitted", "rev_org"),
        ("works.create", TICKET | {"group": "GROUP-99"}, 400, "invalid_id", "group"),
        ("works.create", TICKET | {"channels_v2": ["CHAN-99"]}, 400, "invalid_id", "channels_v2[0]"),
        ("works.create", TICKET | {"source_channel_v2": "CHAN-99"}, 400, "invalid_id", "source_channel_v2"),
        ("works.create", TICKET | {"tags": [{"id": "TAG-99"}]}, 400, "invalid_id", "tags"),
        ("works.create", TICKET | {"stage": {"name": "triage"}}, 400, "value_not_permitted", "stage.name"),
        ("works.create", TICKET | {"stage": {"id": "STAGE-1"}}, 400, "value_not_permitted", "stage.id"),
        ("works.create", TICKET | {"artifacts": []}, 400, "value_not_permitted", "artifacts"),
        ("works.create", TICKET | {"custom_fields": {"tnt__nope": 1}}, 400, "customization_validation_error", "custom_fields.tnt__nope"),
        ("works.create", ISSUE | {"developed_with": ["PROD-99"]}, 400, "invalid_id", "developed_with"),
        ("works.create", ISSUE | {"priority": "p0", "priority_v2": 2}, 400, "value_not_permitted", "priority_v2"),
        ("works.create", ISSUE | {"sprint": "x"}, 400, "value_not_permitted", "sprint"),
        ("works.get", {"id": "CONV-1"}, 400, "unexpected_id_type", "id"),
        ("works.get", {"id": "TKT-999"}, 404, "not_found", None),
        ("works.get", {"id": "don:core:dvrv-us-1:devo/globex:ticket/1"}, 400, "invalid_id", "id"),
        ("works.update", {"id": "TKT-999"}, 404, "not_found", None),
        ("works.update", {"id": "TKT-999", "type": "issue"}, 400, "value_not_permitted", "type"),
        ("works.update", {"id": "TKT-999", "is_archived": True}, 400, "value_not_permitted", "is_archived"),
        ("works.delete", {"id": "ISS-999"}, 404, "not_found", None),
        ("works.list", {"type": ["task"]}, 400, "value_not_permitted", "type"),
        ("works.list", {"vista": "x"}, 400, "value_not_permitted", "vista"),
        ("works.list", {"ticket": {"brand": ["BRAND-1"]}}, 400, "value_not_permitted", "ticket.brand"),
        ("works.list", {"issue": {"sprint": []}}, 400, "value_not_permitted", "issue.sprint"),
        ("works.list", {"stage": {"stages": []}}, 400, "value_not_permitted", "stage.stages"),
        ("works.count", {"sync_metadata": {}}, 400, "value_not_permitted", "sync_metadata"),
        ("works.list", {"custom_fields": {"tnt__nope": [1]}}, 400, "invalid_field", "custom_fields.tnt__nope"),
        ("works.list", {"custom_fields": {"tnt__hidden": ["x"]}}, 400, "value_not_permitted", "custom_fields.tnt__hidden"),
        ("works.list", {"created_date": {"type": "range", "after": "never"}}, 400, "value_not_permitted", "created_date.after"),
        ("works.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("works.list", {"sort_by": ["title:asc"]}, 400, "invalid_enum_value", "sort_by[0]"),
        ("works.export", {"first": 5001}, 400, "value_not_permitted", "first"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = devrev.call("works.count")
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert devrev.call("works.count") == before


def test_who_may_do_what(devrev: Devrev) -> None:
    made = devrev.call("works.create", TICKET, who="bob", expect=201)["work"]
    assert made["created_by"]["display_id"] == "DEVU-2"
    assert devrev.call("works.update", {"id": made["id"], "title": "by a bot"}, who="bot")["work"]["title"] == "by a bot"
    for path, body in (
        ("works.create", TICKET),
        ("works.get", {"id": made["id"]}),
        ("works.list", {}),
        ("works.export", {}),
        ("works.count", {}),
        ("works.update", {"id": made["id"]}),
        ("works.delete", {"id": made["id"]}),
    ):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("works.list", who="globex") == {"works": []}
    assert devrev.call("works.count", who="globex") == {"count": 0, "has_more": False}
    assert devrev.call("works.get", {"id": made["id"]}, who="globex", expect=400)["type"] == "invalid_id"
    assert devrev.call("works.delete", {"id": made["display_id"]}, who="globex", expect=404)["type"] == "not_found"


def test_what_a_work_carries_stays(devrev: Devrev) -> None:
    tag = devrev.call("tags.create", {"name": "kept"}, expect=201)["tag"]
    made = make(devrev, TICKET, tags=[{"id": tag["id"]}])
    assert devrev.call("tags.delete", {"id": tag["id"]}, expect=409)["type"] == "conflict"
    devrev.call("works.update", {"id": made["id"], "tags": {"set": []}})
    assert devrev.call("tags.delete", {"id": tag["id"]}) == {}


def test_an_empty_change_changes_nothing(devrev: Devrev) -> None:
    ticket = make(devrev, TICKET, channels=["email"], tags=[{"id": "TAG-1"}])
    issue = make(devrev, ISSUE, developed_with=["PROD-1"])
    for made, body in (
        (ticket, {"channels": {}, "tags": {}, "stage": {}}),
        (issue, {"developed_with": {}, "owned_by": {}, "reported_by": {}}),
    ):
        assert devrev.call("works.update", {"id": made["id"], "type": made["type"]} | body)["work"] == made


def test_many_works(devrev: Devrev, module_database: str) -> None:
    """Ten thousand and one: the count stops and says so, pages lead through, and an export ends where it was told."""
    asyncio.run(fill(module_database, 10_001))
    assert devrev.call("works.count", who="globex") == {"count": 10_000, "has_more": True}
    assert devrev.call("works.count", {"stage": {"name": ["triage"]}}, who="globex") == {"count": 0, "has_more": False}
    first = devrev.call("works.list", {"limit": 1000, "sort_by": ["created_date:desc"]}, who="globex")
    second = devrev.call("works.list", {"limit": 1, "sort_by": ["created_date:desc"], "cursor": first["next_cursor"]}, who="globex")
    assert (ids(first)[0], ids(first)[-1], ids(second)) == ("TKT-10001", "TKT-9002", ["TKT-9001"])
    assert len(ids(devrev.call("works.export", {"first": 1500}, who="globex"))) == 1500


async def fill(dsn: str, count: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("INSERT INTO parts (tenant_id, id, kind, name) VALUES (2, 1, 'product', 'P')")
        await connection.execute(
            "INSERT INTO works (tenant_id, id, kind, number, title, stage, state, part_id)"
            " SELECT 2, n, 'ticket', n, 'T', 'queued', 'open', 1 FROM generate_series(1, $1::bigint) n",
            count,
        )
    finally:
        await connection.close()
