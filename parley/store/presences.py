"""When users and contacts were last heard of over a live connection, of any worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("presences")


async def note_users(connection: Connection, tenant_id: int, ids: Iterable[int], at: datetime) -> None:
    await connection.execute(_SQL.note_users, tenant_id, list(ids), at)


async def note_contacts(connection: Connection, tenant_id: int, ids: Iterable[int], at: datetime) -> None:
    await connection.execute(_SQL.note_contacts, tenant_id, list(ids), at)


async def list_users(connection: Connection, tenant_id: int, since: datetime) -> dict[int, str]:
    """What they chose (online, busy, offline) by user: of those heard of since then and those whose choice always shows."""
    return {record[0]: record[1] for record in await connection.fetch(_SQL.list_users, tenant_id, since)}


async def list_contacts(connection: Connection, tenant_id: int, since: datetime) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_contacts, tenant_id, since)]


async def list_at_hand(
    connection: Connection, tenant_id: int, users: Iterable[int], contacts: Iterable[int], caller_id: int | None
) -> dict[tuple[str, int], datetime | None]:
    """When each of the users and contacts was last heard of, and (``team``, without a moment) the teams of the caller."""
    found = await connection.fetch(_SQL.list_at_hand, tenant_id, list(users), list(contacts), caller_id)
    return {(record[0], record[1]): record[2] for record in found}
