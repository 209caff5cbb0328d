"""What a conversation starts from: its inbox, its contact, and where the contact is reached there."""

from __future__ import annotations

from typing import NamedTuple

from . import queries
from .database import Connection
from .tenants import allocate_ids

_SQL = queries.load("conversation_starts")


class StartInbox(NamedTuple):
    """``is_single``: one conversation for each contact point. ``has_bot``: an active bot answers first."""

    id: int
    kind: str
    is_single: bool
    has_bot: bool


class StartContact(NamedTuple):
    id: int
    email: str | None
    phone_number: str | None
    blocked: bool


class StartPoint(NamedTuple):
    id: int
    contact_id: int
    inbox_id: int


async def get_inbox(connection: Connection, tenant_id: int, inbox_id: int) -> StartInbox | None:
    record = await connection.fetchrow(_SQL.get_inbox, tenant_id, inbox_id)
    return StartInbox(*record) if record else None


async def get_contact(connection: Connection, tenant_id: int, contact_id: int) -> StartContact | None:
    record = await connection.fetchrow(_SQL.get_contact, tenant_id, contact_id)
    return StartContact(*record) if record else None


async def find_point(connection: Connection, tenant_id: int, source_id: str, inbox_id: int | None) -> StartPoint | None:
    """``inbox_id`` None looks in every inbox."""
    record = await connection.fetchrow(_SQL.find_point, tenant_id, source_id, inbox_id)
    return StartPoint(*record) if record else None


async def insert_point(
    connection: Connection, tenant_id: int, *, contact_id: int, inbox_id: int, source_id: str, hmac_verified: bool
) -> None:
    """Where the inbox has the source id by now, nothing happens."""
    number = await allocate_ids(connection, tenant_id, "contact_point")
    await connection.execute(_SQL.insert_point, tenant_id, number, contact_id, inbox_id, source_id, hmac_verified)


async def lock_point(connection: Connection, tenant_id: int, point_id: int) -> None:
    await connection.execute(_SQL.lock_point, tenant_id, point_id)


async def find_last(connection: Connection, tenant_id: int, point_id: int) -> int | None:
    """The number of the newest conversation with the contact point."""
    found: int | None = await connection.fetchval(_SQL.find_last, tenant_id, point_id)
    return found
