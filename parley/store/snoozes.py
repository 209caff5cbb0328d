"""Conversations whose snooze is over."""

from __future__ import annotations

from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("snoozes")


async def tenants_to_wake(connection: Connection, now: datetime) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_to_wake, now)]


async def lock_due(connection: Connection, tenant_id: int, now: datetime, *, at_most: int) -> list[int]:
    """Numbers, locked until the transaction ends; a second server gets others."""
    return [record[0] for record in await connection.fetch(_SQL.lock_due, tenant_id, now, at_most)]
