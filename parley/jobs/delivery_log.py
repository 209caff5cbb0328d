"""The delivery log is kept for a time: what ended before that goes, with its attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ..actions.context import utc_now
from ..store import deliveries
from ..store.database import Database

BATCH = 1000


class Sweep:
    def __init__(self, days: int, clock: Callable[[], datetime] = utc_now) -> None:
        self._kept = timedelta(days=days)
        self._clock = clock

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await deliveries.tenants_with_old_deliveries(connection, self._clock() - self._kept)

    async def sweep(self, database: Database, tenant_id: int) -> int:
        """Deletes a batch from the oldest on; returns how many."""
        async with database.write_quietly(tenant_id) as connection:
            return await deliveries.delete_old(connection, tenant_id, self._clock() - self._kept, at_most=BATCH)
