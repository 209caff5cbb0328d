"""Plans are kept for look-ups by id inside one transaction only, and a connection goes back to the pool clean."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.store.database import Database, keep_plans, vary_plans


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Database]:
    """One connection, so that each block gets the one before."""
    opened = await Database.open(database, max_connections=1)
    yield opened
    await opened.close()


async def test_plans_are_kept_until_varied_or_the_end(pool: Database) -> None:
    async with pool.read(1) as connection:
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_custom_plan"
        await keep_plans(connection)
        assert await connection.fetchval("SHOW plan_cache_mode") == "auto"
        await vary_plans(connection)
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_custom_plan"
    async with pool.control() as connection:
        assert await connection.fetchval("SHOW plan_cache_mode") == "auto"
    async with pool.read(1, vary=False) as connection:
        assert await connection.fetchval("SHOW plan_cache_mode") == "auto"


async def test_nothing_of_a_request_is_left_on_its_connection(pool: Database) -> None:
    async with pool.control() as connection:
        await connection.execute("BEGIN; SET LOCAL parley.tenant_id = 7")
    async with pool.control() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT current_tenant()") is None
        assert await connection.fetchval("SELECT current_user") == "parley_app"
