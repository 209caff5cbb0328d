"""The sweep of files: uploads that nobody attached within a day, and blobs that no row knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ..actions.context import utc_now
from ..domain.principals import SYSTEM
from ..store import events, loose_files
from ..store.blobs import Blobs
from ..store.database import Connection, Database

BATCH = 100
KEPT = timedelta(days=1)


class Sweep:
    """Rows first, their blobs in a later round: a blob without a row harms nobody, a row without its blob does."""

    def __init__(self, blobs: Blobs, clock: Callable[[], datetime] = utc_now) -> None:
        self.blobs = blobs
        self.clock = clock

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await loose_files.tenants_with_loose_files(connection, self.clock() - KEPT)

    async def sweep(self, database: Database, tenant_id: int) -> int:
        """Returns how much was swept of what there was most of."""
        async with database.write(tenant_id) as connection:
            rows = await self._rows(connection, tenant_id)
        async with database.write(tenant_id) as connection:
            keys = await loose_files.lock_due_blobs(connection, tenant_id, self.clock(), at_most=BATCH)
            for key in keys:
                await self.blobs.delete(key)
            await loose_files.delete_loose_blobs(connection, tenant_id, keys)
        return max(rows, len(keys))

    async def _rows(self, connection: Connection, tenant_id: int) -> int:
        now = self.clock()
        gone = await loose_files.delete_unattached(connection, tenant_id, now - KEPT, at_most=BATCH)
        for number in gone:
            event_id = await events.insert_event(connection, tenant_id, "attachment.deleted", SYSTEM, {"id": number}, now)
            await events.insert_tombstone(connection, tenant_id, "attachment", number, event_id, SYSTEM, now)
        awaited = await loose_files.delete_awaited_versions(connection, tenant_id, now - KEPT, at_most=BATCH)
        return max(len(gone), awaited)
