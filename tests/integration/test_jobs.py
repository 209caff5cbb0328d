"""The jobs: positions without gaps that never change, an index that catches up, tallies that stay few."""

from __future__ import annotations

import asyncio
import logging
import random
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley.jobs import events, runner
from parley.jobs.tallies import RollUp
from parley.store import events as event_store
from parley.store.database import Database
from tests.integration.small_tenant import SmallTenant, small_tenant


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def write_event(world: SmallTenant, kind: str) -> None:
    await world.insert("events", kind=kind, actor_kind="system")


async def positions(world: SmallTenant) -> dict[str, int | None]:
    rows = await world.owner.fetch("SELECT kind, position FROM events WHERE tenant_id = $1 ORDER BY id", world.tenant.id)
    return {row["kind"]: row["position"] for row in rows}


async def sequence(world: SmallTenant) -> int:
    return await events.sequence_events(world.database, world.tenant.id)


async def head(world: SmallTenant) -> int:
    async with world.database.read(world.tenant.id) as connection:
        return await event_store.get_head(connection, world.tenant.id)


async def test_a_late_committer_comes_later_and_nothing_moves(world: SmallTenant) -> None:
    assert await head(world) == 0
    async with world.database.write(world.tenant.id) as slow:
        insert = "INSERT INTO events (tenant_id, kind, actor_kind) VALUES ($1, 'slow', 'system')"
        await slow.execute(insert, world.tenant.id)
        await write_event(world, "quick")
        await write_event(world, "quicker")
        assert await sequence(world) == 2
        assert await positions(world) == {"quick": 1, "quicker": 2}
    assert await events.unsequenced_tenants(world.database) == [world.tenant.id]
    assert await sequence(world) == 1
    assert await positions(world) == {"slow": 3, "quick": 1, "quicker": 2}
    assert await head(world) == 3
    assert await sequence(world) == 0
    assert await events.unsequenced_tenants(world.database) == []


async def test_batches_follow_each_other(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 2)
    for kind in "abcde":
        await write_event(world, kind)
    assert [await sequence(world) for _ in range(4)] == [2, 2, 1, 0]
    assert await positions(world) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}


async def test_a_second_sequencer_stands_back(world: SmallTenant) -> None:
    await write_event(world, "one")
    async with world.database.write(world.tenant.id) as first:
        assert await event_store.give_positions(first, world.tenant.id, at_most=9) == 1
        async with world.database.write(world.tenant.id) as second:
            assert await event_store.give_positions(second, world.tenant.id, at_most=9) is None
    assert await positions(world) == {"one": 1}


async def test_many_writers_and_sequencers_leave_no_gap(world: SmallTenant) -> None:
    stop, seen = asyncio.Event(), dict[int, int]()

    async def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            async with world.database.write(world.tenant.id) as connection:
                for _ in range(dice.randrange(1, 4)):
                    await connection.execute("INSERT INTO events (tenant_id, kind, actor_kind) VALUES ($1, 'x', 'system')", world.tenant.id)
                    await asyncio.sleep(dice.random() / 200)
                if dice.random() < 0.1:
                    await connection.execute("SELECT nextval('event_ids')")

    async def keep_sequencing() -> None:
        while not stop.is_set():
            await sequence(world)

    async def watch() -> None:
        """A position that was seen once stays, and is below the head."""
        while not stop.is_set():
            async with world.database.read(world.tenant.id) as connection:
                rows = await connection.fetch("SELECT id, position FROM events WHERE tenant_id = $1 AND position > 0", world.tenant.id)
                newest = await event_store.get_head(connection, world.tenant.id)
            now = {row["id"]: row["position"] for row in rows}
            assert now | seen == now
            assert sorted(now.values()) == list(range(1, newest + 1))
            seen.update(now)

    others = [asyncio.create_task(work) for work in (keep_sequencing(), keep_sequencing(), watch())]
    await asyncio.gather(*(write(seed) for seed in range(6)))
    stop.set()
    await asyncio.gather(*others)
    while await sequence(world):
        pass
    assert sorted(p or 0 for p in await all_positions(world)) == list(range(1, await world.total("events") + 1))


async def all_positions(world: SmallTenant) -> list[int | None]:
    return [row[0] for row in await world.owner.fetch("SELECT position FROM events WHERE tenant_id = $1", world.tenant.id)]


SEQUENCER = """
import asyncio, sys
from parley.jobs.events import sequence_events
from parley.store.database import Database

async def main(dsn, tenant_id):
    database = await Database.open(dsn)
    print("ready", flush=True)
    while True:
        await sequence_events(database, tenant_id)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_a_killed_sequencer_leaves_whole_batches(world: SmallTenant, database: str) -> None:
    for round_ in range(3):
        process = subprocess.Popen([sys.executable, "-c", SEQUENCER, database, str(world.tenant.id)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"ready\n"
        for place in range(60):
            await write_event(world, f"{round_}/{place}")
        process.kill()
        process.wait()
        process.stdout.close()
    # The lock of the killed process goes with its connection, which may take the server a moment to notice.
    async with asyncio.timeout(10):
        while await events.unsequenced_tenants(world.database):
            await sequence(world)
    assert sorted(p or 0 for p in await all_positions(world)) == list(range(1, 181))
    assert await head(world) == 180


async def test_the_runner_does_all_the_work_and_stops_when_told(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "RollUp", lambda: RollUp(grown_by=1))
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(world.database, stop))
    for number in range(1, 4):
        await world.conversation(number)
    await world.message(1, "hello")
    await write_event(world, "one")
    async with asyncio.timeout(20):
        while await waiting(world) != (0, 0, 1):
            await asyncio.sleep(0.05)
    await write_event(world, "last")
    stop.set()
    await asyncio.wait_for(task, 20)
    assert await positions(world) == {"one": 1, "last": 2}


async def waiting(world: SmallTenant) -> tuple[int, int, int]:
    return (
        await world.total("search_queue"),
        await world.total("events", "position IS NULL"),
        await world.total("conversation_tallies"),
    )


async def test_a_broken_tenant_is_logged_and_delays_nobody(world: SmallTenant, caplog: pytest.LogCaptureFixture) -> None:
    async def work(database: Database, tenant_id: int) -> int:
        if tenant_id == 1:
            raise asyncpg.DeadlockDetectedError("try later")
        return tenant_id

    async def some(database: Database) -> list[int]:
        return [1, 2]

    async def nothing_to_ask(database: Database) -> list[int]:
        raise OSError("no database")

    with caplog.at_level(logging.ERROR, "parley.jobs"):
        assert await runner._round(runner.Job("odd", some, work, 1, 1, 1), world.database) == 2
        assert await runner._round(runner.Job("deaf", nothing_to_ask, work, 1, 1, 1), world.database) == 0
    assert [record.message for record in caplog.records] == [
        "the job odd failed for tenant 1 and will try again",
        "the job deaf could not ask for its work and will try again",
    ]


async def test_a_roll_up_waits_for_growth(world: SmallTenant) -> None:
    job = RollUp(grown_by=5)
    for number in range(1, 6):
        await world.conversation(number)
    assert await job.grown_tenants(world.database) == []
    await world.conversation(6)
    assert await job.grown_tenants(world.database) == [world.tenant.id]
    assert await job.roll_up(world.database, world.tenant.id) == 1
    assert await job.grown_tenants(world.database) == []
    for number in range(7, 13):
        await world.conversation(number)
    assert await job.grown_tenants(world.database) == [world.tenant.id]
