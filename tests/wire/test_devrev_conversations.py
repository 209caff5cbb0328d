"""conversations.get, .create, .update and .delete in full: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from parley.store import doctor
from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

ACME = 1


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database, frozen=1))
    files = [{"id": i, "file_name": f"{i}.txt", "blob_key": f"k{i}", "byte_size": 3, "content_type": "text/plain"} for i in (21, 22, 23)]
    asyncio.run(insert(module_database, "attachments", *files))
    asyncio.run(
        insert(module_database, "attachments", {"id": 24, "file_name": "of the contact", "blob_key": "k24", "created_by": "contact:1"})
    )
    asyncio.run(insert(module_database, "attachments", {"id": 25, "file_name": "not there yet"}))
    return Devrev(live.url, world.tokens)


async def insert(dsn: str, table: str, *rows: dict[str, Any]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await devrev_world.insert(connection, table, *rows)
    finally:
        await connection.close()


def ask(dsn: str, query: str, *values: object) -> list[asyncpg.Record]:
    async def fetch() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def is_well(dsn: str, number: int) -> bool:
    """Nothing that is derived of this conversation is wrong."""

    async def look() -> bool:
        connection = await asyncpg.connect(dsn)
        try:
            ids = {
                row[0] for row in await connection.fetch("SELECT id FROM messages WHERE tenant_id = 1 AND conversation_number = $1", number)
            }
            for check in doctor.TENANT_CHECKS:
                if check.name in ("statuses", "unread_counts", "message_times", "search_chunks"):
                    assert number not in {row["number"] for row in await check.find(connection, ACME)}, check.name
                if check.name in ("attachment_counts", "reaction_counts"):
                    assert not ids & {row["id"] for row in await check.find(connection, ACME)}, check.name
            return True
        finally:
            await connection.close()

    return asyncio.run(look())


def opened(devrev: Devrev, **more: Any) -> Any:
    return devrev.call("conversations.create", {"type": "support", "members": ["REVU-1"], **more}, expect=201)["conversation"]


def number_of(conversation: Any) -> int:
    return int(conversation["display_id"].removeprefix("CONV-"))


def newest_deltas(devrev: Devrev, conversation_id: str) -> dict[str, tuple[Any, Any]]:
    entries = devrev.call("timeline-entries.list", {"object": conversation_id, "mode": "before", "limit": 1})["timeline_entries"]
    deltas = entries[0]["event"]["updated"]["field_deltas"]
    return {delta["name"]: (delta.get("old_value"), delta.get("new_value")) for delta in deltas}


def test_create_takes_every_field(devrev: Devrev, module_database: str) -> None:
    made = opened(
        devrev,
        account="ACC-2",
        brand="BRAND-1",
        owned_by_agent="AGENT-7",
        group="GROUP-1",
        channels=["CHAN-2", "CHAN-3"],
        source_channel_v2="CHAN-1",
        custom_fields={"tnt__tier": "gold", "tnt__seats": 5},
        custom_schema_spec={"tenant_fragment": True, "subtype": "billing"},
        stage={"id": "STAGE-100", "name": "hold"},
        messages=[{"body": "one", "artifacts": ["ARTIFACT-21"]}, {"artifacts": ["ARTIFACT-22"]}],
        tags=[{"id": "TAG-2", "value": "pro"}],
    )
    assert (made["account"]["display_id"], made["group"]["display_id"], made["stage"]["name"]) == ("ACC-2", "GROUP-1", "triage")
    assert [channel["display_id"] for channel in made["channels"]] == ["CHAN-1", "CHAN-2", "CHAN-3"]
    assert (made["custom_fields"], made["subtype"]) == ({"tnt__tier": "gold", "tnt__seats": 5}, "billing")
    assert [(m.get("body"), [a["display_id"] for a in m["artifacts"]]) for m in made["messages"]] == [
        ("one", ["ARTIFACT-21"]),
        (None, ["ARTIFACT-22"]),
    ]
    found = devrev.call("conversations.list", {"brand": ["BRAND-1"], "owned_by_agent": ["AGENT-7"], "rev_orgs": ["REV-2"], "limit": 1000})
    assert made["id"] in {one["id"] for one in found["conversations"]}
    assert devrev.call("conversations.get", {"id": made["id"]})["conversation"] == made
    assert devrev.get("conversations.get", f"id={made['display_id']}").json()["conversation"] == made
    assert is_well(module_database, number_of(made))


def test_update_changes_every_field_and_tells_each(devrev: Devrev, module_database: str) -> None:
    made = opened(devrev, owned_by=["DEVU-1"], tags=[{"id": "TAG-1"}], source_channel_v2="CHAN-1")
    wanted = {
        "id": made["id"],
        "title": "T",
        "description": "D",
        "account": "ACC-2",
        "applies_to_parts": {"set": ["FEAT-2", "PROD-1"]},
        "brand": "BRAND-2",
        "channels": {"set": ["CHAN-3"]},
        "custom_fields": {"tnt__tier": "silver", "ctype__blocking": True, "tnt__langs": ["de"]},
        "custom_schema_spec": {"tenant_fragment": True, "subtype": "bug_report"},
        "group": "GROUP-2",
        "is_spam": True,
        "is_frozen": True,
        "members": {"set": ["REVU-1", "DEVU-2", "SVCACC-1"]},
        "metadata": {"url_context": "https://x.test"},
        "owned_by": {"set": ["DEVU-2"]},
        "owned_by_agent": "AGENT-8",
        "sentiment": 5,
        "sentiment_modified_date": "2024-05-01T10:00:00.000Z",
        "sentiment_summary": "cross",
        "source_channel_v2": "CHAN-2",
        "stage": {"stage": "STAGE-5"},
        "tags": {"add": [{"id": "TAG-2", "value": "pro"}], "remove": [{"id": "TAG-1"}]},
    }
    now = devrev.call("conversations.update", wanted)["conversation"]
    assert (now["title"], now["description"], now["metadata"], now["subtype"]) == (
        "T",
        "D",
        {"url_context": "https://x.test"},
        "bug_report",
    )
    assert (now["account"]["display_id"], now["group"]["display_id"], now["source_channel_v2"]["display_id"]) == (
        "ACC-2",
        "GROUP-2",
        "CHAN-2",
    )
    assert [part["display_id"] for part in now["applies_to_parts"]] == ["FEAT-2", "PROD-1"]
    assert [channel["display_id"] for channel in now["channels"]] == ["CHAN-2", "CHAN-3"]
    assert now["custom_fields"] == {"tnt__tier": "silver", "ctype__blocking": True, "tnt__langs": ["de"]}
    assert [member["display_id"] for member in now["members"]] == ["REVU-1", "DEVU-2", "SVCACC-1"]
    assert [owner["display_id"] for owner in now["owned_by"]] == ["DEVU-2"]
    assert (now["sentiment"]["label"], now["sentiment_summary"], now["sentiment_modified_date"]) == (
        "Frustrated",
        "cross",
        "2024-05-01T10:00:00.000Z",
    )
    assert (now["stage"]["name"], now["is_frozen"], [tag["tag"]["display_id"] for tag in now["tags"]]) == ("hold", True, ["TAG-2"])
    deltas = newest_deltas(devrev, made["id"])
    fields = wanted.keys() - {"id", "metadata", "custom_fields", "custom_schema_spec", "source_channel_v2"}
    told = {*fields, "metadata.url_context", "source_channel_v2", "subtype", "rev_org", "tnt__tier", "ctype__blocking", "tnt__langs"}
    assert deltas.keys() == told
    assert deltas["is_spam"] == ({"type": "bool", "value": False}, {"type": "bool", "value": True})
    assert deltas["sentiment"] == (None, {"type": "int", "value": 5})
    assert deltas["tnt__langs"][1] == {"type": "string_list", "values": ["de"]}
    assert deltas["ctype__blocking"][1] == {"type": "bool", "value": True}
    assert deltas["stage"][1]["name"] == "hold"
    assert deltas["applies_to_parts"][1] == {"type": "id_list", "values": [part["id"] for part in now["applies_to_parts"]]}
    assert deltas["channels"][1] == {"type": "id_list", "values": [now["channels"][1]["id"]]}
    assert is_well(module_database, number_of(made))
    kinds = [
        row["kind"] for row in ask(module_database, "SELECT kind FROM events WHERE conversation_number = $1 ORDER BY id", number_of(made))
    ]
    assert kinds == ["conversation.created", "conversation.updated"]


def test_null_takes_away_and_what_changes_nothing_writes_nothing(devrev: Devrev, module_database: str) -> None:
    made = opened(
        devrev, account="ACC-1", owned_by_agent="AGENT-7", custom_fields={"tnt__seats": 1}, custom_schema_spec={"tenant_fragment": True}
    )
    gone = {"account": None, "owned_by_agent": None, "custom_fields": {"tnt__seats": None}, "custom_schema_spec": {"tenant_fragment": True}}
    now = devrev.call("conversations.update", {"id": made["id"], **gone})["conversation"]
    # tnt__tier has a default value, which came with the tenant fragment.
    assert ("account" in now, now["custom_fields"]) == (False, {"tnt__tier": "gold"})
    assert newest_deltas(devrev, made["id"]).keys() == {"account", "rev_org", "owned_by_agent", "tnt__seats"}
    same = {
        "account": None,
        "channels": {"set": []},
        "members": {"set": ["REVU-1"]},
        "status": "open",
        "is_spam": False,
        "applies_to_parts": {"set": []},
        "tags": {"set": []},
    }
    again = devrev.call("conversations.update", {"id": made["id"], **same})["conversation"]
    assert again == now
    events = ask(module_database, "SELECT kind FROM events WHERE conversation_number = $1", number_of(made))
    assert len(events) == 2


def test_a_subtype_can_be_dropped(devrev: Devrev) -> None:
    made = opened(devrev, custom_schema_spec={"subtype": "billing"})
    assert made["subtype"] == "billing"
    now = devrev.call("conversations.update", {"id": made["id"], "custom_schema_spec": {"drop": {"subtype": True}}})["conversation"]
    assert "subtype" not in now


def test_tags_are_set_then_added_then_removed(devrev: Devrev) -> None:
    made = opened(devrev, tags=[{"id": "TAG-1"}])
    tags = {"set": [{"id": "TAG-2", "value": "a"}], "add": [{"id": "TAG-3"}], "remove": [{"id": "TAG-2"}]}
    now = devrev.call("conversations.update", {"id": made["id"], "tags": tags})["conversation"]
    assert [tag["tag"]["display_id"] for tag in now["tags"]] == ["TAG-3"]
    tier = devrev.call("tags.create", {"name": "tier", "allowed_values": ["low"]}, expect=201)["tag"]["id"]
    refused = devrev.call("conversations.update", {"id": made["id"], "tags": {"add": [{"id": tier, "value": "high"}]}}, expect=400)
    assert (refused["type"], refused["field_name"], refused["allowed_values"]) == ("value_not_permitted", "tags.value", ["low"])
    devrev.call("tags.update", {"id": tier, "allowed_values": {"set": []}})
    now = devrev.call("conversations.update", {"id": made["id"], "tags": {"set": [{"id": tier, "value": "high"}]}})["conversation"]
    assert [tag["value"] for tag in now["tags"]] == ["high"]


@pytest.mark.parametrize(("status", "stage"), [("pending", "suspended"), ("snoozed", "hold"), ("resolved", "resolved"), ("open", "new")])
def test_a_status_becomes_its_stage(devrev: Devrev, status: str, stage: str) -> None:
    made = opened(devrev, stage={"name": "archived" if status == "open" else "new"})
    now = devrev.call("conversations.update", {"id": made["id"], "status": status})["conversation"]
    assert now["stage"]["name"] == stage
    assert ("actual_close_date" in now) == (status == "resolved")


def test_members_without_the_contact_hand_the_conversation_over(devrev: Devrev, module_database: str) -> None:
    made = devrev.call("conversations.create", {"type": "support", "messages": [{"body": "who am I"}]}, expect=201)["conversation"]
    refused = devrev.call("conversations.update", {"id": made["id"], "members": {"set": ["DEVU-1"]}}, expect=400)
    assert refused["field_name"] == "members.set"
    now = devrev.call("conversations.update", {"id": made["id"], "members": {"set": ["DEVU-1", "REVU-1"]}})["conversation"]
    assert [member["display_id"] for member in now["members"]] == ["REVU-1", "DEVU-1"]
    assert now["account"]["display_id"] == "ACC-1"
    devrev.call("conversations.get", {"id": made["id"]}, who="contact")
    assert is_well(module_database, number_of(made))


def test_frozen_refuses_all_but_unfreezing(devrev: Devrev) -> None:
    made = opened(devrev, messages=[{"body": "x"}])
    entry = made["messages"][0]["id"]
    devrev.call("conversations.update", {"id": made["id"], "is_frozen": True})
    for path, body in (
        ("conversations.update", {"id": made["id"], "sentiment": 1}),
        ("conversations.update", {"id": made["id"], "is_frozen": True}),
        ("conversations.delete", {"id": made["id"]}),
        ("timeline-entries.create", {"type": "timeline_comment", "object": made["id"], "body": "x"}),
        ("timeline-entries.update", {"type": "timeline_comment", "id": entry, "body": "y"}),
        ("timeline-entries.delete", {"id": entry}),
        ("reactions.update", {"object": entry, "emoji": "1f44d", "action": "add"}),
    ):
        refused = devrev.call(path, body, expect=400)
        assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "is_frozen"), path
    assert devrev.call("conversations.get", {"id": made["id"]})["conversation"]["is_frozen"]
    devrev.call("conversations.update", {"id": made["id"], "is_frozen": False, "sentiment": 1})


def test_delete_leaves_a_tombstone_and_never_gives_the_number_again(devrev: Devrev, module_database: str) -> None:
    made = opened(devrev, messages=[{"body": "unforgettable zebra", "artifacts": ["ARTIFACT-23"]}], tags=[{"id": "TAG-1"}])
    number = number_of(made)
    assert devrev.call("conversations.delete", {"id": made["id"]}, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("conversations.delete", {"id": made["id"]}, who="globex", expect=400)["type"] == "invalid_id"
    assert devrev.call("conversations.delete", {"id": made["display_id"]}, who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("conversations.delete", {"id": made["id"]}) == {}
    for path in ("conversations.get", "conversations.delete", "conversations.update"):
        assert devrev.call(path, {"id": made["id"]}, expect=404)["type"] == "not_found"
    (stone,) = ask(module_database, "SELECT * FROM tombstones WHERE noun = 'conversation' AND id = $1", number)
    (event,) = ask(module_database, "SELECT * FROM events WHERE tenant_id = 1 AND id = $1", stone["event_id"])
    assert (event["kind"], event["conversation_number"], stone["deleted_by_kind"]) == ("conversation.deleted", number, "user")
    for table in ("messages", "conversation_tags", "search_chunks"):
        assert not ask(module_database, f"SELECT FROM {table} WHERE tenant_id = 1 AND conversation_number = $1", number)
    assert not ask(module_database, "SELECT FROM attachments WHERE tenant_id = 1 AND id = 23")
    tallied = ask(module_database, "SELECT coalesce(sum(delta), 0) FROM conversation_tallies WHERE tenant_id = 1")
    assert tallied[0][0] == ask(module_database, "SELECT count(*) FROM conversations WHERE tenant_id = 1")[0][0]
    assert number_of(opened(devrev)) > number


def test_an_agent_deletes_and_reads_only_in_own_inboxes(devrev: Devrev) -> None:
    inside, outside = (opened(devrev, source_channel_v2=channel) for channel in ("CHAN-1", "CHAN-2"))
    for path in ("conversations.get", "conversations.update", "conversations.delete"):
        devrev.call(path, {"id": outside["id"]}, who="bob", expect=404)
    assert (
        devrev.call("conversations.update", {"id": inside["id"], "source_channel_v2": "CHAN-2"}, who="bob", expect=403)["type"]
        == "forbidden"
    )
    assert devrev.call("conversations.delete", {"id": inside["id"]}, who="bob") == {}
    assert devrev.call("conversations.delete", {"id": outside["id"]}, who="bot") == {}


def test_a_contact_opens_and_reads_its_own(devrev: Devrev) -> None:
    body = {"type": "support", "title": "mine", "messages": [{"body": "hi", "artifacts": ["ARTIFACT-24"]}]}
    made = devrev.call("conversations.create", body, who="contact", expect=201)["conversation"]
    assert made["messages"][0]["artifacts"][0]["display_id"] == "ARTIFACT-24"
    assert devrev.call("conversations.get", {"id": made["id"]}, who="contact")["conversation"]["id"] == made["id"]
    strange = devrev.call("conversations.create", {"type": "support", "members": ["REVU-4"]}, expect=201)["conversation"]
    assert devrev.call("conversations.get", {"id": strange["id"]}, who="contact", expect=404)["type"] == "not_found"
    assert devrev.call("conversations.update", {"id": made["id"], "title": "x"}, who="contact", expect=403)["type"] == "forbidden"
    for more in ({"brand": "BRAND-1"}, {"account": "ACC-1"}, {"custom_fields": {}}, {"owned_by_agent": "AGENT-1"}):
        devrev.call("conversations.create", {"type": "support", **more}, who="contact", expect=403)


def test_a_file_has_one_parent(devrev: Devrev) -> None:
    taken = devrev.call("conversations.create", {"type": "support", "messages": [{"artifacts": ["ARTIFACT-21"]}]}, expect=400)
    assert taken["type"] == "artifact_already_attached_to_a_parent"
    assert ":comment/" in taken["existing_parent"]
    picture = devrev.call("conversations.create", {"type": "support", "messages": [{"artifacts": ["ARTIFACT-1"]}]}, expect=400)
    assert picture["existing_parent"].endswith(":devu/1")
    for number in (25, 999):
        body = {"type": "support", "messages": [{"artifacts": [f"ARTIFACT-{number}"]}]}
        refused = devrev.call("conversations.create", body, expect=400)
        assert (refused["type"], refused["field_name"]) == ("invalid_id", "messages[0].artifacts")


def test_without_a_rev_user_or_a_channel(devrev: Devrev, module_database: str) -> None:
    """A new anonymous rev user each time; the first inbox for APIs, an agent's own, or one that is made."""

    def anonymous(who: str = "ada") -> Any:
        return devrev.call("conversations.create", {"type": "support"}, who=who, expect=201)["conversation"]

    first, second, bobs = anonymous(), anonymous(), anonymous("bob")
    nobodies = [one["members"] for one in (first, second, bobs)]
    assert [[person["type"] for person in members] for members in nobodies] == [["rev_user"]] * 3
    assert len({members[0]["id"] for members in nobodies}) == 3
    assert not {"email", "external_ref"} & nobodies[0][0].keys()
    assert [one["source_channel_v2"]["display_id"] for one in (first, bobs)] == ["CHAN-2", "CHAN-1"]
    ask(module_database, "UPDATE inboxes SET kind = 'email' WHERE tenant_id = 1 AND id IN (2, 3)")
    try:
        made, again = anonymous(), anonymous()
    finally:
        ask(module_database, "UPDATE inboxes SET kind = 'api' WHERE tenant_id = 1 AND id IN (2, 3)")
    channel = made["source_channel_v2"]["display_id"]
    assert channel not in ("CHAN-1", "CHAN-2", "CHAN-3")
    assert again["source_channel_v2"]["display_id"] == channel
    (row,) = ask(module_database, "SELECT kind FROM inboxes WHERE tenant_id = 1 AND id = $1", int(channel.removeprefix("CHAN-")))
    assert row["kind"] == "api"


