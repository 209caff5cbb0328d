"""The search indexer: brings the chunks up to the messages. Searches are exact without it, only slower."""

from __future__ import annotations

from ..store import chunks, events
from ..store.database import Connection, Database, transaction

# Conversations: a live batch is committed soon, a bulk one saves work.
BATCH, _BULK_BATCH = 500, 5000


async def unindexed_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return [one.tenant_id for one in await events.tenants_with_work(connection) if one.unindexed]


async def index_batch(database: Database, tenant_id: int) -> int:
    """Indexes a batch of what the tenant queued; returns how many conversations, 0 while another worker does it."""
    async with database.write(tenant_id) as connection:
        return await chunks.index_queued(connection, tenant_id, at_most=BATCH) or 0


async def index_tenant(connection: Connection, tenant_id: int) -> int:
    """Everything that the tenant queued, in large batches, each in its own transaction unless one is open; for bulk loads.

    Returns how many conversations were indexed.
    """
    total, done = 0, 1
    while done:
        async with transaction(connection, tenant_id):
            await chunks.prepare_bulk(connection)
            done = await chunks.index_queued(connection, tenant_id, at_most=_BULK_BATCH) or 0
        total += done
    return total
