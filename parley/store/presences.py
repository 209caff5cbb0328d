"""When users and contacts were last heard of over a live connection, of any worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..domain.presence import CONTACT_WINDOW, USER_WINDOW
from . import queries
from .database import Connection

_SQL = queries.load("presences")
CHANNEL = "parley_presence"
# A notification takes 8,000 bytes.
_MOST = 300


class Sign(msgspec.Struct, frozen=True):
    """These users and contact points of a tenant have told that they are there, to the process that calls itself ``by``."""

    tenant_id: int
    by: str
    users: Sequence[int] = ()
    points: Sequence[int] = ()


def read_sign(payload: str) -> Sign:
    return msgspec.json.decode(payload, type=Sign)


async def tell_others(connection: Connection, sign: Sign) -> None:
    """When the transaction commits every process hears it, this one too."""
    for start in range(0, max(len(sign.users), len(sign.points)), _MOST):
        part = Sign(sign.tenant_id, sign.by, sign.users[start : start + _MOST], sign.points[start : start + _MOST])
        await connection.execute(_SQL.tell_others, msgspec.json.encode(part).decode())


async def note_users(connection: Connection, tenant_id: int, ids: Iterable[int], at: datetime) -> None:
    await connection.execute(_SQL.note_users, tenant_id, list(ids), at)


async def note_contacts(connection: Connection, tenant_id: int, ids: Iterable[int], at: datetime) -> None:
    await connection.execute(_SQL.note_contacts, tenant_id, list(ids), at)


async def list_users(connection: Connection, tenant_id: int, since: datetime) -> dict[int, str]:
    """What they chose (online, busy, offline) by user: of those heard of since then and those whose choice always shows."""
    return {record[0]: record[1] for record in await connection.fetch(_SQL.list_users, tenant_id, since)}


async def list_contacts(connection: Connection, tenant_id: int, since: datetime) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_contacts, tenant_id, since)]


async def list_present(
    connection: Connection, tenant_id: int, now: datetime, users: Iterable[int], contacts: Iterable[int]
) -> set[tuple[str, int]]:
    """Who of the users and contacts is there now, as (kind, id)."""
    since = (now - USER_WINDOW, now - CONTACT_WINDOW)
    found = await connection.fetch(_SQL.list_present, tenant_id, list(users), list(contacts), *since)
    return {(record[0], record[1]) for record in found}
