"""The search indexer: brings the chunks up to the messages. Searches are exact without it, only slower."""

from __future__ import annotations

import asyncio

from ..store import chunks
from ..store.database import Connection, Database, transaction
from ..store.events import tenants_with_work

# Queue rows: a live batch holds its locks shortly, a bulk one saves work.
_BATCH, _BULK_BATCH = 300, 5000


async def index_waiting(database: Database, stop: asyncio.Event) -> bool:
    """Indexes what is queued, a batch of each tenant in turn, until nothing is left or ``stop``; whether there was any."""
    indexed = False
    while not stop.is_set():
        async with database.control() as connection:
            waiting = [one.tenant_id for one in await tenants_with_work(connection) if one.unindexed]
        done = [await index_batch(database, tenant_id) for tenant_id in waiting]
        if not any(done):
            break
        indexed = True
    return indexed


async def index_batch(database: Database, tenant_id: int) -> int:
    """One batch of one tenant; 0 while another worker indexes it."""
    async with database.write(tenant_id) as connection:
        return await chunks.index_queued(connection, tenant_id, at_most=_BATCH) or 0


async def index_tenant(connection: Connection, tenant_id: int) -> int:
    """Everything queued of one tenant in large batches, each in its own transaction unless one is open; for bulk loads.

    Returns how many conversations were indexed.
    """
    total, done = 0, 1
    while done:
        async with transaction(connection, tenant_id):
            await chunks.prepare_bulk(connection)
            done = await chunks.index_queued(connection, tenant_id, at_most=_BULK_BATCH) or 0
        total += done
    return total
