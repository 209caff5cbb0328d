"""What of a conversation is new to who last looked at it."""

from __future__ import annotations

from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("last_seen")


async def find_newest(connection: Connection, tenant_id: int, number: int) -> datetime | None:
    """When the newest entry was written; None where there is none."""
    found: datetime | None = await connection.fetchval(_SQL.find_newest, tenant_id, number)
    return found


async def find_last_incoming(connection: Connection, tenant_id: int, number: int) -> datetime | None:
    found: datetime | None = await connection.fetchval(_SQL.find_last_incoming, tenant_id, number)
    return found


async def count_unread(connection: Connection, tenant_id: int, number: int, seen_at: datetime | None) -> int:
    """How many messages of the contact came after ``seen_at``; all of them when nobody has looked."""
    return int(await connection.fetchval(_SQL.count_unread, tenant_id, number, seen_at))
