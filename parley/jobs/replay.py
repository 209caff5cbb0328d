"""Delivering a stretch of events again: deliveries that are there are sent again, those that are missing are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..domain.deliveries import Told
from ..domain.event_kinds import Patterns
from ..domain.principals import Tenant
from ..domain.problems import NotFound
from ..store import deliveries, delivery_log, event_feed, events
from ..store.database import Connection, Database
from ..store.deliveries import Wanted
from ..store.events import EventRow
from .fan_out import Tell

BATCH = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Events after a position, and from a time on; for one webhook or for all endpoints."""

    after: int | None
    since: datetime | None
    webhook_id: int | None
    types: Patterns


class Replayed(NamedTuple):
    events: int
    again: int
    missing: int


async def replay(database: Database, tenant: Tenant, tellers: Sequence[Tell], asked: Asked, *, dry: bool = False) -> Replayed:
    """How many of what; ``dry`` changes nothing. Up to the newest event as it was at the beginning. Raises NotFound.

    A teller leaves out what an endpoint is not to get: events of before a webhook was made, kinds that it did not ask for.
    """
    async with database.read(tenant.id) as connection:
        edges = await event_feed.get_edges(connection, tenant.id)
        if asked.webhook_id is not None and not await delivery_log.list_webhooks(connection, tenant.id, asked.webhook_id):
            raise NotFound(f"{tenant.slug} has no webhook {asked.webhook_id}")
        position = max(edges.kept_after, asked.after or 0)
        if asked.since is not None:
            position = max(position, await event_feed.find_position_before(connection, tenant.id, asked.since))
    total = Replayed(0, 0, 0)
    while position < edges.head:
        async with database.read(tenant.id) if dry else database.write_quietly(tenant.id) as connection:
            rows = await events.list_events(connection, tenant.id, position, min(BATCH, edges.head - position))
            if not rows:
                break
            wanted = [row for row in rows if asked.types.match(row.kind)]
            again, missing = await _batch(connection, tenant, tellers, asked, wanted, dry=dry)
        total = Replayed(total.events + len(wanted), total.again + again, total.missing + missing)
        position = rows[-1].position
    return total


async def _batch(
    connection: Connection, tenant: Tenant, tellers: Sequence[Tell], asked: Asked, rows: Sequence[EventRow], *, dry: bool
) -> tuple[int, int]:
    """How many were sent again, and how many made."""
    if not rows:
        return 0, 0
    known = await delivery_log.list_of_events(connection, tenant.id, [row.id for row in rows], asked.webhook_id)
    there = {(one.endpoint_kind, one.endpoint_id, one.event_id, one.event_type) for one in known}
    told = [one for tell in tellers for one in await tell(connection, tenant, rows) if _is_asked(asked, one)]
    missing = [one for one in told if (one.endpoint.kind, one.endpoint.id, one.event_id, one.type) not in there]
    ids = [one.id for one in known if one.state != "sending"]
    if not dry:
        await deliveries.insert_deliveries(connection, tenant.id, missing)
        await deliveries.send_again(connection, tenant.id, Wanted(ids=ids))
    return len(ids), len(missing)


def _is_asked(asked: Asked, one: Told) -> bool:
    return asked.webhook_id is None or (one.endpoint.kind, one.endpoint.id) == ("webhook", asked.webhook_id)
