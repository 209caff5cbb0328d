"""Events become deliveries once and in order, whatever fails; deliveries are sent again by hand, and go when they are old."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.actions.context import Context
from parley.actions.redelivery import activate_endpoint, send_again, send_range_again, send_test
from parley.domain.deliveries import Endpoint, Told
from parley.domain.principals import Principal, Tenant
from parley.domain.problems import Conflict, Forbidden, NotFound
from parley.jobs import fan_out as fan_out_module
from parley.jobs.delivery_log import Sweep
from parley.jobs.events import sequence_events
from parley.jobs.fan_out import FanOut, Tell
from parley.store.database import Connection, Database
from parley.store.deliveries import Wanted
from parley.store.events import EventRow
from tests.integration.sending import QUICK, all_are, fresh_tenant, health, numbers, sending, states, tell, until, webhook
from tests.integration.small_tenant import ADMINISTRATOR, AGENT, SmallTenant
from tests.receiver import receiving


@pytest.fixture
async def world(module_database: str) -> AsyncIterator[SmallTenant]:
    async with fresh_tenant(module_database) as one:
        yield one


def teller(url: str = "http://127.0.0.1:1/", *, fails_at: str = "", wire: Any = "chatwoot") -> Tell:
    async def told(_connection: Connection, _tenant: Tenant, events: Sequence[EventRow]) -> list[Told]:
        if any(one.kind == fails_at for one in events):
            raise ValueError(fails_at)
        endpoint = Endpoint("webhook", 1 if wire == "chatwoot" else 2, url)
        return [Told(endpoint, wire, one.id, "message_created", "conversation:1", json.dumps({"n": one.id})) for one in events]

    return told


async def happen(world: SmallTenant, *kinds: str) -> list[int]:
    ids = [await world.insert("events", kind=kind, actor_kind="system") for kind in kinds]
    await sequence_events(world.database, world.tenant.id)
    return ids


async def told_events(world: SmallTenant, wire: str = "chatwoot") -> list[int]:
    rows = await world.owner.fetch("SELECT event_id FROM deliveries WHERE wire = $1 ORDER BY id", wire)
    return [row[0] for row in rows]


async def test_events_are_told_once_in_order_and_only_new_ones(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out_module, "BATCH", 2)
    job = FanOut([teller()])
    ids = await happen(world, "a", "b", "c")
    assert await job.tenants(world.database) == [world.tenant.id]
    assert [await job.work(world.database, world.tenant.id) for _ in range(3)] == [2, 1, 0]
    assert await told_events(world) == ids
    assert await job.tenants(world.database) == []
    more = await happen(world, "d")
    assert await job.work(world.database, world.tenant.id) == 1
    assert await told_events(world) == ids + more


async def test_an_event_that_was_told_is_not_told_again(world: SmallTenant) -> None:
    ids = await happen(world, "a", "b")
    job = FanOut([teller()])
    await job.work(world.database, world.tenant.id)
    await world.owner.execute("UPDATE delivery_heads SET position = 0")
    assert await job.work(world.database, world.tenant.id) == 2
    assert await told_events(world) == ids


async def test_several_workers_tell_each_event_once(world: SmallTenant, module_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out_module, "BATCH", 3)
    ids = await happen(world, *"abcdefghijklmnopqrstuvwxyz")
    other = await Database.open(module_database, max_connections=4)
    await asyncio.gather(*(FanOut([teller()]).work(place, world.tenant.id) for place in (world.database, other) * 12))
    await other.close()
    job = FanOut([teller()])
    while await job.work(world.database, world.tenant.id):
        pass
    assert await told_events(world) == ids


async def test_an_event_that_cannot_be_told_holds_nothing_up_for_long(world: SmallTenant) -> None:
    ids = await happen(world, "a", "b", "odd", "c")
    now = [0.0]
    job = FanOut([teller(fails_at="odd"), teller(wire="devrev")], clock=lambda: now[0])
    for _ in range(2):
        with pytest.raises(ValueError, match="odd"):
            await job.work(world.database, world.tenant.id)
    assert await told_events(world) == ids[:2], "those before it wait for it"
    now[0] = 59.0
    with pytest.raises(ValueError, match="odd"):
        await job.work(world.database, world.tenant.id)
    now[0] = 61.0
    assert await job.work(world.database, world.tenant.id) == 2
    assert await told_events(world) == [ids[0], ids[1], ids[3]]
    assert await told_events(world, "devrev") == ids, "the other wire lost it too"


async def test_a_failure_that_passes_loses_nothing(world: SmallTenant) -> None:
    ids = await happen(world, "a", "b")
    fails = [True, True]

    async def now_and_then(connection: Connection, tenant: Tenant, events: Sequence[EventRow]) -> list[Told]:
        if fails:
            fails.pop()
            raise ValueError("not yet")
        return await teller()(connection, tenant, events)

    job = FanOut([now_and_then])
    for _ in range(2):
        with pytest.raises(ValueError, match="not yet"):
            await job.work(world.database, world.tenant.id)
    assert await job.work(world.database, world.tenant.id) == 2
    assert await told_events(world) == ids


async def test_senders_hear_of_new_deliveries_at_once(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url())
        async with sending(world):
            await asyncio.sleep(0.3)
            for number in range(3):
                await tell(world, [number])
                await until(lambda number=number: len(here.received) == number + 1, within_s=0.7)  # type: ignore[misc]


# By hand.


def context(world: SmallTenant) -> Context:
    return Context(world.database, b"")


def administrator(world: SmallTenant) -> Principal:
    return world.principal(ADMINISTRATOR, can_write=True)


async def test_one_is_sent_again_under_its_id(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url())
        (delivery,) = await tell(world, [1])
        async with sending(world):
            await until(lambda: all_are(world, "delivered"))
            await send_again(context(world), administrator(world), delivery)
            await until(lambda: len(here.received) == 2)
            await until(lambda: all_are(world, "delivered"))
    assert here.received[0].headers["webhook-id"] == here.received[1].headers["webhook-id"]


async def test_a_range_is_chosen_by_each_of_its_words(world: SmallTenant) -> None:
    await webhook(world, 1, "http://127.0.0.1:1/")
    ids = await tell(world, [1, 2, 3, 4])
    await tell(world, [5], to=2)
    await tell(world, [6], type_="verify")
    await world.owner.execute(
        "UPDATE deliveries SET state = 'failed', finished_at = now(), created_at = now() - interval '1 day' * event_id"
    )
    await world.owner.execute("UPDATE deliveries SET state = 'delivered' WHERE event_id = 1")
    await world.owner.execute("UPDATE deliveries SET state = 'sending' WHERE event_id = 2")
    await world.owner.execute("UPDATE deliveries SET event_type = 'contact_created' WHERE event_id = 4")
    now = datetime.now(UTC)
    table: list[tuple[Wanted, set[int]]] = [
        (Wanted(), {1, 3, 4, 5}),
        (Wanted(state="failed"), {3, 4, 5}),
        (Wanted(endpoint_kind="webhook", endpoint_id=2), {5}),
        (Wanted(ids=ids[:3]), {1, 3}),
        (Wanted(since=now - timedelta(days=3, hours=1)), {1, 3}),
        (Wanted(until=now - timedelta(days=3, hours=1)), {4, 5}),
        (Wanted(event_types=["contact_created"]), {4}),
    ]
    before = await states(world)
    for wanted, chosen in table:
        assert await send_range_again(context(world), administrator(world), wanted) == len(chosen), wanted
        now_so = await states(world)
        assert {n for n, state in now_so.items() if state == "pending"} == chosen, wanted
        for number, state in before.items():
            await world.owner.execute("UPDATE deliveries SET state = $2 WHERE event_id = $1", number, state)


async def test_a_test_event_in_each_wires_form(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url())
        await webhook(world, 2, here.url(), wire="devrev")
        async with sending(world):
            for number in (1, 2):
                await send_test(context(world), administrator(world), number)
                await until(lambda number=number: len(here.received) == number)  # type: ignore[misc]
    chatwoot, devrev = (json.loads(one.body) for one in here.received)
    assert (chatwoot["event"], chatwoot["account"]) == ("webhook_test", {"id": world.tenant.id, "name": world.tenant.name})
    assert devrev["type"] == "test"
    assert devrev["webhook_id"] == f"don:integration:dvrv-us-1:devo/{world.tenant.slug}:webhook/2"
    assert devrev["id"] == here.received[1].headers["webhook-id"]


async def test_an_endpoint_made_active_again_gets_what_it_is_sent(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url(), status="inactive")
        (delivery,) = await tell(world, [1])
        insert = "INSERT INTO endpoints (tenant_id, kind, id, failures, paused_until, disabled_at) VALUES ($1, 'webhook', 1, 20, $2, now())"
        await world.owner.execute(insert, world.tenant.id, datetime.now(UTC) + timedelta(hours=1))
        async with sending(world):
            await until(lambda: all_are(world, "failed"))
            with pytest.raises(Conflict, match="inactive"):
                await send_again(context(world), administrator(world), delivery)
            with pytest.raises(Conflict, match="inactive"):
                await send_test(context(world), administrator(world), 1)
            await activate_endpoint(context(world), administrator(world), "webhook", 1)
            await send_again(context(world), administrator(world), delivery)
            await until(lambda: all_are(world, "delivered"))
    assert numbers(here.received) == [1]
    assert await health(world) is None


async def test_sending_by_hand_tries_a_paused_endpoint_at_once(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url())
        insert = (
            "INSERT INTO endpoints (tenant_id, kind, id, failures, paused_until) VALUES ($1, 'webhook', 1, 20, now() + interval '1 hour')"
        )
        await world.owner.execute(insert, world.tenant.id)
        (delivery,) = await tell(world, [1])
        async with sending(world):
            await asyncio.sleep(0.3)
            assert here.received == []
            await send_again(context(world), administrator(world), delivery)
            await until(lambda: all_are(world, "delivered"))


Step = Callable[[Context, Principal, int], Any]
BY_HAND: list[tuple[str, Step]] = [
    ("again", send_again),
    ("range", lambda here, who, _: send_range_again(here, who, Wanted())),
    ("test", lambda here, who, _: send_test(here, who, 1)),
    ("activate", lambda here, who, _: activate_endpoint(here, who, "webhook", 1)),
]


@pytest.mark.parametrize(("name", "step"), BY_HAND)
async def test_only_administrators_and_only_their_own(world: SmallTenant, module_database: str, name: str, step: Step) -> None:
    await webhook(world, 1, "http://127.0.0.1:1/")
    (delivery,) = await tell(world, [1])
    await world.owner.execute("UPDATE deliveries SET state = 'failed'")
    for who in (world.principal(AGENT, can_write=True), replace(administrator(world), can_write=False)):
        with pytest.raises(Forbidden):
            await step(context(world), who, delivery)
    async with fresh_tenant(module_database) as other:
        if name == "range":
            assert await step(context(world), administrator(other), delivery) == 0
        else:
            with pytest.raises(NotFound):
                await step(context(world), administrator(other), delivery)
        assert await all_are(world, "failed")


async def test_the_log_is_kept_for_its_days(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, here.url())
        await tell(world, range(1, 6))
        async with sending(world, QUICK):
            await until(lambda: all_are(world, "delivered"))
    await world.owner.execute("UPDATE deliveries SET finished_at = now() - interval '31 days' WHERE event_id <= 3")
    await world.owner.execute("UPDATE deliveries SET finished_at = NULL, state = 'pending' WHERE event_id = 3")
    sweep = Sweep(30)
    assert await sweep.tenants(world.database) == [world.tenant.id]
    assert await sweep.sweep(world.database, world.tenant.id) == 2
    assert await sweep.tenants(world.database) == []
    assert set(await states(world)) == {3, 4, 5}
    assert await world.total("delivery_attempts") == 3
