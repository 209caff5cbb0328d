"""What a conversation starts from: its contact, and where the contact is reached there."""

from __future__ import annotations

from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("conversation_starts")


class StartContact(NamedTuple):
    id: int
    email: str | None
    phone_number: str | None
    blocked: bool


class StartPoint(NamedTuple):
    id: int
    contact_id: int
    inbox_id: int


async def get_contact(connection: Connection, tenant_id: int, contact_id: int) -> StartContact | None:
    record = await connection.fetchrow(_SQL.get_contact, tenant_id, contact_id)
    return StartContact(*record) if record else None


async def find_point(connection: Connection, tenant_id: int, source_id: str, inbox_id: int | None) -> StartPoint | None:
    """``inbox_id`` None looks in every inbox."""
    record = await connection.fetchrow(_SQL.find_point, tenant_id, source_id, inbox_id)
    return StartPoint(*record) if record else None


async def lock_point(connection: Connection, tenant_id: int, point_id: int) -> None:
    await connection.execute(_SQL.lock_point, tenant_id, point_id)


async def find_last(connection: Connection, tenant_id: int, point_id: int) -> int | None:
    """The number of the newest conversation with the contact point."""
    found: int | None = await connection.fetchval(_SQL.find_last, tenant_id, point_id)
    return found
