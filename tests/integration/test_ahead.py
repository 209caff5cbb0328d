"""What touches many conversations goes in slices: whoever wants one of those that are done does not wait for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley.actions import ahead, change, contact_end, teams
from parley.actions.context import Context
from parley.actions.edits import Edit
from parley.domain.problems import Conflict
from parley.store.teams import TEAMS
from tests.integration.small_tenant import ADMINISTRATOR, CONTACT, SmallTenant, small_tenant

MANY, HELD = 23, 11
OTHER_CONTACT = 77


@pytest.fixture
async def world(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmallTenant]:
    monkeypatch.setattr(ahead, "SLICE", 4)
    monkeypatch.setattr(ahead, "FEW", 2)
    async with small_tenant(database) as one:
        await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, 'Ada')", ADMINISTRATOR)
        await one.insert("memberships", user_id=ADMINISTRATOR, name="Ada", role="administrator")
        await one.insert("contacts", id=OTHER_CONTACT, name="Other")
        for number in range(1, MANY + 1):
            await one.conversation(number, team_id=1, contact_id=OTHER_CONTACT)
            await one.insert("messages", conversation_number=number, kind="incoming", author_kind="contact", author_id=OTHER_CONTACT)
        yield one


async def held_up(world: SmallTenant, database: str, work: asyncio.Task[None], done: str) -> None:
    """While one conversation is held and the work waits for it, those that are done are free; then it comes to its end."""
    async with asyncio.timeout(20):
        while await world.total("conversations", done) < MANY - 8:
            assert not work.done(), work
            await asyncio.sleep(0.01)
    me, context = world.principal(ADMINISTRATOR, can_write=True), Context(world.database, b"")
    free = await world.owner.fetchval(f"SELECT min(number) FROM conversations WHERE {done}")
    await asyncio.wait_for(change.edit(context, me, free, Edit(title="meanwhile")), 5)
    assert not work.done()


@pytest.mark.parametrize("verb", ["team", "contact"])
async def test_others_do_not_wait_for_what_is_done(world: SmallTenant, database: str, verb: str) -> None:
    me, context = world.principal(ADMINISTRATOR, can_write=True), Context(world.database, b"")
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.fetch("SELECT FROM conversations WHERE number = $1 FOR UPDATE", HELD)
            if verb == "team":
                work = asyncio.create_task(teams.delete_team(context, me, 1))
                await held_up(world, database, work, "team_id IS NULL")
            else:
                work = asyncio.create_task(contact_end.merge_contacts(context, me, CONTACT, OTHER_CONTACT))
                await held_up(world, database, work, f"contact_id = {CONTACT}")
        await asyncio.wait_for(work, 10)
    finally:
        await holder.close()
    if verb == "team":
        assert await world.total("conversations", "team_id IS NOT NULL") == 0
        assert await world.total("teams", "id = 1") == 0
        return
    assert await world.total("conversations", f"contact_id = {CONTACT}") == MANY
    assert await world.total("messages", f"author_kind = 'contact' AND author_id = {CONTACT}") == MANY
    assert await world.total("events", "kind = 'conversation.updated' AND data = '{\"changed\": [\"members\"]}'") == MANY
    merged = await world.owner.fetchval("SELECT data ->> 'conversations' FROM events WHERE kind = 'contact.merged'")
    assert int(merged) == MANY


async def test_a_team_that_must_stay_keeps_all_its_conversations(world: SmallTenant) -> None:
    me, context = world.principal(ADMINISTRATOR, can_write=True), Context(world.database, b"")
    await world.insert("sla_policies", id=1, name="Gold")
    await world.insert("sla_references", sla_policy_id=1, position=0, team_id=1)
    with pytest.raises(Conflict):
        await teams.delete_team(context, me, 1)
    assert await world.total("conversations", "team_id = 1") == MANY
    async with world.database.read(world.tenant.id) as connection:
        assert 1 in await TEAMS.get(connection, world.tenant.id, [1])


async def test_who_waits_for_a_change_of_the_stage_finds_the_conversation_all_the_same(world: SmallTenant, database: str) -> None:
    me, context = world.principal(ADMINISTRATOR, can_write=True), Context(world.database, b"")
    other = await asyncpg.connect(database)
    try:
        async with other.transaction():
            await other.execute("UPDATE conversations SET stage_id = 6, status = 'resolved' WHERE number = 1")
            waiting = asyncio.create_task(change.edit(context, me, 1, Edit(title="Still here")))
            async with asyncio.timeout(20):
                while not await world.owner.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                    assert not waiting.done()
                    await asyncio.sleep(0.01)
        await asyncio.wait_for(waiting, 5)
    finally:
        await other.close()
    row = await world.owner.fetchrow("SELECT title, status FROM conversations WHERE number = 1")
    assert dict(row) == {"title": "Still here", "status": "resolved"}
