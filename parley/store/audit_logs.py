"""The audit log: events that tell who changed how the account is set up."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("audit_logs")


class Audited(NamedTuple):
    """An event; ``data`` is JSON text, ``actor_name`` a user's e-mail address or else name."""

    id: int
    kind: str
    actor_kind: str
    actor_id: int | None
    actor_name: str | None
    conversation_number: int | None
    data: str
    created_at: datetime


async def list_audited(connection: Connection, tenant_id: int, *, limit: int, offset: int) -> list[Audited]:
    """Newest first."""
    return [Audited(*record) for record in await connection.fetch(_SQL.list_audited, tenant_id, limit, offset)]


async def count_audited(connection: Connection, tenant_id: int) -> int:
    return int(await connection.fetchval(_SQL.count_audited, tenant_id))
