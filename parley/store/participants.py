"""Who may take part in a conversation: the users among its members."""

from __future__ import annotations

from collections.abc import Iterable

from . import queries
from .database import Connection

_SQL = queries.load("participants")


async def list_with_access(connection: Connection, tenant_id: int, inbox_id: int, user_ids: Iterable[int]) -> set[int]:
    """Those of the users who belong to the inbox or administer the account."""
    return {record[0] for record in await connection.fetch(_SQL.list_with_access, tenant_id, inbox_id, list(user_ids))}


async def is_in_team(connection: Connection, tenant_id: int, team_id: int, user_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.is_in_team, tenant_id, team_id, user_id))
