"""Followers hear of every event once, in order, however they come to it: from memory, from the table, after a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parley.jobs.events import Sequencer, sequence_events
from parley.store import live
from parley.store.live import Follower, Live
from tests.integration.small_tenant import SmallTenant, small_tenant


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


@asynccontextmanager
async def running(one: Live) -> AsyncIterator[Live]:
    stop = asyncio.Event()
    task = asyncio.create_task(one.run(stop))
    yield one
    stop.set()
    await task


async def tell(world: SmallTenant, *kinds: str) -> None:
    for kind in kinds:
        await world.insert("events", kind=kind, actor_kind="system")
    await sequence_events(world.database, world.tenant.id)


async def heard(follower: Follower, total: int) -> list[str]:
    kinds: list[str] = []
    while len(kinds) < total:
        rows = await follower.next(20)
        assert rows, f"only {kinds}"
        kinds += [row.kind for row in rows]
    return kinds


async def test_who_follows_hears_what_comes_after_they_came(world: SmallTenant) -> None:
    await tell(world, "before")
    async with running(Live(world.database)) as one, one.follow(world.tenant.id) as follower:
        assert await follower.next(0.05) == []
        await tell(world, "first", "second")
        assert await heard(follower, 2) == ["first", "second"]
        async with one.follow(world.tenant.id, after=0) as late:
            assert await heard(late, 3) == ["before", "first", "second"]
            await tell(world, "third")
            assert await heard(late, 1) == await heard(follower, 1) == ["third"]


async def test_a_slow_one_reads_what_memory_no_longer_holds_from_the_table(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_KEPT", 3)
    monkeypatch.setattr(live, "_BATCH", 2)
    async with running(Live(world.database)) as one, one.follow(world.tenant.id) as slow, one.follow(world.tenant.id) as quick:
        for number in range(10):
            await tell(world, f"e{number}")
            assert await heard(quick, 1) == [f"e{number}"]
        assert await heard(slow, 10) == [f"e{number}" for number in range(10)]


async def test_a_lost_connection_loses_no_event(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_RECONNECT_S", 0.05)
    async with running(Live(world.database)) as one, one.follow(world.tenant.id) as follower:
        await tell(world, "one")
        assert await heard(follower, 1) == ["one"]
        kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        assert await world.owner.fetchval(kill) == 1
        await tell(world, "two")
        assert await heard(follower, 1) == ["two"]


async def test_no_reader_misses_an_event_while_a_writer_holds_its_transaction_open(world: SmallTenant) -> None:
    async with running(Live(world.database)) as one, one.follow(world.tenant.id) as follower:
        async with world.database.write(world.tenant.id) as slow:
            await slow.execute("INSERT INTO events (tenant_id, kind, actor_kind) VALUES ($1, 'slow', 'system')", world.tenant.id)
            await tell(world, "quick", "quicker")
            assert await heard(follower, 2) == ["quick", "quicker"]
        await tell(world)
        assert await heard(follower, 1) == ["slow"]


async def test_the_sequencer_knows_what_this_process_wrote_before_it_looks_round(world: SmallTenant) -> None:
    now = [0.0]
    sequencer = Sequencer(lambda: now[0])
    assert await sequencer.tenants(world.database) == []
    async with world.database.write(world.tenant.id) as connection:
        await connection.execute("INSERT INTO events (tenant_id, kind, actor_kind) VALUES ($1, 'mine', 'system')", world.tenant.id)
    assert world.database.written.some.is_set()
    assert await sequencer.tenants(world.database) == [world.tenant.id]
    await world.insert("events", kind="another's", actor_kind="system")
    assert await sequencer.tenants(world.database) == []
    now[0] = 5.0
    assert await sequencer.tenants(world.database) == [world.tenant.id]
