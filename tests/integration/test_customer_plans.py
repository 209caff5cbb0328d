"""Lists of customers go by an index as the server's role, whose policy would take it away from functions that leak."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from parley.store import control
from parley.store.companies import COMPANIES
from parley.store.contacts import CONTACTS
from parley.store.filter import Sql
from parley.store.nouns import Noun

ROWS = 20_000


@pytest.fixture
async def filled(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    tenant = await control.insert_tenant(connection, slug="big", name="Big")
    assert tenant.id == 1
    await connection.execute(
        f"""
        INSERT INTO companies (tenant_id, id, name, domains, external_refs, created_at)
        SELECT 1, i, 'c' || i, ARRAY['d' || i], ARRAY['r' || i], now() + i * interval '1 second' FROM generate_series(1, {ROWS}) i;
        INSERT INTO contacts (tenant_id, id, name, email, identifier, phone_number, company_id, created_at)
        SELECT 1, i, 'c' || i, 'E' || i || '@x.test', 'r' || i, '+' || i, i, now() + i * interval '1 second'
        FROM generate_series(1, {ROWS}) i;
        INSERT INTO contact_phone_numbers SELECT 1, i, '+9' || i, 1 FROM generate_series(1, {ROWS}) i;
        ANALYZE companies, contacts, company_values, contact_phone_numbers;
        """
    )
    await connection.execute("SET ROLE parley_app; SET parley.tenant_id = 1; SET plan_cache_mode = force_custom_plan")
    yield connection
    await connection.close()


CASES: list[tuple[Noun[Any], dict[str, Any], str]] = [
    (CONTACTS, {}, "contacts_created"),
    (CONTACTS, {"emails": ["e7@X.test"]}, "contacts_email_key"),
    (CONTACTS, {"external_refs": ["r7"]}, "contacts_identifier"),
    (CONTACTS, {"phone_numbers": ["+97"]}, "contact_phone_numbers_number"),
    (CONTACTS, {"places": ["company:7"]}, "contacts_company"),
    (COMPANIES, {}, "companies_created"),
    (COMPANIES, {"names": ["c7"]}, "companies_name"),
    (COMPANIES, {"domains": ["d7"]}, "company_values_pkey"),
    (COMPANIES, {"external_refs": ["r7"]}, "company_values_pkey"),
]


async def test_a_filter_goes_by_its_index(filled: asyncpg.Connection) -> None:
    for noun, asked, index in CASES:
        sql = Sql(1)
        text = f"{noun._select('n.created_at, n.id, ')}{noun._conditions(sql, asked)} ORDER BY n.created_at, n.id LIMIT 51"
        plan = "\n".join(row[0] for row in await filled.fetch(f"EXPLAIN {text}", *sql.parameters))
        assert index in plan, plan
        assert "Seq Scan on co" not in plan, plan
