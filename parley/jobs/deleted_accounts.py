"""The end of tenants that were deleted: they were closed at once, and are emptied here."""

from __future__ import annotations

from ..store import accounts
from ..store.database import Database

BATCH = 2


async def deleted_tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return await accounts.list_deleted(connection)


async def empty_tenant(database: Database, tenant_id: int) -> int:
    """Deletes all of a tenant; the sweep of files takes its blobs after that. Returns 1."""
    async with database.write(tenant_id) as connection:
        await accounts.delete_tenant(connection, tenant_id)
    return 1
