"""Drafts: what a user has begun to write in a conversation and not sent."""

from __future__ import annotations

from datetime import datetime

from . import queries
from .database import Connection, affected

_SQL = queries.load("drafts")


async def get_draft(connection: Connection, tenant_id: int, user_id: int, number: int) -> str | None:
    found: str | None = await connection.fetchval(_SQL.get_draft, tenant_id, user_id, number)
    return found


async def put_draft(connection: Connection, tenant_id: int, user_id: int, number: int, message: str, at: datetime) -> bool:
    """False where it was the same before."""
    return affected(await connection.execute(_SQL.put_draft, tenant_id, user_id, number, message, at)) > 0


async def delete_draft(connection: Connection, tenant_id: int, user_id: int, number: int) -> bool:
    """False where there was none."""
    return affected(await connection.execute(_SQL.delete_draft, tenant_id, user_id, number)) > 0
