"""A rendering is served while everything that it shows is as it was, and no longer; what is gone leaves none behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.jobs.renderings import Keep, Sweep
from parley.store import renderings
from parley.store.keeper import Keeper
from parley.store.renderings import STRUCTURE, Fresh, noun
from tests.integration.small_tenant import ADMINISTRATOR, AGENT, CONTACT, SmallTenant, small_tenant

WIRE = "chatwoot"
SHOWN, BESIDE = 1, 2
NOUNS = {
    "user": AGENT,
    "contact": 8,
    "bot": 9,
    "company": 4,
    "workspace": 5,
    "team": 1,
    "tag": 6,
    "part": 7,
    "contact_point": 3,
    "sync_unit": 13,
}


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    """Two conversations: one carries one of everything, the other nothing."""
    async with small_tenant(database) as one:
        await one.insert("memberships", user_id=AGENT, name="Bo")
        await one.insert("contacts", id=8, name="Cy")
        await one.insert("bots", id=9, name="Robo")
        await one.insert("companies", id=4, name="Co")
        await one.insert("workspaces", id=5, name="West", company_id=4)
        await one.insert("tags", id=6, name="late")
        await one.insert("parts", id=7, name="App", kind="product")
        await one.insert("contact_points", id=3, contact_id=CONTACT, inbox_id=1, source_id="s")
        await one.insert("attachments", id=30, file_name="face.png")
        await one.insert("sla_policies", id=11, name="Gold")
        await one.insert("sync_units", id=13, name="import", external_system_type="Chatwoot")
        for number in (SHOWN, BESIDE):
            await one.conversation(number)
            await one.message(number, "hello", id=100 + number)
        await one.insert("sla_trackers", id=12, conversation_number=SHOWN, sla_policy_id=11, status="active", as_of=datetime.now(UTC))
        yield one


def everything() -> frozenset[int]:
    return frozenset([STRUCTURE, noun("inbox", 1), noun("attachment", 30), *(noun(kind, number) for kind, number in NOUNS.items())])


async def keep(world: SmallTenant, **nouns: frozenset[int] | None) -> list[int]:
    """Keeps a body of each; what may not be kept is not."""
    fresh = [
        Fresh(SHOWN, b"{shown}", nouns.get("shown", everything())),
        Fresh(BESIDE, b"{beside}", nouns.get("beside", frozenset())),
    ]
    async with world.database.read(world.tenant.id, vary=False) as connection:
        made = await renderings.stamp(connection, world.tenant.id, WIRE, fresh)
    async with world.database.write(world.tenant.id) as connection:
        await renderings.keep(connection, world.tenant.id, made)
    return sorted(one.number for one in made)


async def ready(world: SmallTenant, wire: str = WIRE, tenant_id: int | None = None) -> dict[int, bytes]:
    async with world.database.read(tenant_id or world.tenant.id, vary=False) as connection:
        return await renderings.get_ready(connection, world.tenant.id, wire, [SHOWN, BESIDE, 99])


BOTH = {SHOWN: b"{shown}", BESIDE: b"{beside}"}
COOL_SHOWN_ONLY = [
    "UPDATE memberships SET name = 'Bob' WHERE user_id = 2",
    "UPDATE contacts SET name = 'Cyd' WHERE id = 8",
    "INSERT INTO user_presences (tenant_id, user_id) VALUES (1, 2)",
    "INSERT INTO contact_presences (tenant_id, contact_id) VALUES (1, 8)",
    "UPDATE bots SET name = 'R2' WHERE id = 9",
    "UPDATE companies SET name = 'Corp' WHERE id = 4",
    "UPDATE workspaces SET name = 'East' WHERE id = 5",
    "UPDATE teams SET name = 'other' WHERE id = 1",
    "UPDATE tags SET name = 'later' WHERE id = 6",
    "UPDATE parts SET name = 'App 2' WHERE id = 7",
    "UPDATE contact_points SET source_id = 't' WHERE id = 3",
    "UPDATE inboxes SET name = 'renamed' WHERE id = 1",
    "UPDATE attachments SET file_name = 'new.png' WHERE id = 30",
    "UPDATE sync_units SET run_state = 'completed', name = 'again' WHERE id = 13",
    "UPDATE stages SET name = 'fresh' WHERE id = 1",
    "INSERT INTO custom_roles (tenant_id, id, name) VALUES (1, 1, 'role')",
    "UPDATE sla_policies SET name = 'Silver'",
    "UPDATE tenants SET name = 'renamed'",
    "INSERT INTO origins (tenant_id, noun, local_id, system, external_id) VALUES (1, 'team', 1, 'x', 'y')",
    "UPDATE conversations SET title = 'new' WHERE number = 1",
    "INSERT INTO messages (tenant_id, conversation_number, kind) VALUES (1, 1, 'incoming')",
    "UPDATE messages SET status = 'read' WHERE id = 101",
    "INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id) VALUES (1, 1, 6)",
    "INSERT INTO conversation_members (tenant_id, conversation_number, kind, id) VALUES (1, 1, 'user', 2)",
    "INSERT INTO conversation_owners (tenant_id, conversation_number, kind, id) VALUES (1, 1, 'user', 2)",
    "INSERT INTO conversation_parts (tenant_id, conversation_number, part_id) VALUES (1, 1, 7)",
    "INSERT INTO conversation_channels (tenant_id, conversation_number, inbox_id) VALUES (1, 1, 2)",
    "INSERT INTO reactions (tenant_id, message_id, emoji, actor_kind, actor_id) VALUES (1, 101, 'x', 'user', 2)",
    "INSERT INTO attachments (tenant_id, id, message_id) VALUES (1, 31, 101)",
    "UPDATE attachments SET message_id = 101 WHERE id = 30",
    "UPDATE sla_trackers SET status = 'missed' WHERE id = 12",
    "INSERT INTO sla_events (tenant_id, id, tracker_id, kind) VALUES (1, 1, 12, 'frt')",
    "INSERT INTO metric_definitions (tenant_id, id, name) VALUES (1, 1, 'm')",
    "INSERT INTO origins (tenant_id, noun, local_id, system, external_id) VALUES (1, 'conversation', 1, 'x', 'y')",
    "INSERT INTO origins (tenant_id, noun, local_id, system, external_id) VALUES (1, 'message', 101, 'x', 'y')",
    "UPDATE conversations SET title = title WHERE number = 1; DELETE FROM conversation_members",
    "DELETE FROM messages WHERE id = 101",
    "DELETE FROM conversation_tags",
    "DELETE FROM tags WHERE id = 6",
]


@pytest.mark.parametrize("mode", ["off", "on"])
async def test_a_change_cools_what_shows_it_and_nothing_else(world: SmallTenant, mode: str) -> None:
    """Written by rows or, as loads do, in bulk."""
    for change in COOL_SHOWN_ONLY:
        await keep(world)
        assert await ready(world) == BOTH, f"before {change}"
        async with world.owner.transaction():
            await world.owner.execute(f"SET LOCAL parley.bulk = '{mode}'")
            await world.owner.execute(change)
        assert await ready(world) == {BESIDE: b"{beside}"}, change


async def test_what_was_not_there_cools_by_coming(world: SmallTenant) -> None:
    await keep(world, shown=frozenset([noun("user", ADMINISTRATOR)]))
    assert await ready(world) == BOTH
    await world.insert("memberships", user_id=ADMINISTRATOR, name="Ada")
    assert await ready(world) == {BESIDE: b"{beside}"}


async def test_what_an_import_brings_back_is_not_what_it_was(world: SmallTenant) -> None:
    """Deleted with its version 1, and there again under its id with version 1."""
    await keep(world)
    async with world.owner.transaction():
        await world.owner.execute("SET LOCAL parley.bulk = 'on'")
        for table, columns in (("tags", {"id": 6, "name": "another"}), ("attachments", {"id": 30, "file_name": "another"})):
            await world.owner.execute(f"DELETE FROM {table} WHERE tenant_id = 1 AND id = {columns['id']}")
            await world.insert(table, **columns)
        await world.insert("tags", id=60, name="never there before")
    assert await ready(world) == {BESIDE: b"{beside}"}
    assert [row[0] for row in await world.owner.fetch("SELECT version FROM tags ORDER BY id")] == [2, 1]


async def test_a_change_that_is_not_committed_cools_nobody_elses(world: SmallTenant) -> None:
    await keep(world)
    transaction = world.owner.transaction()
    await transaction.start()
    await world.owner.execute("UPDATE contacts SET name = 'Cyd' WHERE id = 8")
    assert await ready(world) == BOTH
    await transaction.rollback()
    assert await ready(world) == BOTH


async def test_what_is_made_from_an_old_snapshot_is_never_served(world: SmallTenant) -> None:
    """It is kept after a change that it did not see."""
    async with world.database.read(world.tenant.id, vary=False) as connection:
        await connection.fetchval("SELECT 1")
        await world.owner.execute("UPDATE contacts SET name = 'Cyd' WHERE id = 8")
        await world.message(BESIDE, "another")
        fresh = [Fresh(SHOWN, b"{shown}", everything()), Fresh(BESIDE, b"{beside}", frozenset())]
        made = await renderings.stamp(connection, world.tenant.id, WIRE, fresh)
    async with world.database.write(world.tenant.id) as connection:
        await renderings.keep(connection, world.tenant.id, made)
    assert await world.total("renderings") == 2
    assert await ready(world) == {}


async def test_a_conversation_that_is_not_the_same_to_all_is_not_kept(world: SmallTenant) -> None:
    await world.message(SHOWN, "psst", visibility="private")
    assert await keep(world, beside=None) == []
    assert await ready(world) == {}


async def test_one_is_served_until_a_message_of_it_expires(world: SmallTenant) -> None:
    await world.message(SHOWN, "gone already", expires_at=datetime.now(UTC) - timedelta(days=1))
    await world.message(SHOWN, "soon", expires_at=datetime.now(UTC) + timedelta(hours=1))
    await keep(world)
    assert await ready(world) == BOTH
    await world.owner.execute("UPDATE renderings SET valid_until = now() - interval '1 second' WHERE valid_until IS NOT NULL")
    assert await ready(world) == {BESIDE: b"{beside}"}


async def test_wires_codes_and_tenants_do_not_share(world: SmallTenant) -> None:
    await keep(world)
    assert await ready(world, wire="devrev") == {}
    assert await ready(world, tenant_id=world.tenant.id + 1) == {}
    await world.owner.execute("UPDATE renderings SET build = 'older' WHERE conversation_number = $1", SHOWN)
    assert await ready(world) == {BESIDE: b"{beside}"}


async def test_what_is_deleted_leaves_nothing_behind(world: SmallTenant) -> None:
    await keep(world)
    await world.owner.execute("DELETE FROM conversations WHERE number = $1", SHOWN)
    assert await world.total("renderings") == 1
    await world.owner.execute("TRUNCATE tenants CASCADE")
    assert await world.owner.fetchval("SELECT count(*) FROM renderings") == 0


async def test_the_sweep_drops_what_is_cold(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what was kept of a conversation that was being deleted, and however few it looks at in a round."""
    await keep(world)
    await world.owner.execute("UPDATE contacts SET name = 'Cyd' WHERE id = 8")
    await world.owner.execute(
        "INSERT INTO renderings SELECT tenant_id, 98, wire, build, conversation_version, '{}', '{}', NULL, body FROM renderings LIMIT 1"
    )
    sweep = Sweep()
    monkeypatch.setattr("parley.jobs.renderings.SWEPT", 1)
    assert await sweep.tenants(world.database) == [world.tenant.id]
    assert [await sweep.sweep(world.database, world.tenant.id) for _ in range(4)] == [1, 1, 1, 0]
    assert [row[0] for row in await world.owner.fetch("SELECT conversation_number FROM renderings")] == [BESIDE]


