"""Deleting events that are old, from the first position on, and noting from where on the feed is whole."""

from __future__ import annotations

from datetime import datetime

from . import queries
from .database import Connection

_SQL = queries.load("event_retention")


async def tenants_with_old_events(connection: Connection, before: datetime) -> dict[int, int]:
    """Tenants with the position up to which everybody has read their events; needs no tenant."""
    return {record[0]: record[1] for record in await connection.fetch(_SQL.tenants_with_old_events, before)}


async def delete_old_events(connection: Connection, tenant_id: int, before: datetime, *, upto: int, at_most: int) -> int:
    """Looks at ``at_most`` positions up to ``upto``; how many of them are old and no longer in the feed.

    What an audit log tells of, and what was handed out of a contact's personal data, stays in the table.
    """
    found = await connection.fetchrow(_SQL.find_end, tenant_id, upto, before, at_most)
    if found is None or found[0] is None:
        return 0
    await connection.execute(_SQL.delete_events, tenant_id, found[0])
    await connection.execute(_SQL.set_kept_after, tenant_id, found[0])
    return int(found[1])
