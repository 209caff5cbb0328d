"""Merging two users of a tenant: all that refers to the secondary refers to the primary. Messages keep their author."""

from __future__ import annotations

from datetime import datetime

from ..domain.principals import Ref
from . import queries
from .database import Connection

_SQL = queries.load("user_merge")


async def move_conversations(
    connection: Connection, tenant_id: int, secondary: int, primary: int, *, by: Ref, sentence: str, at: datetime
) -> int:
    """Assignments, co-ownerships and participations, each conversation with its entry and event; how many it were."""
    records = await connection.fetch(_SQL.record_merge, tenant_id, secondary, primary, by.kind, by.id, sentence, at)
    numbers = [record[0] for record in records]
    await connection.execute(_SQL.move_assignments, tenant_id, secondary, primary, numbers, by.kind, by.id, at)
    await connection.execute(_SQL.drop_double_owners, tenant_id, secondary, primary, numbers)
    await connection.execute(_SQL.move_owners, tenant_id, secondary, primary)
    await connection.execute(_SQL.copy_participations, tenant_id, secondary, primary)
    await connection.execute(_SQL.drop_participations, tenant_id, secondary)
    return len(numbers)


async def move_places(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """Mentions, teams, inboxes, drafts, parts, reports, private entries, identities and custom filters."""
    for copy, drop in (
        (_SQL.copy_mentions, _SQL.drop_mentions),
        (_SQL.copy_teams, _SQL.drop_teams),
        (_SQL.copy_inboxes, _SQL.drop_inboxes),
        (_SQL.copy_drafts, _SQL.drop_drafts),
    ):
        await connection.execute(copy, tenant_id, secondary, primary)
        await connection.execute(drop, tenant_id, secondary)
    for move in (
        _SQL.move_parts,
        _SQL.move_team_owners,
        _SQL.move_reports,
        _SQL.move_private,
        _SQL.move_identities,
        _SQL.move_custom_filters,
        _SQL.move_surveys,
    ):
        await connection.execute(move, tenant_id, secondary, primary)
