"""The doctor finds each kind of damage, mends it, and finds nothing afterwards nor in a sound database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from parley.jobs.doctor import Finding, examine, repair
from parley.jobs.events import sequence_events
from parley.jobs.search import index_tenant
from parley.store import migrate
from tests.integration.small_tenant import AGENT, SmallTenant, small_tenant

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    """Four conversations with four messages each, everything derived in step."""
    async with small_tenant(database) as one:
        for number in range(1, 5):
            times = {"last_incoming_at": START + timedelta(minutes=1), "last_external_message_at": START + timedelta(minutes=2)}
            seen = {"agent_last_seen_at": START} if number > 2 else {}
            await one.conversation(number, unread_count=1 if number > 2 else 2, assignee_user_id=AGENT, **times, **seen)
            for minute, kind in enumerate(["incoming", "incoming", "outgoing"]):
                await one.message(number, f"Hello {number}", kind=kind, created_at=START + timedelta(minutes=minute))
            await one.message(number, "secret", visibility="private")
            await one.insert("events", kind="x", actor_kind="system")
        await one.owner.execute('UPDATE conversations SET additional_attributes = \'{"referer": "https://a.test"}\' WHERE number < 3')
        await one.owner.execute(RAISE_ALLOCATORS, one.tenant.id)
        await one.owner.execute("SELECT setval('user_ids', 10)")
        await index_tenant(one.owner, one.tenant.id)
        await sequence_events(one.database, one.tenant.id)
        yield one


RAISE_ALLOCATORS = """
    INSERT INTO allocators SELECT $1, kind, 101 FROM unnest(ARRAY['conversation', 'contact', 'inbox', 'team']) kind
    ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = 101"""
ANY_MESSAGE = "id = (SELECT min(id) FROM messages)"
DAMAGE = {
    "statuses": ("UPDATE conversations SET status = 'resolved' WHERE number < 3", 2),
    "tallies": ("DELETE FROM conversation_tallies", 1),
    "tallies too many": ("INSERT INTO conversation_tallies VALUES (1, 'snoozed', 9, 9, 9, 2)", 1),
    "facets": ("INSERT INTO conversation_facets VALUES (1, 3, 'referer', 'x', NULL, 1, NULL)", 1),
    "facets lost": ("DELETE FROM conversation_facets", 2),
    "facets elsewhere": ("UPDATE conversation_facets SET inbox_id = 9, value = value || 'x' WHERE conversation_number = 1", 1),
    "attachment_counts": (f"UPDATE messages SET attachment_count = 3 WHERE {ANY_MESSAGE}", 1),
    "reaction_counts": (f"UPDATE messages SET reaction_count = 3 WHERE {ANY_MESSAGE}", 1),
    "unread_counts": ("UPDATE conversations SET unread_count = unread_count + 1", 4),
    "message_times": ("UPDATE conversations SET last_incoming_at = NULL WHERE number = 1", 1),
    "message_times external": ("UPDATE conversations SET last_external_message_at = now()", 4),
    "search_chunks": ("UPDATE search_chunks SET text = text || 'x' WHERE conversation_number < 3 AND NOT is_guarded", 2),
    "search_chunks lost": ("DELETE FROM search_chunks WHERE is_guarded AND conversation_number = 1", 1),
    "search_chunks not wanted": ("INSERT INTO search_chunks VALUES (1, 2, 99, false, 'hello', 99)", 1),
    "event_positions": ("DELETE FROM events WHERE position IN (2, 4)", 2),
    "event_heads": ("UPDATE event_heads SET position = 1", 1),
    "allocators": ("UPDATE allocators SET next_id = 1 WHERE kind IN ('conversation', 'inbox', 'stage')", 3),
    "sequences": ("SELECT setval('message_ids', 1), setval('event_ids', 1)", 2),
    "app_role owner": ("GRANT CREATE ON SCHEMA public TO parley_app; ALTER TABLE tags OWNER TO parley_app", 1),
    "open_tables": ("ALTER TABLE messages DISABLE ROW LEVEL SECURITY", 1),
    "open_tables policy": ("DROP POLICY tenant_isolation ON tags", 1),
    "open_tables new": ("CREATE TABLE plugins (tenant_id bigint)", 2),
    "loose_policies": ("CREATE POLICY everybody ON tags USING (true)", 1),
}


async def test_a_sound_database_has_no_findings(world: SmallTenant, database: str) -> None:
    assert await examine(database) == []
    assert await repair(database) == []


@pytest.mark.parametrize("damage", DAMAGE)
async def test_each_damage_is_found_and_mended(world: SmallTenant, database: str, damage: str) -> None:
    statement, count = DAMAGE[damage]
    name = damage.split()[0]
    tenant_id = None if name in ("app_role", "open_tables", "loose_policies") else world.tenant.id
    await world.owner.execute(statement)
    found = [one for one in await examine(database) if one.name == name]
    assert found == [Finding(name, tenant_id, count)]
    mended = await repair(database)
    assert Finding(name, tenant_id, count, repaired=True) in mended
    assert all(one.repaired for one in mended)
    assert await examine(database) == []


async def test_lost_positions_are_filled_and_none_moves(world: SmallTenant, database: str) -> None:
    await world.owner.execute("DELETE FROM events WHERE position IN (2, 4)")
    await repair(database)
    rows = await world.owner.fetch("SELECT position, kind FROM events ORDER BY position")
    assert [tuple(row) for row in rows] == [(1, "x"), (2, "event.lost"), (3, "x"), (4, "event.lost")]


async def test_an_index_that_a_failed_build_left_is_built_anew(world: SmallTenant, database: str) -> None:
    await world.insert("tags", id=1, name="a", color="red")
    await world.insert("tags", id=2, name="b", color="red")
    with pytest.raises(asyncpg.UniqueViolationError):
        await world.owner.execute("CREATE UNIQUE INDEX CONCURRENTLY tags_color ON tags (tenant_id, color)")
    await world.owner.execute("UPDATE tags SET color = 'blue' WHERE id = 2")
    await world.owner.execute("UPDATE allocators SET next_id = 9; INSERT INTO allocators VALUES (1, 'tag', 9)")
    assert Finding("invalid_indexes", None, 1) in await examine(database)
    assert Finding("invalid_indexes", None, 1, repaired=True) in await repair(database)


async def test_a_database_behind_is_brought_up(empty_database: str) -> None:
    behind = len(migrate.migrations())
    assert await examine(empty_database) == [Finding("migrations", None, behind)]
    assert await repair(empty_database) == [Finding("migrations", None, behind, repaired=True)]
    assert await examine(empty_database) == []


async def test_a_newer_database_is_refused(world: SmallTenant, database: str) -> None:
    await world.owner.execute("INSERT INTO migrations (number, name) VALUES (9999, '9999_future')")
    with pytest.raises(migrate.DatabaseTooNew):
        await examine(database)


async def test_repairs_hold_while_others_write(world: SmallTenant, database: str) -> None:
    stop = asyncio.Event()

    async def write(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            async with world.database.write(world.tenant.id) as connection:
                update = (
                    "UPDATE conversations SET unread_count = unread_count + 1, last_incoming_at = now(), last_external_message_at = now(),"
                    " team_id = $3 WHERE tenant_id = $1 AND number = $2"
                )
                number = dice.randrange(1, 5)
                await connection.execute(update, world.tenant.id, number, dice.choice([None, 1, 2]))
                insert = "INSERT INTO messages (tenant_id, conversation_number, kind, body) VALUES ($1, $2, 'incoming', 'again')"
                await connection.execute(insert, world.tenant.id, number)
            await asyncio.sleep(dice.random() / 50)

    tasks = [asyncio.create_task(write(seed)) for seed in (1, 2)]
    for _ in range(5):
        await world.owner.execute("INSERT INTO conversation_tallies VALUES (1, 'snoozed', 9, 9, 9, 2)")
        await world.owner.execute("UPDATE conversations SET unread_count = 77 WHERE number = 3")
        await repair(database)
    stop.set()
    await asyncio.gather(*tasks)
    await index_tenant(world.owner, world.tenant.id)
    await repair(database)
    assert await examine(database) == []
