"""Who was called to a conversation by a note in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("mentions")


async def list_mentionable(
    connection: Connection, tenant_id: int, inbox_id: int, user_ids: Sequence[int], team_ids: Sequence[int]
) -> list[int]:
    """Administrators and members of the inbox among these users and the members of these teams."""
    records = await connection.fetch(_SQL.list_mentionable, tenant_id, inbox_id, list(user_ids), list(team_ids))
    return [record[0] for record in records]


async def mention(connection: Connection, tenant_id: int, number: int, user_ids: Sequence[int], at: datetime) -> None:
    """Notes that they were mentioned; from then on they take part."""
    await connection.execute(_SQL.upsert_mentions, tenant_id, number, list(user_ids), at)
    await connection.execute(_SQL.insert_participants, tenant_id, number, list(user_ids))
