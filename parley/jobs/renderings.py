"""Renderings (``store/renderings.py``): what reads encoded is kept a moment later, and what has gone cold is dropped in time.

Nothing cold is ever served, but it may hold what was since erased, so somebody comes by.
"""

from __future__ import annotations

from ..store import control, renderings
from ..store.database import Database
from ..store.keeper import Keeper

BATCH = 100
SWEPT = 2000
_START = (0, "")


class Keep:
    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    async def tenants(self, _database: Database) -> list[int]:
        return self._keeper.tenants()

    async def keep(self, database: Database, tenant_id: int) -> int:
        """Writes a batch of what was offered; returns how many."""
        taken = self._keeper.take(tenant_id, BATCH)
        async with database.write_quietly(tenant_id) as connection:
            await renderings.keep(connection, tenant_id, taken)
        return len(taken)


class Sweep:
    """Goes through all renderings of all tenants, a few at a time, and begins again."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[int, str]] = {}

    async def tenants(self, database: Database) -> list[int]:
        if not self._places:
            async with database.control() as connection:
                self._places = {tenant.id: _START for tenant in await control.list_tenants(connection)}
        return list(self._places)

    async def sweep(self, database: Database, tenant_id: int) -> int:
        """The next few of a tenant; returns 1 while it has more."""
        async with database.write_quietly(tenant_id) as connection:
            place = await renderings.sweep(connection, tenant_id, self._places[tenant_id], SWEPT)
        if place is None:
            del self._places[tenant_id]
            return 0
        self._places[tenant_id] = place
        return 1
