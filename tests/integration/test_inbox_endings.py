"""A deleted inbox ends in small transactions, whatever breaks off in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from parley.actions import change, inboxes
from parley.actions.context import Context
from parley.actions.edits import Edit
from parley.jobs import inboxes as ending
from parley.store import timeline
from tests.integration.small_tenant import ADMINISTRATOR, SmallTenant, small_tenant

MANY, DOOMED = 11, 2


@pytest.fixture
async def world(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmallTenant]:
    """Of three conversations one is the doomed inbox's, and one of another inbox runs over it too; so do works."""
    monkeypatch.setattr(ending, "BATCH", 4)
    monkeypatch.setattr(ending, "LISTED", 8)
    async with small_tenant(database) as one:
        await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, 'Ada')", ADMINISTRATOR)
        await one.insert("memberships", user_id=ADMINISTRATOR, name="Ada", role="administrator")
        await one.insert("parts", id=1, kind="product", name="Part")
        for number in range(1, 3 * MANY + 1):
            await one.conversation(number, inbox_id=DOOMED if number % 3 == 0 else 1)
            if number % 3 == 1:
                await one.insert("conversation_channels", conversation_number=number, inbox_id=DOOMED)
        for number in range(1, 2 * MANY + 1):
            work = {"kind": "ticket", "number": number, "title": "It", "stage": "queued", "state": "open", "part_id": 1}
            await one.insert("works", id=number, **work, inbox_id=DOOMED if number <= MANY else None)
            await one.insert("work_channels", work_id=number, inbox_id=DOOMED, position=0)
        await inboxes.delete_inbox(Context(one.database, b""), one.principal(can_write=True), DOOMED)
        yield one


async def end(world: SmallTenant) -> list[int]:
    """How much each transaction did."""
    ends, done = ending.Endings(), []
    async with asyncio.timeout(60):
        while await ends.tenants(world.database):
            done.append(await ends.delete_batch(world.database, world.tenant.id))
    return done


async def assert_ended(world: SmallTenant) -> None:
    assert await world.total("inboxes", f"id = {DOOMED}") == 0
    assert await world.total("conversations") == 2 * MANY
    assert await world.total("tombstones", "noun = 'conversation'") == MANY
    assert await world.total("events", "kind = 'conversation.deleted'") == MANY
    assert await world.total("works", "inbox_id IS NULL") == 2 * MANY
    assert await world.total("conversation_channels") == await world.total("work_channels") == 0


async def test_no_transaction_does_much(world: SmallTenant) -> None:
    done = await end(world)
    assert max(done) < 2 * ending.BATCH
    assert sum(done) == MANY + 2 * MANY + MANY
    await assert_ended(world)


async def test_others_do_not_wait_for_what_is_done(world: SmallTenant, database: str) -> None:
    """Somebody holds the last conversation that runs over the inbox: the first one is free."""
    holder = await asyncpg.connect(database)
    me, context = world.principal(can_write=True), Context(world.database, b"")
    try:
        async with holder.transaction():
            await holder.fetch("SELECT FROM conversations WHERE number = $1 FOR UPDATE", 3 * MANY - 2)
            work = asyncio.create_task(end(world))
            async with asyncio.timeout(20):
                while await world.total("conversation_channels") > MANY - 4:
                    assert not work.done()
                    await asyncio.sleep(0.01)
            await asyncio.wait_for(change.edit(context, me, 1, Edit(title="meanwhile")), 10)
            assert not work.done()
        await asyncio.wait_for(work, 20)
    finally:
        await holder.close()
    await assert_ended(world)


async def test_what_broke_off_is_brought_to_its_end(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the server that goes on, which remembers what comes next, and by another."""
    delete, calls = timeline.delete_conversation, 0

    async def break_off(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise RuntimeError
        return await delete(*args)

    monkeypatch.setattr(timeline, "delete_conversation", break_off)
    ends = ending.Endings()
    await ends.delete_batch(world.database, world.tenant.id)
    with pytest.raises(RuntimeError):
        await ends.delete_batch(world.database, world.tenant.id)
    assert await world.total("conversations", f"inbox_id = {DOOMED}") == MANY - 4
    await ends.delete_batch(world.database, world.tenant.id)
    await end(world)
    while await ends.tenants(world.database):
        await ends.delete_batch(world.database, world.tenant.id)
    await assert_ended(world)


async def test_a_server_finds_what_it_passed_over_when_a_batch_broke_off(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    delete, calls = timeline.delete_conversation, 0

    async def break_off(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError
        return await delete(*args)

    monkeypatch.setattr(timeline, "delete_conversation", break_off)
    ends = ending.Endings()
    with pytest.raises(RuntimeError):
        await ends.delete_batch(world.database, world.tenant.id)
    async with asyncio.timeout(30):
        while await ends.tenants(world.database):
            await ends.delete_batch(world.database, world.tenant.id)
    await assert_ended(world)