def test_a_sentiment_without_a_date_was_found_now(devrev: Devrev) -> None:
    made = opened(devrev)
    found = devrev.call("conversations.update", {"id": made["id"], "sentiment": 3})["conversation"]
    assert found["sentiment_modified_date"] == found["modified_date"] > made["modified_date"]
    explained = devrev.call("conversations.update", {"id": made["id"], "sentiment_summary": "calm"})["conversation"]
    assert explained["modified_date"] > found["modified_date"]
    again = devrev.call("conversations.update", {"id": made["id"], "sentiment": 3})["conversation"]
    assert explained["sentiment_modified_date"] == again["sentiment_modified_date"] == found["sentiment_modified_date"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "field"),
    [
        ("create", {"account": "ACC-99"}, "invalid_id", "account"),
        ("create", {"brand": "BRAND-99"}, "invalid_id", "brand"),
        ("create", {"brand": None}, "unexpected_json_type", "brand"),
        ("create", {"owned_by_agent": "AGENT-x"}, "invalid_id", "owned_by_agent"),
        ("create", {"channels": ["CHAN-99"]}, "invalid_id", "channels"),
        ("create", {"source_channel_v2": "CHAN-99"}, "invalid_id", "source_channel_v2"),
        ("create", {"members": ["SYSU-1"]}, "invalid_id", "members"),
        ("create", {"stage": {"id": "STAGE-99"}}, "invalid_id", "stage.id"),
        ("create", {"stage": {"id": "TAG-1"}}, "unexpected_id_type", "stage.id"),
        ("create", {"stage": {"stage": "STAGE-1"}}, "invalid_field", "stage.stage"),
        ("create", {"messages": [{}]}, "missing_required_field", "messages[0].body"),
        ("create", {"messages": [{"body": "x", "artifacts": ["TAG-1"]}]}, "unexpected_id_type", "messages[0].artifacts[0]"),
        ("create", {"custom_fields": {"tnt__nope": 1}}, "customization_validation_error", "custom_fields.tnt__nope"),
        ("create", {"custom_schema_spec": {"subtype": "nope"}}, "customization_validation_error", "custom_schema_spec.subtype"),
        ("create", {"custom_schema_spec": {"colour": 1}}, "invalid_field", "custom_schema_spec.colour"),
        ("create", {"sentiment": 1}, "invalid_field", "sentiment"),
        ("create", {"tags": [{"value": "x"}]}, "missing_required_field", "tags[0].id"),
        ("update", {"account": "DEVU-1"}, "unexpected_id_type", "account"),
        ("update", {"account": "don:identity:dvrv-us-1:devo/globex:account/1"}, "invalid_id", "account"),
        ("update", {"applies_to_parts": {"set": ["PROD-2"]}}, "invalid_id", "applies_to_parts.set"),
        ("update", {"applies_to_parts": ["PROD-1"]}, "unexpected_json_type", "applies_to_parts"),
        ("update", {"channels": {"set": ["CHAN-99"]}}, "invalid_id", "channels.set"),
        ("update", {"members": {"set": ["REVU-1", "DEVU-99"]}}, "invalid_id", "members"),
        ("update", {"sentiment": 6}, "value_not_permitted", "sentiment"),
        ("update", {"sentiment": "1"}, "unexpected_json_type", "sentiment"),
        ("update", {"sentiment_modified_date": "yesterday"}, "value_not_permitted", "sentiment_modified_date"),
        ("update", {"stage": {"stage": "STAGE-99"}}, "invalid_id", "stage.stage"),
        ("update", {"status": "done"}, "value_not_permitted", "status"),
        ("update", {"status": "open", "stage": {"name": "hold"}}, "value_not_permitted", "status"),
        ("update", {"tags": {"remove": [{"id": "TAG-99"}]}}, "invalid_id", "tags"),
        ("update", {"owned_by": {"add": ["DEVU-1"]}}, "invalid_field", "owned_by.add"),
        ("update", {"custom_schema_spec": {"subtype": "billing", "drop": {"subtype": True}}}, "value_not_permitted", None),
        ("get", {}, "missing_required_field", "id"),
        ("get", {"id": "TAG-1"}, "unexpected_id_type", "id"),
        ("delete", {"id": 5}, "unexpected_json_type", "id"),
        ("delete", {"id": "CONV-2", "force": True}, "invalid_field", "force"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    devrev: Devrev, module_database: str, path: str, body: dict[str, Any], kind: str, field: str | None
) -> None:
    given = {"create": {"type": "support"}, "update": {"id": "CONV-2", "title": "must not come"}}.get(path, {}) | body
    state = (
        "SELECT (SELECT sum(version) FROM conversations), (SELECT count(*) FROM messages),"
        " (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%')"
    )
    before = ask(module_database, state)
    answer = devrev.call(f"conversations.{path}", given, expect=400)
    assert answer["type"] == kind, answer
    assert field is None or answer["field_name"] == field
    assert ask(module_database, state) == before
