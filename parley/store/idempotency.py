"""The answers to writes that came with an Idempotency-Key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("idempotency")
KEPT = timedelta(hours=24)


class KeptAnswer(NamedTuple):
    """A committed first answer."""

    request_hash: bytes
    status: int
    body: bytes


async def claim(connection: Connection, tenant_id: int, owner: str, key: str, request_hash: bytes, at: datetime) -> KeptAnswer | None:
    """None when the open transaction now owns the key, else the first answer. Waits for a twin whose transaction is open."""
    await connection.execute(_SQL.forget, tenant_id, at - KEPT)
    while await connection.fetchval(_SQL.begin, tenant_id, owner, key, request_hash, at, at - KEPT) is None:
        if record := await connection.fetchrow(_SQL.get_answer, tenant_id, owner, key):
            return KeptAnswer(*record)
    return None


async def finish(connection: Connection, tenant_id: int, owner: str, key: str, status: int, body: bytes) -> None:
    await connection.execute(_SQL.finish, tenant_id, owner, key, status, body)
