"""Bulk actions: each target once, whichever server goes on, and as far as whoever asked may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from parley.actions import ahead, change
from parley.actions import bulk_actions as actions
from parley.actions.context import Context
from parley.actions.edits import Edit
from parley.jobs import bulk_actions as job
from parley.store.bulk_actions import BULK_ACTIONS, BulkAction
from tests.integration.small_tenant import ADMINISTRATOR, AGENT, CONTACT, SmallTenant, small_tenant

ASKED = 35


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        for user_id, role in ((ADMINISTRATOR, "administrator"), (AGENT, "agent")):
            await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, $2)", user_id, role)
            await one.insert("memberships", user_id=user_id, name=role, role=role)
        await one.insert("inbox_members", inbox_id=1, user_id=AGENT)
        for number in range(1, ASKED + 1):
            await one.conversation(number, inbox_id=1 if number % 2 else 2)
        yield one


async def ask(world: SmallTenant, wanted: Mapping[str, Any], user_id: int = ADMINISTRATOR) -> int:
    principal = world.principal(user_id, can_write=True)
    return await actions.ask(Context(world.database, b""), principal, "Conversation", wanted, range(1, ASKED + 1))


async def found(world: SmallTenant, number: int) -> BulkAction:
    async with world.database.read(world.tenant.id) as connection:
        return (await BULK_ACTIONS.get(connection, world.tenant.id, [number]))[number]


async def finish(world: SmallTenant, servers: int = 1) -> None:
    async def go_on() -> None:
        while await job.waiting_tenants(world.database):
            await job.go_on(world.database, world.tenant.id)

    await asyncio.gather(*(go_on() for _ in range(servers)))


async def test_several_servers_change_each_once(world: SmallTenant) -> None:
    number = await ask(world, {"status": "resolved"})
    assert await job.waiting_tenants(world.database) == [world.tenant.id]
    await finish(world, servers=4)
    row = await found(world, number)
    assert (row.state, row.total, row.done, row.failed) == ("done", ASKED, ASKED, 0)
    assert await world.total("conversations", "status = 'resolved'") == ASKED
    assert await world.total("events", "kind = 'conversation.updated'") == ASKED
    assert await world.total("events", "kind = 'bulk_action.finished'") == 1


async def test_between_two_steps_others_change_what_it_has_and_has_not_seen(world: SmallTenant) -> None:
    number = await ask(world, {"status": "pending"})
    assert await job.go_on(world.database, world.tenant.id) == actions.AT_ONCE
    row = await found(world, number)
    assert (row.state, row.done) == ("running", actions.AT_ONCE)
    me, context = world.principal(can_write=True), Context(world.database, b"")
    for seen_or_not in (1, ASKED):
        await asyncio.wait_for(change.edit(context, me, seen_or_not, change.Edit(status="resolved")), 5)
    await finish(world)
    statuses = await world.owner.fetch("SELECT number, status FROM conversations WHERE number = ANY ($1)", [1, ASKED])
    assert dict(map(tuple, statuses)) == {1: "resolved", ASKED: "pending"}


async def test_it_is_done_as_who_asked_who_may_have_left(world: SmallTenant) -> None:
    number = await ask(world, {"status": "pending"}, AGENT)
    await job.go_on(world.database, world.tenant.id)
    half = await found(world, number)
    assert (half.done, half.failed) == (5, 5)  # every second one lies in an inbox that is not theirs
    await world.owner.execute("UPDATE memberships SET left_at = now() WHERE user_id = $1", AGENT)
    await finish(world)
    row = await found(world, number)
    assert (row.state, row.done, row.failed) == ("done", 5, ASKED - 5)
    assert "who asked for this has left the account" in row.failures


async def test_a_contact_of_many_conversations_goes_without_anybody_waiting_for_all(
    world: SmallTenant, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SLICE", 4)
    monkeypatch.setattr(ahead, "FEW", 2)
    await world.owner.execute("UPDATE conversations SET url_context = 'https://example.com'")
    me, context = world.principal(can_write=True), Context(world.database, b"")
    number = await actions.ask(context, me, "Contact", {"delete": True}, [CONTACT, 999])
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.fetch("SELECT FROM conversations WHERE number = 11 FOR UPDATE")
            work = asyncio.create_task(finish(world))
            async with asyncio.timeout(30):
                while await world.total("conversations", "url_context IS NOT NULL") > 1:
                    assert not work.done()
                    await asyncio.sleep(0.01)
            await asyncio.wait_for(change.edit(context, me, 1, Edit(title="meanwhile")), 10)
            assert not work.done()
        await asyncio.wait_for(work, 20)
    finally:
        await holder.close()
    row = await found(world, number)
    assert (row.state, row.done, row.failed) == ("done", 1, 1)
    assert await world.total("conversations", "url_context IS NULL") == ASKED
    assert await world.total("contacts", f"id = {CONTACT} AND state = 'deleted'") == 1
