"""What list and export answer: valid against the official schemas, and only what the caller may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jsonschema
import pytest

from . import devrev_model as model
from . import devrev_world
from .conftest import Live

DON = devrev_world.don
PUBLIC, BETA_2025, BETA_2026 = "2025-07-public", "2025-07-beta", "2026-01-beta"
Answer = dict[str, Any]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


@pytest.fixture(scope="module")
def client(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=30) as client:
        yield client


@pytest.fixture
def ask(client: httpx.Client, world: devrev_world.World) -> Ask:
    def post(path: str = "conversations.list", who: str = "ada", *, beta: bool = False, **body: Any) -> Answer:
        size = {"first": 5000} if path.endswith("export") else {"limit": 1000}
        headers = {"Authorization": world.tokens[who]} | ({"X-Devrev-Scope": "beta"} if beta else {})
        answer = client.post(f"/{path}", json=size | body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Answer = answer.json()
        return found

    return post


def numbers(answer: Answer) -> list[int]:
    return [model.number(one["id"]) for one in answer["conversations"]]


def conversation(answer: Answer, number: int) -> Answer:
    return next(one for one in answer["conversations"] if one["id"] == DON(f"conversation/{number}"))


def bodies(answer: Answer) -> list[str]:
    return [entry.get("body", "") for one in answer["conversations"] for entry in one["messages"]]


# ---- the schemas


@pytest.mark.parametrize(
    ("path", "beta", "vintage"),
    [
        ("conversations.list", False, PUBLIC),
        ("conversations.list", False, BETA_2026),
        ("conversations.list", True, BETA_2025),
        ("conversations.list", True, BETA_2026),
        ("conversations.export", False, BETA_2025),
        ("conversations.export", False, BETA_2026),
    ],
)
def test_answers_are_valid(path: str, beta: bool, vintage: str, ask: Ask, shared: Path) -> None:
    schema = json.loads((shared / f"contracts/devrev/jsonschema-{vintage}.json").read_text())
    name = path.replace(".", "-") + "-response"
    answer = ask(path, beta=beta)
    assert len(answer["conversations"]) == devrev_world.COUNT
    jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}).validate(answer)


def test_no_value_is_null_and_members_are_always_there(ask: Ask) -> None:
    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(nulls(item) for item in value.values())
        return any(nulls(item) for item in value) if isinstance(value, list) else value is None

    answer = ask("conversations.export")
    assert not nulls(answer)
    assert all(one["members"] for one in answer["conversations"])


# ---- the scope header


def test_changes_need_the_beta_scope_in_a_list_and_are_always_in_an_export(ask: Ask) -> None:
    def kinds(answer: Answer) -> set[str]:
        return {entry["type"] for one in answer["conversations"] for entry in one["messages"]}

    assert kinds(ask()) == {"timeline_comment"}
    assert kinds(ask(beta=True)) == kinds(ask("conversations.export")) == {"timeline_comment", "timeline_change_event"}


def test_every_other_documented_key_is_there_without_the_scope(ask: Ask) -> None:
    assert conversation(ask(), 1).keys() == conversation(ask(beta=True), 1).keys()


def test_references_of_beta_types_need_the_scope(ask: Ask) -> None:
    def types(answer: Answer) -> list[str]:
        return [atom["type"] for atom in conversation(answer, 1)["messages"][0]["references"]]

    assert types(ask()) == ["article"]
    assert types(ask(beta=True)) == ["article", "account"]


# ---- details that a schema cannot tell


def test_a_list_shows_fifty_unless_told_otherwise(client: httpx.Client, world: devrev_world.World) -> None:
    answer = client.post("/conversations.list", json={}, headers={"Authorization": world.tokens["ada"]})
    assert numbers(answer.json()) == model.wanted(world.facts, {})[:50]


def test_what_there_is_none_of_is_left_out(ask: Ask, world: devrev_world.World) -> None:
    owned = {number for number, facts in world.facts.items() if facts.assignee or facts.co_owners}
    assert 0 < len(owned) < len(world.facts)
    assert {model.number(one["id"]) for one in ask()["conversations"] if "owned_by" in one} == owned
    assert "custom_fields" in conversation(ask(), 2)
    run(world.dsn, "UPDATE conversations SET custom_fields = '{}' WHERE tenant_id = 1 AND number = 2")
    try:
        assert "custom_fields" not in conversation(ask(), 2)
    finally:
        held = json.dumps(world.facts[2].custom)
        run(world.dsn, f"UPDATE conversations SET custom_fields = '{held}' WHERE tenant_id = 1 AND number = 2")
    threads = {entry["display_id"]: entry.get("thread") for entry in conversation(ask(), 1)["messages"]}
    assert (threads["COMMENT-1001"], threads["COMMENT-1007"]) == ({"total_replies": 2}, None)


def test_changes_have_the_words_of_their_day(ask: Ask) -> None:
    entries = {entry["display_id"]: entry for entry in conversation(ask("conversations.export"), 1)["messages"]}
    assert entries["EVENT-1002"]["body"] == "Ada changed it"
    assert (entries["EVENT-1006"]["event"]["type"], entries["EVENT-1006"]["body"]) == ("annotated", "Imported words")
    assert entries["COMMENT-1001"]["sync_metadata"]["external_record_id"] == "https://z.test/message/1001"


def test_members_and_owners_stand_in_order_without_duplicates(ask: Ask) -> None:
    one = conversation(ask(), 1)
    assert one["members"][0]["display_id"] == "REVU-1"
    assert sorted(person["display_id"] for person in one["members"]) == ["DEVU-1", "REVU-1", "REVU-2", "SVCACC-1", "SYSU-0"]
    assert [person["display_id"] for person in one["owned_by"]] == ["DEVU-1", "DEVU-2", "SVCACC-1"]
    for other in ask()["conversations"]:
        for people in (other["members"], other.get("owned_by", [])):
            assert len({person["id"] for person in people}) == len(people)


def test_channels_are_the_own_inbox_and_the_others(ask: Ask, world: devrev_world.World) -> None:
    for one in ask()["conversations"]:
        facts = world.facts[model.number(one["id"])]
        found = [model.number(channel["id"]) for channel in one["channels"]]
        assert found[0] == facts.inbox_id
        assert sorted(found) == sorted({facts.inbox_id, *facts.channel_ids})


def test_messages_are_the_ten_latest_oldest_first(ask: Ask) -> None:
    for number in (3, 6, 9):
        entries = conversation(ask(), number)["messages"]
        assert [entry["body"] for entry in entries] == [f"message {i}" for i in range(2, 12)]
        assert [entry["created_date"] for entry in entries] == sorted(entry["created_date"] for entry in entries)


def test_sla_summary_tells_of_the_closest_metric(ask: Ask) -> None:
    summary = conversation(ask(), 1)["sla_summary"]
    assert summary["closest_to_breach_metric"] == "First response"
    assert (summary["stage"], summary["remaining_time"]) == ("warning", 10)
    first, done = summary["sla_tracker"]["metric_target_summaries"]
    assert (first["remaining_time"], done["completed_in"], done["completed_in_seconds"]) == (10, 61, 3700)
    assert "remaining_time" not in done, "it is not paused"
    assert [one["metric_definition"]["name"] for one in summary["sla_tracker"]["removed_sla_metric_history"]] == ["Next response"]


def test_each_change_shows_only_the_object_of_its_type(ask: Ask) -> None:
    entries = conversation(ask("conversations.export"), 1)["messages"]
    events = [entry["event"] for entry in entries if entry["type"] == "timeline_change_event"]
    assert [sorted(event.keys() - {"type"}) for event in events] == [["updated"], ["created"], ["deleted"], ["linked"], []]
    assert [event["type"] for event in events] == ["updated", "created", "deleted", "linked", "annotated"]


def test_the_deltas_of_a_change(ask: Ask) -> None:
    entries = conversation(ask("conversations.export"), 1)["messages"]
    tier, stage, owners, group, tags = entries[1]["event"]["updated"]["field_deltas"]
    assert tier["field_descriptor"]["allowed_values"] == ["gold", "silver"]
    assert stage["new_value"] == {"type": "stage", "name": "triage"}
    assert stage["field_descriptor"]["field_type"] == "enum"
    assert "waiting_on_user" in stage["field_descriptor"]["allowed_values"]
    assert owners["new_value"] == {"type": "id_list", "values": [DON("devu/1", "identity")]}
    assert "old_value" not in group
    assert group["new_value"] == {"type": "id", "value": DON("group/1", "identity")}
    assert tags["field_descriptor"] == {"name": "tags", "field_type": "array", "base_type": "text"}
    assert tags["new_value"] == {"type": "string_list", "values": ["vip"]}


def test_a_deleted_message_has_no_body(ask: Ask, world: devrev_world.World) -> None:
    run(world.dsn, "UPDATE messages SET body = NULL, deleted_at = now() WHERE id = 1007 AND tenant_id = 1")
    try:
        entry = next(e for e in conversation(ask(), 1)["messages"] if e["display_id"] == "COMMENT-1007")
        assert "body" not in entry
        assert entry["body_type"] == "text"
    finally:
        run(world.dsn, "UPDATE messages SET body = 'Reply', deleted_at = NULL WHERE id = 1007 AND tenant_id = 1")


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, ".000Z"), (123_000, ".123Z"), (123_456, ".123456Z"), (1, ".000001Z"), (999_000, ".999Z"), (100, ".000100Z")],
)
def test_times_have_three_digits_or_six(micros: int, shown: str, ask: Ask, world: devrev_world.World) -> None:
    run(
        world.dsn,
        f"UPDATE conversations SET created_at = date_trunc('second', created_at) + interval '{micros} microseconds' WHERE number = 1",
    )
    assert conversation(ask(), 1)["created_date"].endswith(shown)


def test_custom_fields_have_their_wire_names(ask: Ask) -> None:
    assert conversation(ask(), 1)["custom_fields"] == {
        "tnt__tier": "gold",
        "tnt__order_u20_total": 9.5,
        "tnt__langs": ["it", "en"],
        "ctype__blocking": True,
    }


def test_schema_fragments_follow_the_subtype(ask: Ask) -> None:
    one = conversation(ask(), 1)
    assert one["custom_schema_fragments"] == [DON("tenant_fragment/2"), DON("custom_type_fragment/3")]
    assert one["stock_schema_fragment"] == "don:core:dvrv-us-1:stock_sf/1"


def test_somebody_who_left_is_still_named(ask: Ask) -> None:
    (part,) = [part for part in conversation(ask(), 1)["applies_to_parts"] if part["type"] == "product"]
    assert [(person["full_name"], person["state"]) for person in part["owned_by"]] == [("Ada Lovelace", "active"), ("Carl", "deactivated")]


# ---- who may see what


def test_a_contact_sees_its_own_conversations_only(ask: Ask, world: devrev_world.World) -> None:
    own = [n for n in model.wanted(world.facts, {}) if world.facts[n].contact_id == 1 or "contact:1" in world.facts[n].members]
    assert 0 < len(own) < len(world.facts)
    assert numbers(ask(who="contact")) == numbers(ask("conversations.export", "contact")) == own
    assert numbers(ask(who="contact", members=["DEVU-1"])) == [n for n in model.wanted(world.facts, {"members": ["DEVU-1"]}) if n in own]


@pytest.mark.parametrize("path", ["conversations.list", "conversations.export"])
def test_a_contact_never_sees_what_is_internal_or_private(path: str, ask: Ask) -> None:
    answer = ask(path, "contact", beta=True)
    assert {entry["visibility"] for one in answer["conversations"] for entry in one["messages"]} == {"external"}
    assert not {"A note", "Only Bob"} & set(bodies(answer))


def test_a_private_entry_is_its_authors_and_its_addressees(ask: Ask, world: devrev_world.World) -> None:
    def seen(who: str) -> bool:
        return "Only Bob" in bodies(ask("conversations.export", who))

    assert [seen(who) for who in ("ada", "bob", "bot", "contact")] == [False, True, False, False]
    run(world.dsn, "UPDATE messages SET private_to = '{user:1,contact:1}' WHERE id = 1009 AND tenant_id = 1")
    try:
        assert [seen(who) for who in ("ada", "bob", "bot", "contact")] == [True, True, False, True]
    finally:
        run(world.dsn, "UPDATE messages SET private_to = NULL WHERE id = 1009 AND tenant_id = 1")


def test_an_agent_sees_its_inboxes_only(ask: Ask, world: devrev_world.World) -> None:
    expected = [number for number in model.wanted(world.facts, {}) if world.facts[number].inbox_id == 1]
    assert numbers(ask(who="bob")) == numbers(ask("conversations.export", "bob")) == expected


def test_a_foreign_token_sees_its_own_tenant_only(ask: Ask) -> None:
    assert [one["id"] for one in ask(who="globex")["conversations"]] == [DON("conversation/1", slug="globex")]


def run(dsn: str, sql: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(execute())
