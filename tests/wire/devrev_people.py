"""What the tests of people share: the world of ``devrev_world``, ready for users of our own, and a look into the database."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from parley.store import control
from tests.wire import devrev_world
from tests.wire.devrev_client import Devrev


def build(dsn: str, url: str) -> Devrev:
    world = asyncio.run(devrev_world.build(dsn))
    asyncio.run(_raise_ids(dsn))
    return Devrev(url, world.tokens)


async def _raise_ids(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET ROLE parley_owner")
    await control.raise_ids(connection)
    await connection.close()


def sql(dsn: str, text: str, *values: Any) -> list[Any]:
    """Runs a statement as the owner, who sees every tenant."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(text, *values)]
        finally:
            await connection.close()

    return asyncio.run(run())


def events(dsn: str, kind: str) -> list[Any]:
    """The data of this kind's events in the first tenant, as JSON text, oldest first."""
    return [row[0] for row in sql(dsn, "SELECT data::text FROM events WHERE tenant_id = 1 AND kind = $1 ORDER BY id", kind)]
