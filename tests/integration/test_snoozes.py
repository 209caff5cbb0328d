"""Wake-ups: what was snoozed is open again when its time has come, once, whoever wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from parley.jobs import runner, snoozes
from tests.integration.small_tenant import SmallTenant, small_tenant

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def snooze(world: SmallTenant, number: int, until: datetime | None, **columns: object) -> None:
    await world.conversation(number, stage_id=5, status="snoozed", snoozed_until=until, **columns)


async def statuses(world: SmallTenant) -> dict[int, str]:
    rows = await world.owner.fetch("SELECT number, status FROM conversations WHERE tenant_id = $1", world.tenant.id)
    return {row["number"]: row["status"] for row in rows}


async def told(world: SmallTenant) -> list[tuple[int, str]]:
    query = "SELECT conversation_number, body FROM messages WHERE tenant_id = $1 AND kind = 'activity' ORDER BY id"
    return [tuple(row) for row in await world.owner.fetch(query, world.tenant.id)]


def wake_at(at: datetime) -> snoozes.Wake:
    return snoozes.Wake(lambda: at)


async def test_only_what_is_due_wakes_up(world: SmallTenant) -> None:
    await snooze(world, 1, NOW)
    await snooze(world, 2, NOW + SECOND)
    await snooze(world, 3, None)
    await snooze(world, 4, NOW - SECOND, is_frozen=True)
    early = wake_at(NOW - 2 * SECOND)
    assert await early.tenants(world.database) == [world.tenant.id], "it was not seen yet"
    assert await early.wake(world.database, world.tenant.id) == 0
    assert await early.tenants(world.database) == []
    wake = wake_at(NOW)
    assert await wake.tenants(world.database) == [world.tenant.id]
    assert await wake.wake(world.database, world.tenant.id) == 1
    assert await statuses(world) == {1: "open", 2: "snoozed", 3: "snoozed", 4: "snoozed"}
    assert await told(world) == [(1, "Conversation was reopened by Parley")]
    row = await world.owner.fetchrow("SELECT snoozed_until, stage_id, modified_at FROM conversations WHERE number = 1")
    assert tuple(row) == (None, 1, NOW)
    assert await world.total("events", "kind = 'conversation.updated' AND actor_kind = 'system' AND conversation_number = 1") == 1
    assert await wake.tenants(world.database) == []
    await world.owner.execute("UPDATE conversations SET is_frozen = false WHERE number = 4")
    assert await wake.wake(world.database, world.tenant.id) == 1


async def test_several_servers_wake_each_once(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snoozes, "BATCH", 3)
    for number in range(1, 13):
        await snooze(world, number, NOW - number * SECOND)

    async def work() -> int:
        total = 0
        while done := await wake_at(NOW).wake(world.database, world.tenant.id):
            total += done
        return total

    assert sum(await asyncio.gather(work(), work(), work())) == 12
    assert set((await statuses(world)).values()) == {"open"}
    assert sorted(number for number, _ in await told(world)) == list(range(1, 13))


async def test_one_that_breaks_off_wakes_none_and_nothing_is_lost(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    await snooze(world, 1, NOW)
    await snooze(world, 2, NOW)
    edit, calls = snoozes.change.edit, []

    async def break_off(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError("killed")
        await edit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(snoozes.change, "edit", break_off)
    with pytest.raises(RuntimeError):
        await wake_at(NOW).wake(world.database, world.tenant.id)
    assert set((await statuses(world)).values()) == {"snoozed"}
    assert await told(world) == []
    monkeypatch.undo()
    assert await wake_at(NOW).wake(world.database, world.tenant.id) == 2


async def test_where_the_diagram_has_no_such_way_it_wakes_up_all_the_same(world: SmallTenant) -> None:
    await snooze(world, 1, NOW)
    await world.insert("stage_diagrams", id=1, leaf_type="conversation", name="one way", is_default=True)
    await wake_at(NOW).wake(world.database, world.tenant.id)
    assert await statuses(world) == {1: "open"}


async def test_what_came_with_its_snooze_long_over_stays_until_somebody_touches_it(world: SmallTenant) -> None:
    past = NOW - timedelta(days=2)
    await snooze(world, 1, past, modified_at=past)
    await snooze(world, 2, NOW - timedelta(hours=20), modified_at=past)
    wake = wake_at(NOW)
    assert await wake.wake(world.database, world.tenant.id) == 1
    assert await statuses(world) == {1: "snoozed", 2: "open"}
    assert await wake.tenants(world.database) == []
    await world.owner.execute("UPDATE conversations SET modified_at = $1 WHERE number = 1", NOW)
    assert await wake.tenants(world.database) == [world.tenant.id]
    assert await wake.wake(world.database, world.tenant.id) == 1


async def test_the_runner_wakes_what_is_due(world: SmallTenant) -> None:
    await snooze(world, 1, datetime.now(UTC) - SECOND)
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(world.database, stop))
    async with asyncio.timeout(20):
        while await statuses(world) != {1: "open"}:
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(task, 20)
