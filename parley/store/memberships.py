"""Memberships: who belongs to a tenant and in which role (Chatwoot: account users); their profiles are read by ``people``."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("memberships")


class Place(NamedTuple):
    """What an administrator decides about a user. ``availability``: online, offline or busy."""

    name: str
    role: str
    custom_role_id: int | None
    availability: str
    auto_offline: bool


async def list_present(connection: Connection, tenant_id: int) -> list[int]:
    """Ids by name, without those who left."""
    return [record[0] for record in await connection.fetch(_SQL.list_present, tenant_id)]


async def admit(connection: Connection, tenant_id: int, user_id: int, email: str, place: Place, inviter_id: int | None, by: str) -> bool:
    """False for somebody who is in the tenant; who left comes back."""
    name, *more = place
    return await connection.fetchval(_SQL.admit, tenant_id, user_id, name, email, *more, inviter_id, by) is not None


async def change(connection: Connection, tenant_id: int, user_id: int, place: Place, by: str) -> None:
    await connection.execute(_SQL.change_membership, tenant_id, user_id, *place, by)


async def leave(connection: Connection, tenant_id: int, user_id: int, at: datetime, by: str) -> None:
    """Out of the tenant, its inboxes and its teams; the row stays, because old messages name it."""
    await connection.execute(_SQL.leave, tenant_id, user_id, at, by)
    await connection.execute(_SQL.leave_inboxes, tenant_id, user_id)
    await connection.execute(_SQL.leave_teams, tenant_id, user_id)


async def has_custom_role(connection: Connection, tenant_id: int, role_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.has_custom_role, tenant_id, role_id))
