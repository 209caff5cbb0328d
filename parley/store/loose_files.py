"""What the sweep takes: uploads that nobody attached, versions that never came, blobs that no row knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from . import queries
from .database import Connection, affected

_SQL = queries.load("loose_files")


async def tenants_with_loose_files(connection: Connection, unattached_before: datetime) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_loose_files, unattached_before)]


async def insert_loose_blob(connection: Connection, tenant_id: int, key: str, due_at: datetime) -> None:
    """Before the blob is written, so that no crash can leave one that nobody knows."""
    await connection.execute(_SQL.insert_loose_blob, tenant_id, key, due_at)


async def claim_blob(connection: Connection, tenant_id: int, key: str) -> bool:
    """False where the sweep was faster."""
    return affected(await connection.execute(_SQL.claim_blob, tenant_id, key)) > 0


async def hasten_blob(connection: Connection, tenant_id: int, key: str, due_at: datetime) -> None:
    await connection.execute(_SQL.hasten_blob, tenant_id, key, due_at)


async def lock_due_blobs(connection: Connection, tenant_id: int, now: datetime, *, at_most: int) -> list[str]:
    """Keys to delete; while the transaction lasts nobody can claim them."""
    return [record[0] for record in await connection.fetch(_SQL.lock_due_blobs, tenant_id, now, at_most)]


async def delete_loose_blobs(connection: Connection, tenant_id: int, keys: list[str]) -> None:
    await connection.execute(_SQL.delete_loose_blobs, tenant_id, keys)


async def delete_unattached(connection: Connection, tenant_id: int, before: datetime, *, at_most: int) -> list[int]:
    """The ids of the uploads that are gone now."""
    return [record[0] for record in await connection.fetch(_SQL.delete_unattached, tenant_id, before, at_most)]


async def delete_awaited_versions(connection: Connection, tenant_id: int, before: datetime, *, at_most: int) -> int:
    return affected(await connection.execute(_SQL.delete_awaited_versions, tenant_id, before, at_most))


async def list_blobs(connection: Connection, tenant_id: int) -> AsyncIterator[tuple[int, int, str]]:
    """Every stored version as (attachment, version, key), a thousand at a time."""
    place = (0, 0)
    while rows := await connection.fetch(_SQL.list_blobs, tenant_id, *place):
        for row in rows:
            yield row[0], row[1], row[2]
        place = (rows[-1][0], rows[-1][1])
