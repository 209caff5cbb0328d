"""A step of an open transaction that can be undone without the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .database import Connection, is_open


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """Inside an open transaction: what the body raises undoes what it wrote, and nothing else. One may be inside another."""
    await connection.execute("SAVEPOINT inner_step")
    try:
        yield
    except BaseException:
        if is_open(connection):
            await connection.execute("ROLLBACK TO SAVEPOINT inner_step")
        raise
    await connection.execute("RELEASE SAVEPOINT inner_step")
