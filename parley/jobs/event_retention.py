"""Events are kept for some days: the feed begins later then. Nothing goes that rules, notifications or deliveries have not read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ..actions.context import utc_now
from ..store import event_retention
from ..store.database import Database

BATCH = 1000


class Sweep:
    """``days`` 0: events are kept for ever."""

    def __init__(self, days: int, clock: Callable[[], datetime] = utc_now) -> None:
        self._days = days
        self._clock = clock
        self._upto: dict[int, int] = {}

    async def tenants(self, database: Database) -> list[int]:
        if not self._days:
            return []
        async with database.control() as connection:
            self._upto = await event_retention.tenants_with_old_events(connection, self._before())
        return sorted(self._upto)

    async def sweep(self, database: Database, tenant_id: int) -> int:
        """One batch, from the oldest on; returns how many positions are gone."""
        async with database.write_quietly(tenant_id) as connection:
            upto = self._upto[tenant_id]
            return await event_retention.delete_old_events(connection, tenant_id, self._before(), upto=upto, at_most=BATCH)

    def _before(self) -> datetime:
        return self._clock() - timedelta(days=self._days)
