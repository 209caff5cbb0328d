"""The event sequencer: gives committed events their public positions."""

from __future__ import annotations

from ..store import events
from ..store.database import Database

BATCH = 1000


async def unsequenced_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return [one.tenant_id for one in await events.tenants_with_work(connection) if one.unsequenced]


async def sequence_events(database: Database, tenant_id: int) -> int:
    """Numbers a batch of the tenant's committed events; returns how many, 0 while another worker does it."""
    async with database.write(tenant_id) as connection:
        return await events.give_positions(connection, tenant_id, at_most=BATCH) or 0
