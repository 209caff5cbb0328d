"""The way from a command to its database: yours when PARLEY_DATABASE_URL is set, else the data folder's own.

A data folder that `parley serve` already runs is used as its guest, without disturbing it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from ..server import config
from ..server.embedded import attach_or_own
from ..store.database import Database
from ..store.migrate import migrate

T = TypeVar("T")


@contextmanager
def unmigrated(data: Path, command: str) -> Iterator[str]:
    """The DSN of the database as it is, for the block."""
    url = config.load(os.environ).database_url
    if url:
        yield url
        return
    with attach_or_own(data, command=f"parley {command}") as cluster:
        yield cluster.dsn


@contextmanager
def reach(data: Path, command: str) -> Iterator[str]:
    """The DSN of the database, brought to this version, for the block."""
    with unmigrated(data, command) as dsn:
        asyncio.run(migrate(dsn))
        yield dsn


def run(data: Path, command: str, work: Callable[[Database], Awaitable[T]]) -> T:
    """Reach the database, do the work on it, and return what it returns."""
    with reach(data, command) as dsn:
        return asyncio.run(_with_pool(dsn, work))


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Database]:
    """A small pool for the block, as the server's role."""
    database = await Database.open(dsn, max_connections=2)
    try:
        yield database
    finally:
        await database.close()


async def _with_pool(dsn: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async with opened(dsn) as database:
        return await work(database)