async def test_what_is_offered_is_kept_by_the_job(world: SmallTenant) -> None:
    keeper = Keeper()
    async with world.database.read(world.tenant.id, vary=False) as connection:

        async def encode(numbers: list[int]) -> list[Fresh]:
            return [Fresh(number, b"{%d}" % number, frozenset()) for number in numbers if number != 99]

        asked = [BESIDE, 99, SHOWN]
        bodies = await renderings.read_through(connection, world.tenant.id, WIRE, asked, encode, keeper.offer)
    assert bodies == {SHOWN: b"{1}", BESIDE: b"{2}"}
    assert keeper.some.is_set()
    job = Keep(keeper)
    assert await job.tenants(world.database) == [world.tenant.id]
    assert await job.keep(world.database, world.tenant.id) == 2
    assert await job.tenants(world.database) == []
    assert await ready(world) == bodies


def rendering(number: int, body: bytes) -> Any:
    return renderings.Rendering(number, WIRE, 1, [], [], None, body)


def test_a_keeper_holds_so_much_and_forgets_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.store.keeper._MOST_BYTES", 100)
    keeper = Keeper()
    for _ in range(30):
        keeper.offer(1, [rendering(1, b"x" * 60)])  # the same one counts once
    keeper.offer(1, [rendering(2, b"x" * 60), rendering(3, b"x" * 60)])
    assert [one.number for one in keeper.take(1, 1)] == [1]
    assert keeper.some.is_set()
    assert [one.number for one in keeper.take(1, 10)] == [2]
    assert keeper.tenants() == []
    keeper.offer(1, [rendering(3, b"x")])
    assert [one.number for one in keeper.take(1, 10)] == [3]
    assert keeper.take(2, 10) == []
