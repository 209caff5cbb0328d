"""A list of contacts goes by the index of its order, in both directions, and skips and counts inside it, as the server's role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from parley.store import contact_lists, control
from parley.store.contact_lists import SORTS, Sort

ROWS = 20_000


class Recorder:
    """Stands for a connection and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    async def execute(self, text: str) -> None:
        """A setting."""

    async def fetch(self, text: str, *parameters: Any) -> list[Any]:
        self.asked.append((text, parameters))
        return []

    async def fetchval(self, text: str, *parameters: Any) -> int:
        self.asked.append((text, parameters))
        return 0


@pytest.fixture(scope="module")
def large(module_database: str) -> str:
    """The DSN of a database that is filled once for all tests, which only read it."""
    asyncio.run(fill(module_database))
    return module_database


async def fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await control.insert_tenant(connection, slug="big", name="Big")
    await connection.execute(
        f"""
        INSERT INTO contacts (tenant_id, id, name, email, phone_number, last_activity_at, created_at, additional_attributes)
        SELECT 1, i, 'Name ' || i * 7919 % {ROWS}, CASE WHEN i % 3 > 0 THEN 'e' || i || '@x.test' END,
               CASE WHEN i % 3 = 0 THEN '+' || i END, CASE WHEN i % 2 = 0 THEN now() - i * interval '1 minute' END,
               now() + i * interval '1 second', CASE WHEN i % 4 > 0 THEN '{{}}' ELSE
                 jsonb_build_object('city', 'c' || i % 97, 'country', 'n' || i % 11, 'company_name', 'k' || i) END
        FROM generate_series(1, {ROWS}) i;
        """
    )
    await connection.execute("VACUUM ANALYZE contacts")
    await connection.close()


@pytest.fixture
async def filled(large: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(large)
    await connection.execute("SET ROLE parley_app; SET parley.tenant_id = 1; SET plan_cache_mode = force_custom_plan")
    yield connection
    await connection.close()


async def plan_of(connection: asyncpg.Connection, recorder: Recorder) -> str:
    text, parameters = recorder.asked[-1]
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {text}", *parameters))


async def test_each_order_goes_by_its_index_both_ways(filled: asyncpg.Connection) -> None:
    indexes = {"phone_number": "phone", "last_activity_at": "active", "created_at": "created", "company_name": "company"}
    for key in SORTS:
        for descending in (False, True):
            recorder = Recorder()
            await contact_lists.page_known(recorder, 1, [Sort(key, descending)], limit=15, offset=3000)  # type: ignore[arg-type]
            plan = await plan_of(filled, recorder)
            assert f"contacts_known_{indexes.get(key, key)}" in plan, plan
            assert "Sort" not in plan, plan


async def test_a_list_without_an_order_and_its_count_stay_inside_an_index(filled: asyncpg.Connection) -> None:
    recorder = Recorder()
    await contact_lists.page_known(recorder, 1, [], limit=15, offset=3000)  # type: ignore[arg-type]
    plan = await plan_of(filled, recorder)
    assert "contacts_pkey" in plan or "contacts_known" in plan, plan
    assert "Sort" not in plan, plan
    await contact_lists.count_known(recorder, 1)  # type: ignore[arg-type]
    assert "Index Only Scan using contacts_known" in await plan_of(filled, recorder)


async def test_a_search_goes_by_the_index_of_words(filled: asyncpg.Connection) -> None:
    recorder = Recorder()
    await contact_lists.search(recorder, 1, "e777@x", [], limit=16, offset=0)  # type: ignore[arg-type]
    plan = await plan_of(filled, recorder)
    assert "Function Scan on search_names" in plan, plan
    assert "Seq Scan on contacts" not in plan, plan
