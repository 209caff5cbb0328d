"""Endpoints that deliveries go to: whether they may get any, what signs them, and how they are doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..domain.deliveries import EndpointKind
from ..domain.endpoint_health import Health
from . import queries
from .database import Connection

_SQL = queries.load("endpoints")

Key = tuple[EndpointKind, int]


class OpenEndpoint(NamedTuple):
    """An endpoint with something due. ``standing``: active, unverified, inactive, disabled (it answered 410) or gone.

    ``url`` is where it is now, null where only its deliveries know; ``headers`` is JSON text. ``is_probed``: it was paused
    and may get one delivery once ``is_paused`` is over.
    """

    kind: EndpointKind
    id: int
    standing: str
    url: str | None
    secret: bytes | None
    previous_secret: bytes | None
    headers: str
    failures: int
    is_probed: bool
    is_paused: bool

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


async def list_open(connection: Connection, tenant_id: int) -> list[OpenEndpoint]:
    return [OpenEndpoint(*record) for record in await connection.fetch(_SQL.list_open, tenant_id)]


async def begin_probes(connection: Connection, tenant_id: int, keys: Sequence[Key], for_s: float) -> set[Key]:
    """Those that this transaction may send one delivery to; for everybody else they are paused for so many seconds more."""
    if not keys:
        return set()
    records = await connection.fetch(_SQL.begin_probes, tenant_id, *_columns(keys), for_s)
    return {(record[0], record[1]) for record in records}


async def lock_health(connection: Connection, tenant_id: int, keys: Sequence[Key]) -> dict[Key, Health]:
    """How they are doing, with a row for each from now on, held until the transaction ends."""
    await connection.execute(_SQL.insert_health, tenant_id, *_columns(keys))
    records = await connection.fetch(_SQL.lock_health, tenant_id, *_columns(keys))
    return {(kind, id_): Health(failures, pauses, pause_s, error) for kind, id_, failures, pauses, pause_s, error in records}


async def update_health(connection: Connection, tenant_id: int, found: Mapping[Key, Health]) -> None:
    columns = (
        [one.failures for one in found.values()],
        [one.pauses for one in found.values()],
        [one.pause_s for one in found.values()],
        [one.last_error for one in found.values()],
        [one.is_disabled for one in found.values()],
    )
    await connection.execute(_SQL.update_health, tenant_id, *_columns(list(found)), *columns)


async def touch(connection: Connection, tenant_id: int, key: Key) -> None:
    """What is known of its health is newer than what was changed about it."""
    await connection.execute(_SQL.touch, tenant_id, *key)


async def forget_health(connection: Connection, tenant_id: int, kind: EndpointKind, endpoint_id: int) -> None:
    await connection.execute(_SQL.forget_health, tenant_id, kind, endpoint_id)


async def end_pause(connection: Connection, tenant_id: int, kind: EndpointKind, endpoint_id: int) -> None:
    """One delivery may try at once."""
    await connection.execute(_SQL.end_pause, tenant_id, kind, endpoint_id)


async def is_disabled(connection: Connection, tenant_id: int, kind: EndpointKind, endpoint_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.is_disabled, tenant_id, kind, endpoint_id))


async def find_wire(connection: Connection, tenant_id: int, webhook_id: int) -> str | None:
    """devrev or chatwoot; None where there is no such webhook."""
    found: str | None = await connection.fetchval(_SQL.find_wire, tenant_id, webhook_id)
    return found


def _columns(keys: Sequence[Key]) -> tuple[list[str], list[int]]:
    return [kind for kind, _ in keys], [id_ for _, id_ in keys]
