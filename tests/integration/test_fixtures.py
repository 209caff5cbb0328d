"""The database fixtures keep their word: migrated, and alone."""

from __future__ import annotations

import asyncpg
import pytest

from parley.store.migrate import check_current


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_database_of_its_own(database: str, turn: int) -> None:
    await check_current(database)
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE TABLE mine AS SELECT 1")
    finally:
        await connection.close()
