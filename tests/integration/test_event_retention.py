"""Old events leave the feed from its beginning on, and nothing goes that somebody still has to read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from parley.domain.event_kinds import Patterns
from parley.jobs import event_retention
from parley.jobs.doctor import examine
from parley.jobs.event_retention import Sweep
from parley.jobs.events import sequence_events
from parley.store.event_feed import Edges, get_edges, read_page
from tests.integration.small_tenant import SmallTenant, small_tenant

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def happen(world: SmallTenant, *days: float, kind: str = "contact.created") -> None:
    """One event for each number of days ago, in this order."""
    for ago in days:
        await world.insert("events", kind=kind, actor_kind="system", created_at=NOW - timedelta(days=ago))
    await sequence_events(world.database, world.tenant.id)


async def read_up_to(world: SmallTenant, notifications: int, deliveries: int) -> None:
    for table, position in (("notification_heads", notifications), ("delivery_heads", deliveries)):
        await world.owner.execute(
            f"INSERT INTO {table} VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE SET position = $2", world.tenant.id, position
        )


async def sweep(world: SmallTenant, days: int = 30) -> None:
    """Rounds until there is nothing to do."""
    one = Sweep(days, lambda: NOW)
    for _ in range(100):
        if await one.tenants(world.database) == []:
            return
        if not await one.sweep(world.database, world.tenant.id):
            return
    raise AssertionError("it does not end")


async def edges(world: SmallTenant) -> Edges:
    async with world.database.read(world.tenant.id) as connection:
        return await get_edges(connection, world.tenant.id)


async def positions(world: SmallTenant) -> list[int]:
    rows = await world.owner.fetch("SELECT position FROM events WHERE tenant_id = $1 ORDER BY position", world.tenant.id)
    return [row[0] for row in rows]


async def test_old_events_go_in_batches_and_the_rest_stays_whole(
    world: SmallTenant, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(event_retention, "BATCH", 3)
    await happen(world, *(40 - number for number in range(10)), 1, 0.5)
    await read_up_to(world, 12, 12)
    await sweep(world)
    assert await positions(world) == [11, 12]
    assert await edges(world) == Edges(12, 10)
    async with world.database.read(world.tenant.id) as connection:
        page = await read_page(connection, world.principal(), 10, 10, Patterns())
    assert [one.event.position for one in page.events] == [11, 12]
    assert [one.name for one in await examine(database) if one.name.startswith("event")] == []


async def test_an_event_that_committed_late_keeps_what_came_after_it(world: SmallTenant) -> None:
    """The feed is whole from one position on: what is young holds back what is old behind it."""
    await happen(world, 50, 1, 49, 48)
    await read_up_to(world, 4, 4)
    await sweep(world)
    assert await positions(world) == [2, 3, 4]
    assert await edges(world) == Edges(4, 1)


@pytest.mark.parametrize(("notifications", "deliveries", "left"), [(2, 5, [3, 4, 5]), (5, 1, [2, 3, 4, 5]), (0, 5, [1, 2, 3, 4, 5])])
async def test_what_somebody_has_not_read_stays(world: SmallTenant, notifications: int, deliveries: int, left: list[int]) -> None:
    await happen(world, 50, 49, 48, 47, 46)
    await read_up_to(world, notifications, deliveries)
    await sweep(world)
    assert await positions(world) == left


async def test_what_active_rules_have_not_read_stays(world: SmallTenant) -> None:
    await happen(world, 50, 49, 48)
    await read_up_to(world, 3, 3)
    rule = {"id": 1, "name": "r", "event_name": "message_created", "conditions": "[]", "actions": "[]", "active": True}
    await world.insert("automation_rules", **rule)
    await world.insert("automation_progress", position=1)
    await sweep(world)
    assert await positions(world) == [2, 3]
    await world.owner.execute("UPDATE automation_rules SET active = false")
    await sweep(world)
    assert await positions(world) == []
    assert await edges(world) == Edges(3, 3)


async def test_audited_events_and_personal_data_stay_in_the_table_and_leave_the_feed(world: SmallTenant, database: str) -> None:
    await happen(world, 50, kind="webhook.created")
    await happen(world, 49, kind="contact.personal_data")
    await happen(world, 48, 47, kind="message.created")
    await happen(world, 1)
    await read_up_to(world, 5, 5)
    await sweep(world)
    assert await positions(world) == [1, 2, 5]
    assert await edges(world) == Edges(5, 4)
    assert [one.name for one in await examine(database) if one.name.startswith("event")] == []


async def test_without_a_number_of_days_they_are_kept_for_ever(world: SmallTenant) -> None:
    await happen(world, 5000, 4000)
    await read_up_to(world, 2, 2)
    await sweep(world, days=0)
    assert await positions(world) == [1, 2]
