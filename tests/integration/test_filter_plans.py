"""A filter on an attribute that has an index reads no table from end to end, as the server's role on a tenant of 20,000 conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from parley.domain.conditions import Condition, Operator
from parley.domain.filters import ConversationFilter, TimeRange
from parley.store import found_customers
from parley.store.counts import roll_up
from parley.store.database import Connection
from parley.store.filtered import find_filtered
from parley.store.order import PAGE_ORDERS
from tests.integration.small_tenant import CONTACT, SmallTenant, small_tenant

MANY = 20_000
LATEST = PAGE_ORDERS["last_activity_at_desc"]


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        await _fill(one)
        yield one


async def _fill(world: SmallTenant) -> None:
    tenant_id = world.tenant.id
    await world.owner.execute(
        f"""
        SET parley.bulk = 'on';
        INSERT INTO contacts (tenant_id, id, name, email) SELECT {tenant_id}, 1000 + i, 'Contact ' || md5(i::text), i || '@mail.test'
        FROM generate_series(1, {MANY // 10}) i;
        INSERT INTO tags (tenant_id, id, name) VALUES ({tenant_id}, 71, 'rare');
        INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, team_id, assignee_user_id, priority,
                                   campaign_id, created_by_kind, modified_by_kind, created_at, last_activity_at)
        SELECT {tenant_id}, i, 1, (ARRAY['open', 'resolved', 'pending'])[1 + i % 3], 1 + i % 3, 1001 + i % {MANY // 10},
               CASE WHEN i % 500 = 0 THEN 1 END, CASE WHEN i % 4 > 0 THEN 1 + i % 300 END, CASE WHEN i % 200 = 0 THEN 3 END,
               CASE WHEN i % 100 = 0 THEN 7 END, 'contact', 'contact', timestamptz '2024-06-01' - i * interval '1 hour',
               timestamptz '2024-06-02' - i * interval '1 hour'
        FROM generate_series(1, {MANY}) i;
        INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id) SELECT {tenant_id}, i, 71 FROM generate_series(1, 20) i;
        RESET parley.bulk;
        """
    )
    await world.owner.execute("VACUUM ANALYZE")
    async with world.database.write(tenant_id) as connection:
        await roll_up(connection, tenant_id)


async def scanned(connection: Connection) -> set[str]:
    """Which big tables this transaction has read from end to end."""
    rows = await connection.fetch("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
    return {row[0] for row in rows} & {"conversations", "contacts", "messages"}


INDEXED: list[tuple[str, Operator, tuple[Any, ...], int]] = [
    ("status", "equal_to", ("open",), 6666),
    ("status", "not_equal_to", ("open",), 13334),
    ("assignee_id", "equal_to", (6,), 67),
    ("assignee_id", "is_not_present", (), 5000),
    ("inbox_id", "not_equal_to", (1,), 13334),
    ("team_id", "equal_to", (1,), 40),
    ("priority", "equal_to", (3,), 100),
    ("contact_id", "equal_to", (1005,), 10),
    ("number", "equal_to", (77, 78), 2),
    ("campaign_id", "is_present", (), 200),
    ("labels", "equal_to", ("rare",), 20),
    ("created_at", "is_greater_than", (date(2024, 5, 30),), 24),
    ("last_activity_at", "is_less_than", (date(2022, 3, 1),), 224),
]


async def test_an_attribute_with_an_index(world: SmallTenant) -> None:
    for attribute, operator, values, count in INDEXED:
        asked = ConversationFilter(conditions=((Condition(attribute, operator, values),),))
        async with world.database.read(world.tenant.id) as connection:
            counted, page = await find_filtered(connection, world.principal(), asked, LATEST, limit=25, offset=0)
            assert (counted.all, len(page)) == (count, min(25, count)), attribute
            assert await scanned(connection) == set(), attribute


async def test_contacts_and_their_conversations_are_found_by_the_trigram_index(world: SmallTenant) -> None:
    async with world.database.read(world.tenant.id) as connection:
        found = await found_customers.find_contacts(connection, world.tenant.id, "1999@mail", TimeRange(), limit=15, offset=0)
        numbers = await found_customers.find_conversations(connection, world.principal(), "1999@mail", TimeRange(), limit=15, offset=0)
        assert (found, len(numbers)) == ([2999], 10)
        assert await scanned(connection) == set()
        assert CONTACT not in found
