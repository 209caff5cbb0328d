"""The doctor: proves that everything derived agrees with what it is derived from, and mends what does not."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from ..store import doctor, loose_files, migrate
from ..store.blobs import Blobs
from ..store.database import SESSION, Connection
from .search import index_tenant

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """``count`` things wrong of one kind; ``tenant_id`` None means the database as a whole."""

    name: str
    tenant_id: int | None
    count: int
    repaired: bool = False


async def examine(dsn: str, blobs: Blobs | None = None) -> list[Finding]:
    """What is wrong, changing nothing; files are looked at where ``blobs`` is given.

    Raises migrate.DatabaseTooNew, and migrate.UnfitDatabase for a database of no use.
    """
    return await _visit(dsn, blobs, repairing=False)


async def repair(dsn: str, blobs: Blobs | None = None) -> list[Finding]:
    """Mends what is wrong, while others may read and write, and returns what that was. Raises as ``examine``."""
    return await _visit(dsn, blobs, repairing=True)


async def _visit(dsn: str, blobs: Blobs | None, *, repairing: bool) -> list[Finding]:
    missing = await migrate.list_missing(dsn)
    if missing:
        if repairing:
            await migrate.migrate(dsn)
        else:
            return [Finding("migrations", None, len(missing))]
    connection = await asyncpg.connect(dsn, server_settings=SESSION | {"application_name": "parley doctor"})
    try:
        found = [await _check(connection, check, None, repairing) for check in doctor.WHOLE_CHECKS]
        for tenant_id in await doctor.list_tenant_ids(connection):
            found += [await _check(connection, check, tenant_id, repairing) for check in doctor.TENANT_CHECKS]
            found += [] if blobs is None else [await _missing_blobs(connection, tenant_id, blobs)]
    finally:
        await connection.close()
    return [Finding("migrations", None, len(missing), repaired=True)] * bool(missing) + [one for one in found if one.count]


async def _missing_blobs(connection: Connection, tenant_id: int, blobs: Blobs) -> Finding:
    """Files whose bytes should be here and are not; only a backup can bring them again."""
    keys = loose_files.list_blobs(connection, tenant_id)
    return Finding("missing_blobs", tenant_id, sum([1 async for _, _, key in keys if not await blobs.exists(key)]))


async def _check(connection: Connection, check: doctor.Check, tenant_id: int | None, repairing: bool) -> Finding:
    wrong = await check.find(connection, tenant_id)
    if not wrong or not repairing or check.name in doctor.UNMENDABLE:
        return Finding(check.name, tenant_id, len(wrong))
    await _mend(connection, check, tenant_id)
    return Finding(check.name, tenant_id, len(wrong), repaired=not await check.find(connection, tenant_id))


async def _mend(connection: Connection, check: doctor.Check, tenant_id: int | None) -> None:
    """In one snapshot with its search, so that a writer who comes between makes it start again, not write what is old."""
    for _ in range(_ATTEMPTS):
        try:
            async with connection.transaction(isolation="repeatable_read"):
                await check.mend(connection, tenant_id, await check.find(connection, tenant_id))
            break
        except asyncpg.SerializationError:
            continue
        except asyncpg.InsufficientPrivilegeError:
            return
    if check.name == "search_chunks" and tenant_id is not None:
        await index_tenant(connection, tenant_id)
