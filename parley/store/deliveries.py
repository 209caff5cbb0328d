"""Deliveries: one body for one endpoint each. Made from events in their order, sent again by hand, deleted when they are old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..domain.deliveries import EndpointKind, Told, Wire, message_key
from . import queries
from .database import Connection, affected

_SQL = queries.load("deliveries")


class LockedDelivery(NamedTuple):
    """A delivery that nobody else changes until this transaction ends."""

    id: int
    endpoint_kind: EndpointKind
    endpoint_id: int
    event_type: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries; None asks for no more. ``since`` and ``until`` are when they were made, the second exclusive."""

    ids: Sequence[int] | None = None
    endpoint_kind: EndpointKind | None = None
    endpoint_id: int | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    event_types: Sequence[str] | None = None


class Trial(NamedTuple):
    """A delivery to a webhook that is of no event; ``id`` comes from ``next_id``."""

    id: int
    webhook_id: int
    wire: Wire
    url: str
    event_type: str
    message_key: str
    lane: str
    body: str


async def tenants_to_fan_out(connection: Connection) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_to_fan_out)]


async def lock_head(connection: Connection, tenant_id: int) -> int | None:
    """The position up to which events are deliveries, held until the transaction ends; None while another worker holds it."""
    await connection.execute(_SQL.insert_head, tenant_id)
    position = await connection.fetchval(_SQL.lock_head, tenant_id)
    return None if position is None else int(position)


async def set_head(connection: Connection, tenant_id: int, position: int) -> None:
    await connection.execute(_SQL.set_head, tenant_id, position)


async def insert_deliveries(connection: Connection, tenant_id: int, told: Sequence[Told]) -> list[int]:
    """The ids of those that were not there yet; senders are told when the transaction commits."""
    if not told:
        return []
    columns: list[list[object]] = [
        [one.endpoint.kind for one in told],
        [one.endpoint.id for one in told],
        [one.wire for one in told],
        [one.endpoint.url for one in told],
        [one.event_id for one in told],
        [one.type for one in told],
        [message_key(tenant_id, one.event_id, one.type) for one in told],
        [one.lane for one in told],
        [one.body for one in told],
    ]
    made = [record[0] for record in await connection.fetch(_SQL.insert_deliveries, tenant_id, *columns)]
    if made:
        await announce(connection, tenant_id)
    return made


async def announce(connection: Connection, tenant_id: int) -> None:
    await connection.execute(_SQL.announce, str(tenant_id))


async def lock_delivery(connection: Connection, tenant_id: int, delivery_id: int) -> LockedDelivery | None:
    record = await connection.fetchrow(_SQL.lock_delivery, tenant_id, delivery_id)
    return LockedDelivery(*record) if record else None


async def send_again(connection: Connection, tenant_id: int, wanted: Wanted) -> int:
    """How many are to be sent as if they were new; those under way and verify requests are not."""
    values = (wanted.ids, wanted.endpoint_kind, wanted.endpoint_id, wanted.state, wanted.since, wanted.until, wanted.event_types)
    count = affected(await connection.execute(_SQL.send_again, tenant_id, *values))
    if count:
        await announce(connection, tenant_id)
    return count


async def next_id(connection: Connection) -> int:
    return int(await connection.fetchval(_SQL.next_id))


async def insert_trial(connection: Connection, tenant_id: int, one: Trial) -> None:
    """Senders are told when the transaction commits."""
    await connection.execute(_SQL.insert_trial, tenant_id, *one)
    await announce(connection, tenant_id)


async def tenants_with_old_deliveries(connection: Connection, before: datetime) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_old_deliveries, before)]


async def delete_old(connection: Connection, tenant_id: int, before: datetime, *, at_most: int) -> int:
    """Deletes from the oldest on, with their attempts; returns how many."""
    return affected(await connection.execute(_SQL.delete_old, tenant_id, before, at_most))
