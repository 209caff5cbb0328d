"""The event sequencer: gives committed events their public positions."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from ..store import events
from ..store.database import Database

BATCH = 1000
# How often all tenants are asked; what this process wrote itself is known at once.
_LOOK_ROUND_S = 1.0


class Sequencer:
    """Knows which tenants this process wrote to, and looks now and then for what others left."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.looked_at = float("-inf")

    async def tenants(self, database: Database) -> list[int]:
        written = database.written.take()
        if self.clock() - self.looked_at < _LOOK_ROUND_S:
            return sorted(written)
        found = await unsequenced_tenants(database)
        self.looked_at = self.clock()
        return sorted(written | set(found))


async def unsequenced_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return [one.tenant_id for one in await events.tenants_with_work(connection) if one.unsequenced]


async def sequence_events(database: Database, tenant_id: int) -> int:
    """Numbers a batch of the tenant's committed events; returns how many, 0 while another worker does it."""
    async with database.write_quietly(tenant_id) as connection:
        given = await events.give_positions(connection, tenant_id, at_most=BATCH) or 0
    if given == BATCH:
        database.written.note(tenant_id)
    return given
