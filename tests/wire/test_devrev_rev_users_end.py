"""rev-users.merge, .delete, .delete-personal-data and .personal-data: what becomes of everything that a contact has."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from parley.store import control
from tests.wire import devrev_customers_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_customers_world import ask


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_customers_world.build(module_database, live.url)


def make(devrev: Devrev, **fields: Any) -> Any:
    spec = {"custom_schema_spec": {"tenant_fragment": True}} if "custom_fields" in fields else {}
    return devrev.call("rev-users.create", fields | spec, expect=201)["rev_user"]


def number_of(thing: Any) -> int:
    return int(thing["display_id"].partition("-")[2])


def token_of(dsn: str, devrev: Devrev, contact: Any) -> str:
    """The name of a new token of this contact."""

    async def insert() -> str:
        connection = await asyncpg.connect(dsn)
        try:
            return await control.insert_token(connection, tenant_id=1, owner_kind="contact", owner_id=number_of(contact), scope="write")
        finally:
            await connection.close()

    devrev.tokens[contact["display_id"]] = asyncio.run(insert())
    return str(contact["display_id"])


def open_as(devrev: Devrev, who: str, words: str) -> Any:
    body = {"type": "support", "title": words, "messages": [{"body": words}]}
    return devrev.call("conversations.create", body, who=who, expect=201)["conversation"]


def numbers_seen(devrev: Devrev, who: str) -> set[str]:
    return {one["display_id"] for one in devrev.call("conversations.list", {}, who=who)["conversations"]}


def test_a_merge_moves_the_history(devrev: Devrev, module_database: str) -> None:
    primary = make(devrev, display_name="Prim", email="p@m.test", phone_numbers=["+15551"], custom_fields={"tnt__plan": "p"})
    body = {"email": "s@m.test", "phone_numbers": ["+15552", "+15553"], "description": "from s", "rev_org": "REV-1"}
    more = {"custom_fields": {"tnt__plan": "s", "tnt__secret": "s"}, "tags": [{"id": "TAG-1"}], "artifacts": ["ARTIFACT-11"]}
    secondary = make(devrev, display_name="Sec", **body, **more)
    first, second = (token_of(module_database, devrev, one) for one in (primary, secondary))
    own, theirs = open_as(devrev, first, "mine"), open_as(devrev, second, "theirs")
    as_member = {"type": "support", "members": ["REVU-3", secondary["id"]]}
    shared = devrev.call("conversations.create", as_member, expect=201)["conversation"]
    both = devrev.call("conversations.create", {"type": "support", "members": [primary["id"], secondary["id"]]}, expect=201)["conversation"]
    assert numbers_seen(devrev, first) == {own["display_id"], both["display_id"]}
    before = ask(module_database, "SELECT status, sum(delta) FROM conversation_tallies WHERE tenant_id = 1 GROUP BY 1 ORDER BY 1")
    devrev.call("rev-users.merge", {"primary_user": primary["id"], "secondary_user": secondary["id"]})
    merged = devrev.call("rev-users.get", {"id": primary["id"]})["rev_user"]
    assert (merged["display_name"], merged["email"], merged["description"]) == ("Prim", "p@m.test", "from s")
    assert (merged["phone_numbers"], merged["external_ref"]) == (["+15551", "+15552", "+15553"], primary["external_ref"])
    assert (merged["rev_org"]["display_id"], merged["artifacts"][0]["display_id"]) == ("REV-1", "ARTIFACT-11")
    assert merged["custom_fields"] == {"tnt__plan": "p", "tnt__secret": "s"}
    assert [one["tag"]["display_id"] for one in merged["tags"]] == ["TAG-1"]
    devrev.call("rev-users.get", {"id": secondary["id"]}, expect=404)
    devrev.call("conversations.list", {}, who=second, expect=403)
    everything = {one["display_id"] for one in (own, theirs, shared, both)}
    assert numbers_seen(devrev, first) == everything
    asked = devrev.call("conversations.list", {"members": [primary["id"]]})["conversations"]
    shown = {one["display_id"]: one for one in asked}
    assert set(shown) == everything
    assert [one["display_id"] for one in shown[both["display_id"]]["members"]] == [primary["display_id"]]
    moved = shown[theirs["display_id"]]
    assert moved["created_by"]["id"] == moved["messages"][-1]["created_by"]["id"] == primary["id"]
    assert moved["modified_date"] == theirs["modified_date"]
    after = ask(module_database, "SELECT status, sum(delta) FROM conversation_tallies WHERE tenant_id = 1 GROUP BY 1 ORDER BY 1")
    assert before == after
    gone = number_of(secondary)
    assert ask(module_database, "SELECT 1 FROM contacts WHERE tenant_id = 1 AND id = $1", gone) == []
    assert ask(module_database, "SELECT 1 FROM contact_points WHERE tenant_id = 1 AND contact_id = $1", gone) == []
    assert ask(module_database, "SELECT 1 FROM tombstones WHERE noun = 'contact' AND id = $1", gone) == [(1,)]
    (told,) = ask(module_database, "SELECT data ->> 'secondary', data ->> 'conversations' FROM events WHERE kind = 'contact.merged'")
    assert told == (str(gone), "3")
    reply = {"type": "timeline_comment", "object": theirs["id"], "body": "still me"}
    assert devrev.call("timeline-entries.create", reply, who=first, expect=201)["timeline_entry"]["created_by"]["id"] == primary["id"]


def test_a_merge_moves_private_words_and_reactions(devrev: Devrev, module_database: str) -> None:
    primary, secondary = make(devrev, display_name="P2"), make(devrev, display_name="S2")
    who = token_of(module_database, devrev, primary)
    conversation = open_as(devrev, token_of(module_database, devrev, secondary), "hello")
    note = {
        "type": "timeline_comment",
        "object": conversation["id"],
        "body": "psst",
        "visibility": "private",
        "private_to": [secondary["id"]],
    }
    entry = devrev.call("timeline-entries.create", note, expect=201)["timeline_entry"]
    (message,) = ask(module_database, "SELECT id FROM messages WHERE body = 'psst'")

    async def react() -> None:
        connection = await asyncpg.connect(module_database)
        rows = [(message[0], number_of(secondary)), (message[0], number_of(primary))]
        await connection.executemany("INSERT INTO reactions VALUES (1, $1, 'x', 'contact', $2)", rows)
        await connection.close()

    asyncio.run(react())
    devrev.call("rev-users.merge", {"primary_user": primary["id"], "secondary_user": secondary["id"]})
    shown = devrev.call("conversations.list", {}, who=who)["conversations"][0]
    assert entry["id"] in [one["id"] for one in shown["messages"]]
    assert ask(module_database, "SELECT actor_id FROM reactions WHERE message_id = $1", message[0]) == [(number_of(primary),)]
    assert ask(module_database, "SELECT reaction_count FROM messages WHERE id = $1", message[0]) == [(1,)]


def test_a_merge_moves_frozen_conversations_and_addresses(devrev: Devrev, module_database: str) -> None:
    primary, secondary = make(devrev, display_name="P3"), make(devrev, display_name="S3")
    own = open_as(devrev, token_of(module_database, devrev, secondary), "ice")
    as_member = {"type": "support", "members": ["REVU-3", secondary["id"]]}
    shared = devrev.call("conversations.create", as_member, expect=201)["conversation"]
    points = "SELECT inbox_id, source_id FROM contact_points WHERE tenant_id = 1 AND contact_id = $1 ORDER BY id"
    addresses = ask(module_database, points, number_of(secondary))
    assert addresses
    for one in (own, shared):
        devrev.call("conversations.update", {"id": one["id"], "is_frozen": True})

    def shown() -> list[tuple[bool, str, set[str]]]:
        told = [devrev.call("conversations.get", {"id": one["id"]})["conversation"] for one in (own, shared)]
        return [(one["is_frozen"], one["modified_date"], {person["display_id"] for person in one["members"]}) for one in told]

    before, gone, kept = shown(), secondary["display_id"], primary["display_id"]
    assert all(is_frozen and gone in people for is_frozen, _, people in before)
    devrev.call("rev-users.merge", {"primary_user": primary["id"], "secondary_user": secondary["id"]})
    assert shown() == [(is_frozen, at, people - {gone} | {kept}) for is_frozen, at, people in before]
    assert ask(module_database, points, number_of(primary)) == addresses


PERSONAL = {
    "display_name": "Greta Garbo", "email": "Greta@G.test", "external_ref": "g-1", "phone_numbers": ["+15559", "+15558"],
    "description": "actress", "custom_fields": {"tnt__plan": "p", "tnt__secret": "s"}, "display_picture": "ARTIFACT-14",
}  # fmt: skip


def leftovers(dsn: str, number: int) -> list[Any]:
    """Where the name, the address or a number of ``PERSONAL`` still stands."""
    tables = ("contacts", "contact_points", "contact_phone_numbers", "conversations", "conversation_members", "messages", "events")
    found = []
    for table in tables:
        rows = ask(dsn, f"SELECT t::text FROM {table} t WHERE t::text ~* 'greta|garbo|g-1[^0-9]|1555[89]|actress'")
        found += [(table, row) for row in rows]
    return found


def test_one_with_conversations_stays_behind_them(devrev: Devrev, module_database: str) -> None:
    made = make(devrev, **PERSONAL, rev_org="REV-2")
    who = token_of(module_database, devrev, made)
    conversation = open_as(devrev, who, "help")
    assert leftovers(module_database, number_of(made))
    devrev.call("rev-users.delete", {"id": made["id"]})
    for path in ("rev-users.get", "rev-users.update", "rev-users.delete"):
        devrev.call(path, {"id": made["id"]}, expect=404)
    assert made["id"] not in [one["id"] for one in devrev.call("rev-users.list", {"limit": 1000})["rev_users"]]
    kept = next(one for one in devrev.call("conversations.list", {})["conversations"] if one["id"] == conversation["id"])
    assert kept["members"][0] == {"type": "rev_user", "id": made["id"], "display_id": made["display_id"], "state": "deleted"}
    assert [one["body"] for one in kept["messages"]][-1] == "help"
    assert leftovers(module_database, number_of(made)) == []
    devrev.call("conversations.list", {}, who=who, expect=403)
    assert ask(module_database, "SELECT 1 FROM tombstones WHERE noun = 'contact' AND id = $1", number_of(made)) == [(1,)]
    body = {"type": "support", "members": [made["id"]]}
    assert devrev.call("conversations.create", body, expect=400)["type"] == "invalid_id"
    make(devrev, external_ref="g-1", display_name="Other")
    (other,) = devrev.call("rev-users.list", {"external_ref": ["g-1"]})["rev_users"]
    assert other["display_name"] == "Other"
    devrev.call("rev-users.delete", {"id": other["id"]})


def test_personal_data_goes_and_the_contact_stays(devrev: Devrev, module_database: str) -> None:
    made = make(devrev, **PERSONAL | {"external_ref": "greta-2", "display_picture": "ARTIFACT-15"}, artifacts=["ARTIFACT-13"])
    other = make(devrev, email="greta@g.test")
    conversation = open_as(devrev, token_of(module_database, devrev, made), "help")
    assert devrev.call("rev-users.personal-data", {"email": "GRETA@g.test"}, expect=202) == {}
    asked = "SELECT data -> 'personal_data' FROM events WHERE kind = 'contact.personal_data' ORDER BY id"
    told = [row[0] for row in ask(module_database, asked)]
    assert len(told) == 2
    assert '"Greta Garbo"' in told[0]
    assert '"phone_numbers": ["+15559", "+15558"]' in told[0]
    assert devrev.call("rev-users.delete-personal-data", {"email": "greta@g.TEST"}, expect=202) == {}
    assert leftovers(module_database, number_of(made)) == []
    shown = devrev.call("rev-users.get", {"id": made["id"]})["rev_user"]
    gone = {"display_name", "full_name", "email", "phone_numbers", "external_ref", "description", "display_picture", "artifacts"}
    assert not gone & shown.keys()
    assert (shown["custom_fields"], shown["state"]) == ({"tnt__plan": "p"}, "active")
    assert "email" not in devrev.call("rev-users.get", {"id": other["id"]})["rev_user"]
    kept = next(one for one in devrev.call("conversations.list", {})["conversations"] if one["id"] == conversation["id"])
    assert [one["body"] for one in kept["messages"]][-1] == "help"
    assert devrev.call("rev-users.list", {"email": ["greta@g.test"]})["rev_users"] == []
    assert devrev.call("rev-users.delete-personal-data", {"email": "greta@g.test"}, expect=404)["type"] == "not_found"
    assert [row[0] for row in ask(module_database, asked)] == [None, None]
