"""Positions of events: gapless per tenant, given after commit by whoever holds the tenant's lock.

Ids are taken before commit and so do not order commits. A position never changes; an event whose transaction commits
late gets a later position than those that were numbered before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Ref
from . import queries
from .database import Connection, Row

_SQL = queries.load("events")


class EventRow(NamedTuple):
    """A numbered event. ``data`` is JSON text: what changed, or what else is to be said; never a whole object."""

    position: int
    id: int
    kind: str
    conversation_number: int | None
    message_id: int | None
    actor: Ref
    data: str
    rule_id: int | None
    created_at: datetime


class Waiting(NamedTuple):
    """A tenant with derived work to do."""

    tenant_id: int
    unsequenced: bool
    unindexed: bool


async def tenants_with_work(connection: Connection) -> list[Waiting]:
    """Needs no tenant: tells ids and nothing else."""
    return [Waiting(*record) for record in await connection.fetch(_SQL.tenants_with_work)]


async def give_positions(connection: Connection, tenant_id: int, *, at_most: int) -> int | None:
    """Numbers committed events in the open READ COMMITTED transaction; returns how many.

    None while another transaction numbers this tenant. The lock comes in a statement of its own, so that the next
    one's snapshot holds everything that the lock's last holder did.
    """
    if not await connection.fetchval(_SQL.lock_sequencing, tenant_id):
        return None
    given = int(await connection.fetchval(_SQL.give_positions, tenant_id, at_most))
    if given:
        await connection.execute(_SQL.announce, str(tenant_id))
    return given


async def list_events(connection: Connection, tenant_id: int, after: int, limit: int) -> list[EventRow]:
    """Events by position, from the one after ``after`` on."""
    records = await connection.fetch(_SQL.list_events, tenant_id, after, limit)
    return [_event(record) for record in records]


def _event(record: Row) -> EventRow:
    position, event_id, kind, number, message_id, actor_kind, actor_id, data, rule_id, at = record
    return EventRow(position, event_id, kind, number, message_id, Ref(actor_kind, actor_id or 0), data, rule_id, at)


async def get_head(connection: Connection, tenant_id: int) -> int:
    """The newest position; 0 where there is none yet."""
    return int(await connection.fetchval(_SQL.get_head, tenant_id) or 0)


async def insert_event(connection: Connection, tenant_id: int, kind: str, actor: Ref, data: Mapping[str, Any], at: datetime) -> int:
    """One event of the open transaction that is not about a conversation (those are written with their rows); its id."""
    encoded = msgspec.json.encode(data).decode()
    return int(await connection.fetchval(_SQL.insert_event, tenant_id, kind, actor.kind, actor.id, encoded, at))


async def insert_tombstone(connection: Connection, tenant_id: int, noun: str, number: int, event_id: int, by: Ref, at: datetime) -> None:
    await connection.execute(_SQL.insert_tombstone, tenant_id, noun, number, event_id, by.kind, by.id, at)


async def insert_tombstones(
    connection: Connection, tenant_id: int, noun: str, numbers: Sequence[int], event_id: int, by: Ref, at: datetime
) -> None:
    """Of several things that one event speaks of."""
    await connection.execute(_SQL.insert_tombstones, tenant_id, noun, list(numbers), event_id, by.kind, by.id, at)
