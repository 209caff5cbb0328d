"""Merging two users of a tenant: all that refers to the secondary refers to the primary. Messages keep their author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..domain.principals import Ref
from . import queries
from .database import Connection

_SQL = queries.load("user_merge")


async def list_touched(connection: Connection, tenant_id: int, user_id: int, after: int, at_most: int | None) -> list[int]:
    """Numbers of the conversations that know the user, beyond one and ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_touched, tenant_id, user_id, after, at_most)]


async def move_conversations(
    connection: Connection, tenant_id: int, secondary: int, primary: int, numbers: Sequence[int], *, by: Ref, sentence: str, at: datetime
) -> int:
    """All that these conversations know of the secondary. Where they own or take part it gets an entry and event; how many these are."""
    records = await connection.fetch(_SQL.record_merge, tenant_id, secondary, primary, by.kind, by.id, sentence, at, numbers)
    told = [record[0] for record in records]
    await connection.execute(_SQL.move_assignments, tenant_id, secondary, primary, told, by.kind, by.id, at)
    await connection.execute(_SQL.drop_double_owners, tenant_id, secondary, primary, told)
    await connection.execute(_SQL.move_owners, tenant_id, secondary, primary, told)
    for copy, drop in (
        (_SQL.copy_participations, _SQL.drop_participations),
        (_SQL.copy_mentions, _SQL.drop_mentions),
        (_SQL.copy_drafts, _SQL.drop_drafts),
    ):
        await connection.execute(copy, tenant_id, secondary, primary, numbers)
        await connection.execute(drop, tenant_id, secondary, numbers)
    for move in (_SQL.move_private, _SQL.move_surveys):
        await connection.execute(move, tenant_id, secondary, primary, numbers)
    return len(told)


async def move_places(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """Teams, inboxes, parts, reports, identities and custom filters."""
    for copy, drop in ((_SQL.copy_teams, _SQL.drop_teams), (_SQL.copy_inboxes, _SQL.drop_inboxes)):
        await connection.execute(copy, tenant_id, secondary, primary)
        await connection.execute(drop, tenant_id, secondary)
    for move in (_SQL.move_parts, _SQL.move_team_owners, _SQL.move_reports, _SQL.move_identities, _SQL.move_custom_filters):
        await connection.execute(move, tenant_id, secondary, primary)
