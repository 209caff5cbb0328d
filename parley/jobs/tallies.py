"""The tally roll-up: keeps the rows that a count sums few. Counts are exact without it, only slower."""

from __future__ import annotations

from ..store import counts
from ..store.database import Database

_GROWN_BY = 3000


class RollUp:
    """Rolls up the tenants that grew by thousands of rows since this process last did."""

    def __init__(self, grown_by: int = _GROWN_BY) -> None:
        self.grown_by = grown_by
        self.left: dict[int, int] = {}

    async def grown_tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            sizes = await counts.tally_sizes(connection)
        return [tenant_id for tenant_id, size in sizes.items() if size - self.left.get(tenant_id, 0) > self.grown_by]

    async def roll_up(self, database: Database, tenant_id: int) -> int:
        """Returns how many rows the tenant's sums take, 0 while another worker adds them up."""
        async with database.write(tenant_id) as connection:
            left = await counts.roll_up(connection, tenant_id)
        if left is not None:
            self.left[tenant_id] = left
        return left or 0
