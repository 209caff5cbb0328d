"""Telling users: reads a tenant's events in their order, each once, and writes who is to be told of what."""

from __future__ import annotations

from ..store import events, notifications
from ..store.database import Database

BATCH = 1000


async def waiting_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return await notifications.list_waiting(connection)


async def notify(database: Database, tenant_id: int) -> int:
    """Reads a batch of events; returns how many, 0 while another worker does it."""
    async with database.write(tenant_id) as connection:
        after = await notifications.lock_head(connection, tenant_id)
        if after is None:
            return 0
        upto = min(await events.get_head(connection, tenant_id), after + BATCH)
        due = await notifications.list_due(connection, tenant_id, after, upto)
        await notifications.put_notifications(connection, tenant_id, due)
        await notifications.set_head(connection, tenant_id, upto)
    return upto - after
