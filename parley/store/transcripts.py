"""What was said in a conversation, answers to single entries included, as its contact saw it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("transcripts")
_PAGE = 500


class Said(NamedTuple):
    id: int
    author_kind: str
    author_id: int | None
    body: str | None
    attachment_count: int
    created_at: datetime


async def walk_said(connection: Connection, tenant_id: int, number: int) -> AsyncIterator[Said]:
    """Oldest first, and a page in memory at a time."""
    place = (datetime.min.replace(tzinfo=UTC), 0)
    while rows := [Said(*record) for record in await connection.fetch(_SQL.list_said, tenant_id, number, *place, _PAGE)]:
        for row in rows:
            yield row
        place = (rows[-1].created_at, rows[-1].id)
