"""What touches many conversations goes in slices: whoever wants one of those that are done does not wait for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from parley.actions import ahead, change, contact_end, stages, teams, workspaces
from parley.actions.context import Context
from parley.actions.customers import Carried
from parley.actions.edits import Edit
from parley.domain.problems import Conflict, InvalidId, NotFound
from parley.store import locks
from parley.store.teams import TEAMS
from tests.integration.ahead_verbs import MANY, OTHER_CONTACT, VERBS, contents, fill
from tests.integration.small_tenant import ADMINISTRATOR, CONTACT, SmallTenant, small_tenant

HELD = 11


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "SLICE", 4)
    monkeypatch.setattr(ahead, "FEW", 2)
    monkeypatch.setattr(ahead, "LISTED", 10)


@pytest.fixture
async def world(database: str, small_slices: None) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        await fill(one)
        yield one


def asker(world: SmallTenant) -> tuple[Context, Any]:
    return Context(world.database, b""), world.principal(ADMINISTRATOR, can_write=True)


@pytest.mark.parametrize("name", VERBS)
async def test_others_do_not_wait_for_what_is_done(database: str, small_slices: None, name: str) -> None:
    verb = VERBS[name]
    async with small_tenant(database) as world:
        await fill(world, verb.prepare)
        context, me = asker(world)
        holder = await asyncpg.connect(database)
        try:
            async with holder.transaction():
                await holder.fetch("SELECT FROM conversations WHERE number = $1 FOR UPDATE", HELD)
                work = asyncio.ensure_future(verb.run(context, me))
                async with asyncio.timeout(30):
                    while await world.total("conversations", verb.done) < MANY - 8:
                        assert not work.done(), work
                        await asyncio.sleep(0.01)
                free = await world.owner.fetchval(f"SELECT min(number) FROM conversations WHERE {verb.done}")
                await asyncio.wait_for(change.edit(context, me, free, Edit(title="meanwhile")), 10)
                assert not work.done()
            await asyncio.wait_for(work, 20)
        finally:
            await holder.close()
        assert await world.total("conversations", verb.done) == MANY
        assert await world.total("conversations", f"number = {free} AND title = 'meanwhile'") == 1


@pytest.mark.parametrize("name", VERBS)
async def test_the_outcome_is_that_of_one_transaction(
    database: str, monkeypatch: pytest.MonkeyPatch, small_slices: None, name: str
) -> None:
    """In slices, and broken off in the middle of them and asked for again."""
    verb, lock_free, calls = VERBS[name], locks.lock_free, 0

    async def break_off(*args: Any) -> list[int]:
        nonlocal calls
        calls += args[2] == "conversations"
        if calls == 4 and args[2] == "conversations":
            raise RuntimeError
        return await lock_free(*args)

    after: dict[str, dict[str, list[str]]] = {}
    for way in ("whole", "sliced", "broken"):
        async with small_tenant(database, way) as world:
            await fill(world, verb.prepare)
            context, me = asker(world)
            with monkeypatch.context() as patch:
                if way == "whole":
                    patch.setattr(ahead, "FEW", 1000)
                elif way == "broken":
                    patch.setattr(locks, "lock_free", break_off)
                    with pytest.raises(RuntimeError):
                        await verb.run(context, me)
                    assert 0 < await world.total("conversations", verb.done) < MANY
                await verb.run(context, me)
            after[way] = await contents(world)
    assert len(after["whole"]["conversations"]) == MANY
    for way in ("sliced", "broken"):
        for table, rows in after["whole"].items():
            assert after[way][table] == rows, (way, table)


@pytest.mark.parametrize("few", [2, 1000])
async def test_actions_at_once_do_not_lock_each_other_out(world: SmallTenant, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """In slices and in one transaction each: all want the same conversations, contacts and works."""
    monkeypatch.setattr(ahead, "FEW", few)
    context, me = asker(world)
    names = ("delete a team", "merge contacts", "merge users", "merge companies", "delete a service level")
    async with asyncio.timeout(60):
        await asyncio.gather(*(VERBS[name].run(context, me) for name in names))
    for name in names:
        assert await world.total("conversations", VERBS[name].done) == MANY, name


async def test_a_merge_tells_of_all_conversations_and_of_those_that_went_ahead(world: SmallTenant) -> None:
    context, me = asker(world)
    await contact_end.merge_contacts(context, me, CONTACT, OTHER_CONTACT)
    assert await world.total("messages", f"author_kind = 'contact' AND author_id = {CONTACT}") == 2 * MANY
    assert await world.total("events", "kind = 'conversation.updated' AND data = '{\"changed\": [\"members\"]}'") == MANY
    merged = await world.owner.fetchval("SELECT data ->> 'conversations' FROM events WHERE kind = 'contact.merged'")
    assert int(merged) == MANY


@pytest.mark.parametrize("name", ["customer", "The customer", "The", "Other", "left"])
async def test_a_name_goes_once_whatever_it_is(world: SmallTenant, name: str) -> None:
    """One that is a part of what stands in its place is not looked for in there again."""
    context, me = asker(world)
    await world.owner.execute("UPDATE contacts SET display_name = $2 WHERE id = $1", OTHER_CONTACT, name)
    await world.owner.execute("UPDATE messages SET body = $1 || ' went' WHERE kind = 'activity'", name)
    await contact_end.delete_contact(context, me, OTHER_CONTACT)
    assert await world.total("messages", "kind = 'activity' AND body = 'The customer went'") == MANY


async def test_a_slice_finds_out_that_what_it_moves_to_is_gone(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    context, me = asker(world)
    slices = 0

    async def delete_between() -> None:
        nonlocal slices
        slices += 1
        if slices == 2:
            await world.owner.execute("UPDATE contacts SET state = 'deleted' WHERE id = $1", CONTACT)

    monkeypatch.setattr(world.database, "commit_early", delete_between)
    with pytest.raises(NotFound):
        await contact_end.merge_contacts(context, me, CONTACT, OTHER_CONTACT)
    assert await world.total("conversations", f"contact_id = {CONTACT}") == 2 * ahead.SLICE
    assert await world.total("conversations", f"contact_id = {OTHER_CONTACT}") == MANY - 2 * ahead.SLICE
    assert await world.total("contacts", f"id = {OTHER_CONTACT}") == 1


async def test_what_must_be_all_or_nothing_is(world: SmallTenant) -> None:
    """An action inside another does nothing ahead of it."""
    context, me = asker(world)

    async def delete_and_break_off() -> None:
        async with world.database.write(world.tenant.id) as connection:
            await teams.delete_team(context.inside(connection, world.tenant.id), me, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await delete_and_break_off()
    assert await world.total("conversations", "team_id = 1") == MANY
    assert await world.total("teams", "id = 1") == 1


async def test_a_team_that_must_stay_keeps_all_its_conversations(world: SmallTenant) -> None:
    context, me = asker(world)
    await world.insert("sla_references", sla_policy_id=1, position=0, team_id=1)
    with pytest.raises(Conflict):
        await teams.delete_team(context, me, 1)
    assert await world.total("conversations", "team_id = 1") == MANY
    async with world.database.read(world.tenant.id) as connection:
        assert 1 in await TEAMS.get(connection, world.tenant.id, [1])


async def test_a_workspace_whose_change_is_refused_keeps_everything(world: SmallTenant) -> None:
    context, me = asker(world)
    await world.owner.execute("UPDATE workspaces SET external_ref = 'taken' WHERE id = 1")
    with pytest.raises(Conflict):
        await workspaces.change_workspace(context, me, 2, {"company_id": 1, "external_ref": "taken"}, Carried())
    with pytest.raises(InvalidId):
        await workspaces.change_workspace(context, me, 2, {"company_id": 1}, Carried(artifact_ids=(99,)))
    for table in ("conversations", "works", "contacts"):
        assert await world.total(table, "company_id = 2") == MANY
    assert await world.total("events") == 0


async def test_a_stage_whose_change_is_refused_leaves_the_status(world: SmallTenant) -> None:
    context, me = asker(world)
    await world.owner.execute("UPDATE conversations SET stage_id = 50")
    with pytest.raises(Conflict):
        await stages.change_stage(context, me, 50, {"state_id": 51, "name": "resolved"})
    with pytest.raises(Conflict):
        await stages.change_state(context, me, 50, {"is_final": True, "name": "ended"})
    assert await world.total("conversations", "status = 'open'") == MANY
    assert await world.total("stages", "id = 50 AND state_id = 50 AND chatwoot_status = 'open'") == 1


async def test_who_waits_for_a_change_of_the_stage_finds_the_conversation_all_the_same(world: SmallTenant, database: str) -> None:
    context, me = asker(world)
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
