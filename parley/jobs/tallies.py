"""The tally roll-up: keeps the rows that a count sums few. Counts are exact without it, only slower."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..store import counts
from ..store.database import Database

_GROWN_BY = 3000


class RollUp:
    """Rolls up the tenants that grew by thousands of rows since this process last did."""

    def __init__(self, grown_by: int = _GROWN_BY) -> None:
        self.grown_by = grown_by
        self.left: dict[int, int] = {}

    async def roll_up_grown(self, database: Database, stop: asyncio.Event) -> bool:
        """Returns whether any tenant had grown."""
        async with database.control() as connection:
            grown = self._grown(await counts.tally_sizes(connection))
        for tenant_id in grown:
            async with database.write(tenant_id) as connection:
                left = await counts.roll_up(connection, tenant_id)
            if left is not None:
                self.left[tenant_id] = left
        return bool(grown)

    def _grown(self, sizes: Mapping[int, int]) -> list[int]:
        return [tenant_id for tenant_id, size in sizes.items() if size - self.left.get(tenant_id, 0) > self.grown_by]
