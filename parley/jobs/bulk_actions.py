"""Bulk actions go on a few targets at a time, so that nobody waits long for a conversation that one holds."""

from __future__ import annotations

from ..actions.bulk_actions import go_on as go_on_with
from ..actions.context import Context
from ..store.bulk_actions import tenants_with_bulk_actions
from ..store.database import Database

BATCH = 1
"""A transaction takes as many as there is time for: after any, there may be more."""


async def waiting_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return await tenants_with_bulk_actions(connection)


async def go_on(database: Database, tenant_id: int) -> int:
    """Returns how many targets were tried, 0 while another server is at them."""
    return await go_on_with(Context(database, b""), tenant_id)
