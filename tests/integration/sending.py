"""A tenant with endpoints to deliver to, and senders that run in the test's own loop against real local receivers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from parley.actions.context import Context
from parley.domain.deliveries import Endpoint, EndpointKind, Told, Wire
from parley.jobs.sender import Sender, Sending
from parley.outgoing.addresses import parse_networks
from parley.outgoing.client import Outgoing
from parley.store import deliveries
from parley.store.database import Database
from tests.integration.small_tenant import SmallTenant, small_tenant
from tests.receiver import Received

_NUMBERS = count(1)
QUICK = Sending(timeout_s=1.0, retry_s=(0.1,) * 30, drain_s=0.5)


@asynccontextmanager
async def fresh_tenant(dsn: str) -> AsyncIterator[SmallTenant]:
    """A tenant of the test's own in the module's database; nothing that could be sent is left behind."""
    async with small_tenant(dsn, f"t{next(_NUMBERS)}") as one:
        yield one
        await one.owner.execute("TRUNCATE deliveries, delivery_attempts, delivery_heads, endpoints, webhooks, events, event_heads")


async def webhook(
    world: SmallTenant, number: int, url: str, *, wire: Wire = "chatwoot", secret: bytes = b"0123456789", **more: Any
) -> None:
    columns = {"id": number, "wire": wire, "url": url, "event_types": ["message_created"], "secret": secret, "status": "active"}
    await world.insert("webhooks", **columns | {"created_by": "user:1", "modified_by": "user:1"} | more)


async def tell(
    world: SmallTenant,
    events: range | list[int],
    *,
    to: int = 1,
    kind: EndpointKind = "webhook",
    url: str = "",
    lane: str | None = None,
    wire: Wire = "chatwoot",
    type_: str = "message_created",
) -> list[int]:
    """Deliveries of these events, each in a lane of its own unless they share one; their ids."""
    told = [Told(Endpoint(kind, to, url), wire, n, type_, lane or f"conversation:{n}", json.dumps({"n": n})) for n in events]
    async with world.database.write_quietly(world.tenant.id) as connection:
        return await deliveries.insert_deliveries(connection, world.tenant.id, told)


@asynccontextmanager
async def sending(world: SmallTenant, how: Sending = QUICK, *, database: Database | None = None, **more: Any) -> AsyncIterator[Sender]:
    """A sender that runs for the block, and then stops as the server's does."""
    outgoing, stop = Outgoing(parse_networks("loopback")), asyncio.Event()
    sender = Sender(Context(database or world.database, b"", outgoing=outgoing), outgoing.post, how, **more)
    task = asyncio.create_task(sender.run(stop))
    try:
        yield sender
    finally:
        stop.set()
        await task
        await outgoing.close()


async def until(is_so: Callable[[], Any], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while True:
            found = is_so()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


def numbers(received: list[Received]) -> list[int]:
    return [json.loads(one.body)["n"] for one in received]


async def states(world: SmallTenant) -> dict[int, str]:
    """By event."""
    rows = await world.owner.fetch("SELECT event_id, state FROM deliveries WHERE tenant_id = $1 ORDER BY id", world.tenant.id)
    return {row["event_id"]: row["state"] for row in rows}


async def all_are(world: SmallTenant, state: str) -> bool:
    return set((await states(world)).values()) == {state}


async def attempts(world: SmallTenant, event_id: int) -> list[Any]:
    return await world.owner.fetch(
        "SELECT a.* FROM delivery_attempts a JOIN deliveries d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id"
        " WHERE d.tenant_id = $1 AND d.event_id = $2 ORDER BY a.number",
        world.tenant.id,
        event_id,
    )


async def health(world: SmallTenant, number: int = 1, kind: str = "webhook") -> Any:
    return await world.owner.fetchrow(
        "SELECT *, extract(epoch FROM paused_until - now())::float8 AS pause_s FROM endpoints"
        " WHERE tenant_id = $1 AND kind = $2 AND id = $3",
        world.tenant.id,
        kind,
        number,
    )
