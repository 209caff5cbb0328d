"""Search over many nouns reads no table from end to end, as the server's role on a tenant of 20,000 conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley.domain.filters import ConversationFilter
from parley.domain.principals import Tenant
from parley.jobs.search import index_tenant
from parley.store.database import Connection
from parley.store.search_hits import SOURCES, Wanted
from parley.store.search_nouns import find_page, list_matching_messages
from tests.integration.small_tenant import CONTACT, SmallTenant, filled, opened, small_tenant

MANY = 20_000


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


@pytest.fixture(scope="module")
def many(module_database: str) -> Tenant:
    return filled(module_database, fill)


@pytest.fixture
async def large(module_database: str, many: Tenant) -> AsyncIterator[SmallTenant]:
    """Filled once for all tests, which only read it."""
    async with opened(module_database, many) as one:
        yield one


async def fill(world: SmallTenant) -> None:
    tenant_id = world.tenant.id
    await world.owner.execute(
        f"""
        SET parley.bulk = 'on';
        INSERT INTO conversations (tenant_id, number, title, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind,
                                   created_at, modified_at)
        SELECT {tenant_id}, i, CASE WHEN i % 2 = 0 THEN 'order number ' || md5(i::text) END, 1, 'open', 1, {CONTACT}, 'contact', 'contact',
               now() - i * interval '1 minute', now() - i * interval '1 minute'
        FROM generate_series(1, {MANY}) i;
        INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body)
        SELECT {tenant_id}, i, 'incoming', 'contact', {CONTACT}, 'parcel ' || md5((i * 7)::text) FROM generate_series(1, {MANY}) i;
        INSERT INTO companies (tenant_id, id, name) SELECT {tenant_id}, i, 'Company ' || md5(i::text) FROM generate_series(1, {MANY}) i;
        INSERT INTO parts (tenant_id, id, kind, name) VALUES ({tenant_id}, 9, 'product', 'A product');
        INSERT INTO works (tenant_id, id, kind, number, title, body, stage, state, part_id)
        SELECT {tenant_id}, i, 'ticket', i, 'Ticket ' || i, 'order ' || md5(i::text), 'queued', 'open', 9 FROM generate_series(1, {MANY}) i;
        INSERT INTO contacts (tenant_id, id, name)
        SELECT {tenant_id}, 100 + i, 'Contact ' || md5(i::text) FROM generate_series(1, {MANY}) i;
        INSERT INTO search_queue (tenant_id, conversation_number, message_id)
        SELECT {tenant_id}, i, 0 FROM generate_series(1, {MANY}) i;
        RESET parley.bulk;
        """
    )
    await index_tenant(world.owner, tenant_id)
    await world.owner.execute("ANALYZE")


async def scanned(connection: Connection) -> dict[str, int]:
    """Which big tables this transaction has read from end to end, and how often."""
    rows = await connection.fetch("SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
    big = {"conversations", "messages", "companies", "contacts", "search_chunks", "conversation_titles", "works", "work_titles"}
    return {name: count for name, count in rows if name in big}


async def test_no_big_table_is_read_from_end_to_end(large: SmallTenant) -> None:
    rare = (await large.owner.fetchval("SELECT md5('4242')"))[:12]
    said = (await large.owner.fetchval("SELECT md5((4243 * 7)::text)"))[:12]
    # The rare word is in a title, in a work's body, in a company's and a contact's name, and in a message whose conversation has "order"
    # too.
    for terms, expected in (((rare,), 5), ((said,), 1), (("order", rare), 3), (("parcel", said), 1)):
        async with large.database.read(large.tenant.id) as connection:
            nouns = dict.fromkeys(SOURCES)
            wanted = Wanted(nouns, terms, " ".join(terms), ConversationFilter())
            found = await find_page(connection, large.principal(), wanted, limit=10, budget_s=30)
            numbers = [row.id for row in found.rows if row.noun == "conversation"]
            await list_matching_messages(connection, large.principal(), numbers, terms, most=5)
            assert len(found.rows) == expected, terms
            assert await scanned(connection) == {}, terms
    async with large.database.read(large.tenant.id) as connection:
        await connection.fetchval("SELECT count(body) FROM messages")
        assert await scanned(connection) == {"messages": 1}, "a scan would have been seen"


async def test_a_title_is_found_as_it_is_now(world: SmallTenant) -> None:
    async def titled(*terms: str) -> list[int]:
        async with world.database.read(world.tenant.id) as connection:
            wanted = Wanted({"conversation": None}, terms, " ".join(terms), ConversationFilter())
            return [row.id for row in (await find_page(connection, world.principal(), wanted, limit=10, budget_s=30)).rows]

    await world.conversation(1, title="The ÉCOLE bus")
    await world.conversation(2)
    assert await titled("école", "BUS") == [1]
    await world.owner.execute("UPDATE conversations SET title = NULL WHERE number = 1")
    await world.owner.execute("UPDATE conversations SET description = 'by bus' WHERE number = 2")
    assert (await titled("école"), await titled("bus")) == ([], [2])
    await world.owner.execute("UPDATE conversations SET modified_at = now() WHERE number = 2")
    assert await titled("bus") == [2]
    await world.owner.execute("DELETE FROM conversations WHERE number = 2")
    assert await titled("bus") == []


async def test_a_work_is_found_as_it_is_now(world: SmallTenant) -> None:
    async def titled(*terms: str) -> list[tuple[int, int]]:
        async with world.database.read(world.tenant.id) as connection:
            wanted = Wanted({"work": None}, terms, " ".join(terms), ConversationFilter())
            found = await find_page(connection, world.principal(), wanted, limit=10, budget_s=30)
            return [(row.id, row.tier) for row in found.rows]

    await world.owner.execute(
        f"""
        INSERT INTO parts (tenant_id, id, kind, name) VALUES ({world.tenant.id}, 9, 'product', 'A product');
        INSERT INTO works (tenant_id, id, kind, number, title, body, stage, state, part_id)
        VALUES ({world.tenant.id}, 1, 'issue', 1, 'The ÉCOLE bus', 'is late', 'triage', 'open', 9)
        """
    )
    assert (await titled("école", "LATE"), await titled("the école")) == ([(1, 1)], [(1, 2)])
    written = "SELECT xmin::text FROM work_titles"
    before = await world.owner.fetchval(written)
    await world.owner.execute("UPDATE works SET stage = 'backlog', title = title")
    assert await world.owner.fetchval(written) == before, "a new stage writes no title"
    await world.owner.execute("UPDATE works SET body = NULL")
    assert (await titled("late"), await titled("bus")) == ([], [(1, 1)])
    await world.owner.execute("DELETE FROM works")
    assert (await titled("bus"), await world.owner.fetchval("SELECT count(*) FROM work_titles")) == ([], 0)


async def test_without_words_an_index_gives_each_page(large: SmallTenant) -> None:
    async with large.database.read(large.tenant.id) as connection:
        wanted = Wanted({"conversation": None}, (), "", ConversationFilter(is_spam=False))
        newest = await find_page(connection, large.principal(), wanted, limit=3, budget_s=30)
        assert [row.id for row in newest.rows] == [1, 2, 3]
        last = await find_page(connection, large.principal(), wanted, limit=3, backwards=True, budget_s=30)
        before = await find_page(connection, large.principal(), wanted, limit=3, position=last.before, backwards=True, budget_s=30)
        assert [row.id for row in (*before.rows, *last.rows)] == list(range(MANY - 5, MANY + 1))
        fetched = "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'conversations'"
        assert 0 < await connection.fetchval(fetched) < 50


async def test_a_common_word_is_counted_to_its_end(large: SmallTenant) -> None:
    async with large.database.read(large.tenant.id) as connection:
        wanted = Wanted({"conversation": None}, ("parcel",), "parcel", ConversationFilter(), "modified_at", "asc")
        found = await find_page(connection, large.principal(), wanted, limit=3, budget_s=30)
        assert [row.id for row in found.rows] == [MANY, MANY - 1, MANY - 2]
        seen, pages, position = 0, 0, None
        while pages == 0 or position is not None:
            page = await find_page(connection, large.principal(), wanted, limit=5_000, position=position, budget_s=30)
            seen, pages, position = seen + len(page.rows), pages + 1, page.after
        assert (seen, pages) == (MANY, 4)


async def test_the_function_refuses_another_tenant_and_unknown_nouns(world: SmallTenant) -> None:
    ask = "SELECT * FROM search_names($1, $2, ARRAY['%a%'])"
    async with world.database.read(world.tenant.id + 1) as stranger:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="asked inside a transaction of tenant"):
            await stranger.fetch(ask, world.tenant.id, "companies")
    async with world.database.read(world.tenant.id) as member:
        assert await member.fetch(ask, world.tenant.id, "companies") == []
        with pytest.raises(asyncpg.RaiseError, match="nothing is searched in tokens"):
            await member.fetch(ask, world.tenant.id, "tokens")
