"""The newest messages with a text, over all conversations, under a time budget."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.store.found_messages import WantedMessages, find_newest
from tests.integration.small_tenant import CONTACT, SmallTenant, small_tenant

CONVERSATIONS = 600


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        await one.owner.execute(
            f"""
            INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind,
                                       last_activity_at)
            SELECT {one.tenant.id}, i, 1, 'open', 1, {CONTACT}, 'contact', 'contact', timestamptz '2024-06-01' + i * interval '1 hour'
            FROM generate_series(1, {CONVERSATIONS}) i;
            INSERT INTO messages (tenant_id, id, conversation_number, kind, author_kind, author_id, body, created_at)
            SELECT {one.tenant.id}, i, i, 'incoming', 'contact', {CONTACT}, CASE WHEN i < 4 THEN 'zz ' || i ELSE 'hello' END,
                   timestamptz '2024-06-01' + i * interval '1 hour'
            FROM generate_series(1, {CONVERSATIONS}) i;
            """
        )
        yield one


async def test_a_text_that_no_index_can_narrow_is_walked_for(world: SmallTenant) -> None:
    async with world.database.read(world.tenant.id) as connection:
        found, complete = await find_newest(connection, world.principal(), WantedMessages("zz"), limit=2, offset=0, budget_s=30)
        assert ([one.body for one in found], complete) == (["zz 3", "zz 2"], True)
        found, complete = await find_newest(connection, world.principal(), WantedMessages("zz"), limit=2, offset=2, budget_s=30)
        assert ([one.body for one in found], complete) == (["zz 1"], True)


async def test_a_search_that_runs_out_of_time_says_so(world: SmallTenant) -> None:
    async with world.database.read(world.tenant.id) as connection:
        found, complete = await find_newest(connection, world.principal(), WantedMessages("zz"), limit=2, offset=0, budget_s=0)
        assert (found, complete) == ([], False)


async def test_a_text_that_no_message_can_hold(world: SmallTenant) -> None:
    async with world.database.read(world.tenant.id) as connection:
        assert await find_newest(connection, world.principal(), WantedMessages("\0"), limit=2, offset=0, budget_s=1) == ([], True)
