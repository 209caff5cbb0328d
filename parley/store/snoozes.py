"""Conversations whose snooze is over.

One that was over a day or more before this server first saw the tenant, and that nobody has touched since, came with an
import or a load: it stays as it is.
"""

from __future__ import annotations

from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("snoozes")


async def tenants_to_wake(connection: Connection, now: datetime) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_to_wake, now)]


async def insert_mark(connection: Connection, tenant_id: int, now: datetime) -> None:
    """The tenant is seen; only the first time counts."""
    await connection.execute(_SQL.insert_mark, tenant_id, now)


async def lock_due(connection: Connection, tenant_id: int, now: datetime, *, at_most: int) -> list[int]:
    """Numbers, locked until the transaction ends; a second server gets others."""
    return [record[0] for record in await connection.fetch(_SQL.lock_due, tenant_id, now, at_most)]
