"""Search answers as if it read every message at this instant, whichever way it takes and however far the indexer is."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal, Ref
from parley.jobs.search import index_batch, index_tenant
from parley.store import search
from parley.store.chunks import queue_conversations
from parley.store.counts import Counts
from parley.store.order import PAGE_ORDERS
from tests.integration.small_tenant import AGENT, CONTACT, OTHER, SmallTenant, small_tenant

NEWEST = PAGE_ORDERS["last_activity_at_desc"]
START = datetime(2026, 1, 1, tzinfo=UTC)
READABLE = (
    "m.kind IN ('incoming', 'outgoing') AND m.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > now())"
    " AND (m.visibility <> 'private' OR m.author_kind || ':' || m.author_id = $2 OR $2 = ANY (m.private_to))"
)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def numbers(world: SmallTenant, text: str, who: Principal | None = None, *, limit: int | None = 100, offset: int = 0) -> list[int]:
    who = who or world.principal()
    async with world.database.read(world.tenant.id) as connection:
        asked = ConversationFilter(message_text=text)
        page = await search.page_numbers(connection, who, asked, NEWEST, limit=limit, offset=offset, budget_s=30)
        total = await search.count(connection, who, asked, budget_s=30)
    assert page.complete
    assert total.complete
    assert limit != 100 or total.all == len(page.numbers)
    return page.numbers


async def index(world: SmallTenant) -> None:
    await index_tenant(world.owner, world.tenant.id)
    assert await world.total("search_queue") == 0


@pytest.mark.parametrize("indexed", [False, True])
async def test_what_is_found_and_what_is_not(world: SmallTenant, indexed: bool) -> None:
    for number in range(1, 9):
        await world.conversation(number, last_activity_at=START + timedelta(days=number))
    await world.message(1, "Where is my PARCEL, École Élan?")
    await world.message(2, "a parcel", kind="outgoing", author_kind="user", author_id=AGENT)
    await world.message(3, "note about the parcel", visibility="internal", kind="outgoing")
    await world.message(4, "parcel", kind="template")
    await world.message(4, "parcel moved", kind="activity", event_type="annotated")
    await world.message(5, None, deleted_at=START)
    await world.message(6, "parcel for my eyes", visibility="private", author_kind="user", author_id=AGENT, private_to=[f"user:{OTHER}"])
    await world.message(7, "parcel, gone by now", expires_at=START)
    await world.message(8, "parcel, still here", expires_at=datetime(2100, 1, 1, tzinfo=UTC))
    if indexed:
        await index(world)
    assert await numbers(world, "parcel") == [8, 3, 2, 1]
    assert await numbers(world, "éCOLE éL") == [1]
    assert await numbers(world, "parcel", world.principal(AGENT, inbox_ids=(1,))) == [8, 6, 3, 2, 1]
    assert await numbers(world, "parcel", world.principal(OTHER, inbox_ids=(1,))) == [8, 6, 3, 2, 1]
    assert await numbers(world, "parcel", world.principal(OTHER, inbox_ids=(2,))) == []
    assert await numbers(world, "") == [8, 3, 2, 1]
    assert await numbers(world, "parcel", Principal(world.tenant, Ref("contact", CONTACT))) == [8, 2, 1]


@pytest.mark.parametrize("indexed", [False, True])
async def test_wildcards_live_and_a_lone_backslash_stands_for_itself(world: SmallTenant, indexed: bool) -> None:
    bodies = {1: "100% sure", 2: "100 percent", 3: "C:\\temp", 4: "ends in \\", 5: "half\x1fhalf", 6: "snake_case"}
    for number, body in bodies.items():
        await world.conversation(number, last_activity_at=START + timedelta(days=number))
        await world.message(number, body)
    await world.message(2, "exact")
    if indexed:
        await index(world)
    found = {
        "100%e": [2, 1],
        "100%t": [2],
        "100%x": [],  # not across the end of a message, although "exact" follows
        "100\\%": [1],
        "1_0": [2, 1],
        "snake\\_case": [6],
        "temp": [3],
        "C:\\\\temp": [3],
        "in \\": [4],
        "\\": [4, 3],
        "half\x1fhalf": [5],
        "percent\x1fexact": [],
        "percent_exact": [],
        "\0": [],
        "\ud800": [],
        "%": [6, 5, 4, 3, 2, 1],
    }
    assert {text: await numbers(world, text) for text in found} == found


async def test_pages_and_counts_follow_the_other_filters(world: SmallTenant) -> None:
    for number in range(1, 31):
        columns = {"assignee_user_id": [None, AGENT, OTHER][number % 3], "status": ["open", "resolved"][number % 2]}
        await world.conversation(number, inbox_id=1 + number % 2, last_activity_at=START + timedelta(days=number), **columns)
        await world.message(number, "hello there")
    await index(world)
    assert await numbers(world, "hello", limit=4, offset=26) == [4, 3, 2, 1]
    assert await numbers(world, "hello", limit=4, offset=30) == []
    assert await numbers(world, "hello", limit=None) == list(range(30, 0, -1))
    agent = world.principal(AGENT, inbox_ids=(1,))
    asked = ConversationFilter(message_text="hello", assignee="me", modified_after=datetime(2100, 1, 1, tzinfo=UTC))
    async with world.database.read(world.tenant.id) as connection:
        assert await search.count(connection, agent, asked, budget_s=9) == Counts(mine=5, assigned=10, unassigned=5, all=15)
        assert await search.count(connection, agent, replace(asked, message_text="he"), budget_s=9) == Counts(5, 10, 5, 15)
        page = await search.page_numbers(connection, agent, replace(asked, modified_after=None), NEWEST, limit=2, budget_s=9)
    assert page == search.SearchPage([28, 22], complete=True)


async def test_a_spent_budget_says_so(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_FIRST_BATCH", 2)
    monkeypatch.setattr(search, "_COUNT_BATCH", 2)
    for number in range(1, 10):
        await world.conversation(number, last_activity_at=START + timedelta(days=number))
        await world.message(number, "ab" if number in (1, 9) else "..")
    asked = ConversationFilter(message_text="ab")
    async with world.database.read(world.tenant.id) as connection:
        page = await search.page_numbers(connection, world.principal(), asked, NEWEST, limit=5, budget_s=0)
        assert page == search.SearchPage([9], complete=False)
        assert await search.count(connection, world.principal(), asked, budget_s=0) == Counts(0, 0, 1, 1, complete=False)
        page = await search.page_numbers(connection, world.principal(), asked, NEWEST, limit=5, budget_s=9)
        assert page == search.SearchPage([9, 1], complete=True)


@pytest.mark.parametrize("seed", range(4))
async def test_a_model_agrees_through_any_life_of_messages(world: SmallTenant, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Small bounds make every way of searching come up; the model is ILIKE over all messages."""
    monkeypatch.setattr(search, "_SHORT_QUEUE", 3 if seed % 2 else 1000)
    monkeypatch.setattr(search, "_MANY_HITS", 4)
    monkeypatch.setattr(search, "_MANY_COUNTED", 3 + seed % 5)
    monkeypatch.setattr(search, "_OFTEN", 3 + seed % 9)
    monkeypatch.setattr(search, "_WALKED", 3)
    monkeypatch.setattr(search, "_FIRST_BATCH", 2)
    monkeypatch.setattr(search, "_COUNT_BATCH", 3)
    dice = random.Random(seed)
    for number in range(1, 9):
        await world.conversation(number, last_activity_at=START + timedelta(days=dice.randrange(9)), inbox_id=1 + number % 2)
    viewers = [world.principal(), world.principal(AGENT, inbox_ids=(1,)), world.principal(OTHER, inbox_ids=(1, 2))]
    for _ in range(30):
        for _ in range(dice.randrange(6)):
            await change_something(world, dice)
        if dice.random() < 0.5:
            await index_batch(world.database, world.tenant.id)
        for text in ("", "abc", random_text(dice, 3), random_text(dice, 6), random_text(dice, 2)):
            await compare(world, dice.choice(viewers), text)


def random_text(dice: random.Random, length: int) -> str:
    return "".join(dice.choices("aAbc é%_\\\x1f", [9, 5, 9, 9, 3, 3, 2, 2, 1, 1], k=length))


async def change_something(world: SmallTenant, dice: random.Random) -> None:
    roll, tenant_id, number = dice.random(), world.tenant.id, dice.randrange(1, 9)
    if roll < 0.6:
        body = random_text(dice, dice.choice([0, 5, 40, 900, 2500]))
        private = {"visibility": "private", "author_kind": "user", "author_id": dice.choice([AGENT, OTHER])} if dice.random() < 0.2 else {}
        await world.message(number, body, **private)
        return
    statement = dice.choice(
        [
            "UPDATE messages m SET body = 'abc' || body",
            "UPDATE messages m SET body = NULL, deleted_at = now()",
            "UPDATE messages m SET visibility = CASE visibility WHEN 'private' THEN 'external' ELSE 'private' END",
            "UPDATE messages m SET expires_at = CASE WHEN expires_at IS NULL THEN now() - interval '1 day' END",
            "UPDATE messages m SET kind = CASE kind WHEN 'template' THEN 'incoming' ELSE 'template' END",
            f"UPDATE messages m SET conversation_number = {number}",
            "DELETE FROM messages m",
        ]
    )
    chosen = "SELECT id FROM messages WHERE tenant_id = $1 ORDER BY id OFFSET $2 LIMIT 1"
    total = max(await world.total("messages"), 1)
    await world.owner.execute(f"{statement} WHERE m.tenant_id = $1 AND m.id = ({chosen})", tenant_id, dice.randrange(total))


async def compare(world: SmallTenant, who: Principal, text: str) -> None:
    pattern = search.Pattern.of(text)
    assert pattern is not None
    inboxes = list(who.inbox_ids) or [1, 2, 3]
    rows = await world.owner.fetch(
        "SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.inbox_id = ANY ($4) AND EXISTS (SELECT FROM messages m"
        f" WHERE m.tenant_id = $1 AND m.conversation_number = c.number AND m.body ILIKE $3 AND {READABLE})"
        f" ORDER BY {NEWEST.sql()}",
        *(world.tenant.id, str(who.ref), pattern.like, inboxes),
    )
    expected = [row["number"] for row in rows]
    assert await numbers(world, text, who) == expected, text
    assert await numbers(world, text, who, limit=2, offset=1) == expected[1:3], text


async def test_writers_and_two_indexers_never_make_a_search_stale(world: SmallTenant) -> None:
    for number in range(1, 13):
        await world.conversation(number)
    stop = asyncio.Event()

    async def write(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            async with world.database.write(world.tenant.id) as connection:
                await insert_or_edit(connection, world.tenant.id, dice)
                await asyncio.sleep(dice.random() / 100)

    async def keep_indexing() -> None:
        while not stop.is_set():
            await index_batch(world.database, world.tenant.id)

    tasks = [asyncio.create_task(work) for work in (write(1), write(2), write(3), keep_indexing(), keep_indexing())]
    try:
        for _ in range(150):
            await compare_in_one_snapshot(world)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
    while await index_batch(world.database, world.tenant.id):
        pass
    assert await world.total("search_queue") == 0
    assert await world.total("search_chunks") > 0
    await compare_in_one_snapshot(world)


async def insert_or_edit(connection: asyncpg.Connection, tenant_id: int, dice: random.Random) -> None:
    word = dice.choice(["alpha", "beta", "gamma", "delta"])
    if dice.random() < 0.6:
        insert = "INSERT INTO messages (tenant_id, conversation_number, kind, body) VALUES ($1, $2, 'incoming', $3)"
        await connection.execute(insert, tenant_id, dice.randrange(1, 13), word)
    else:
        edit = (
            "UPDATE messages SET body = $2 WHERE tenant_id = $1 AND id = (SELECT id FROM messages WHERE tenant_id = $1"
            " ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED)"
        )
        await connection.execute(edit, tenant_id, word)


async def compare_in_one_snapshot(world: SmallTenant) -> None:
    model = "SELECT DISTINCT conversation_number FROM messages WHERE tenant_id = $1 AND body LIKE '%gamma%' ORDER BY 1"
    async with world.database.read(world.tenant.id) as connection:
        expected = [row[0] for row in await connection.fetch(model, world.tenant.id)]
        asked = ConversationFilter(message_text="gamma")
        page = await search.page_numbers(connection, world.principal(), asked, NEWEST, limit=None, budget_s=9)
        assert sorted(page.numbers) == expected


async def test_chunks_stay_inline_and_only_the_tail_is_rebuilt(world: SmallTenant) -> None:
    await world.conversation(1)
    for place in range(60):
        await world.message(1, f"message {place} " + "x" * 90)
    await world.message(1, "long " * 1000)
    await index(world)
    chunks = (
        "SELECT first_message_id, octet_length(text) AS bytes, ctid::text, xmin::text FROM search_chunks WHERE tenant_id = $1 ORDER BY 1"
    )
    before = await world.owner.fetch(chunks, world.tenant.id)
    assert [row["bytes"] <= 1800 for row in before] == [True] * (len(before) - 1) + [False]
    assert all(row["bytes"] > 1600 for row in before[:-2])
    await world.message(1, "and one more")
    await index(world)
    after = await world.owner.fetch(chunks, world.tenant.id)
    assert after[: len(before) - 1] == before[:-1]
    assert len(after) == len(before) + 1


async def test_new_messages_stand_alone_until_eight_are_packed(world: SmallTenant) -> None:
    await world.conversation(1)
    sizes = []
    for place in range(20):
        await world.message(1, f"message {place:02}")
        await index(world)
        sizes.append(await world.owner.fetchval("SELECT count(*) FROM search_chunks WHERE tenant_id = $1", world.tenant.id))
    assert sizes == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4]


async def test_the_ranges_of_chunks_never_overlap(world: SmallTenant) -> None:
    """A message that commits late, below ids already indexed, must not leave two chunks that hold the same message."""
    await world.conversation(1)
    ids = [await world.message(1, f"message {place}") for place in range(6)]
    await world.owner.execute("UPDATE messages SET body = NULL WHERE tenant_id = $1 AND id = ANY ($2)", world.tenant.id, ids[1::2])
    await index(world)
    for late in (ids[3], ids[1], ids[5]):
        await world.owner.execute("UPDATE messages SET body = 'came late' WHERE tenant_id = $1 AND id = $2", world.tenant.id, late)
        await index(world)
        ranges = await world.owner.fetch(
            "SELECT first_message_id, last_message_id FROM search_chunks WHERE tenant_id = $1 ORDER BY 1", world.tenant.id
        )
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ranges))
    assert await numbers(world, "came late") == [1]
    await world.owner.execute("UPDATE messages SET body = 'edited' WHERE tenant_id = $1 AND id = ANY ($2)", world.tenant.id, ids)
    await index(world)
    assert await numbers(world, "came late") == []


async def test_a_deleted_conversation_leaves_nothing_behind(world: SmallTenant) -> None:
    await world.conversation(1)
    await world.message(1, "hello")
    await index(world)
    await world.owner.execute("DELETE FROM conversations WHERE tenant_id = $1", world.tenant.id)
    assert (await world.total("search_chunks"), await world.total("search_queue")) == (0, 0)


async def test_a_bulk_load_queues_its_conversations_itself(world: SmallTenant) -> None:
    await world.conversation(1)
    async with world.owner.transaction():
        await world.owner.execute("SET LOCAL parley.bulk = 'on'")
        await world.message(1, "hello")
        assert await world.total("search_queue") == 0
        await queue_conversations(world.owner, world.tenant.id, [1])
    assert await numbers(world, "hello") == [1]
    await index(world)
    assert await numbers(world, "hello") == [1]


async def fill(world: SmallTenant, conversations: int) -> None:
    """Conversations with four messages each: "common" in every one, "medium" in each tenth, "rare" in one."""
    values = "$1, n, 1, 'open', 1, $2, 'contact', 'contact', now() + n * interval '1 second'"
    await world.owner.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind,"
        f" last_activity_at) SELECT {values} FROM generate_series(1, {conversations}) n",
        *(world.tenant.id, CONTACT),
    )
    words = "'common word ' || n || CASE WHEN n % 10 = 0 THEN ' medium' ELSE '' END || CASE WHEN n = 77 THEN ' rare' ELSE '' END"
    await world.owner.execute(
        f"INSERT INTO messages (tenant_id, conversation_number, kind, body) SELECT $1, n, 'incoming', {words}"
        f" FROM generate_series(1, {conversations}) n, generate_series(1, 4)",
        world.tenant.id,
    )
    await index(world)
    await world.owner.execute("VACUUM ANALYZE messages, search_chunks, search_queue, conversations")


async def scans(world: SmallTenant) -> dict[str, int]:
    """How often the message table was read whole, and the trigram index used."""
    async with world.database.control() as reader:
        await reader.execute("SELECT pg_stat_force_next_flush()")
    await world.owner.execute("SELECT pg_stat_force_next_flush()")  # or what it read while filling is told ten idle seconds later
    await world.owner.execute("SELECT pg_stat_clear_snapshot()")
    record = await world.owner.fetchrow(
        "SELECT t.seq_scan AS messages, i.idx_scan AS trigrams FROM pg_stat_user_tables t, pg_stat_user_indexes i"
        " WHERE t.relname = 'messages' AND i.indexrelname = 'search_chunks_text'"
    )
    return dict(record)


async def test_as_the_servers_role_the_index_is_used_and_messages_are_never_read_whole(world: SmallTenant) -> None:
    await fill(world, 6000)
    for number in (5, 6):
        await world.message(number, "a late medium one")  # queued, so these are read directly
    for text, total, uses_index in [
        ("rare", 1, True),
        ("medium", 602, True),
        ("common", 6000, True),
        ("mm", 6000, False),
        ("zz", 0, False),
    ]:
        before = await scans(world)
        assert len(await numbers(world, text, limit=None)) == total
        assert (await count_all(world, text)) == total
        after = await scans(world)
        assert after["messages"] == before["messages"], text
        assert (after["trigrams"] > before["trigrams"]) is uses_index, text


async def count_all(world: SmallTenant, text: str) -> int:
    async with world.database.read(world.tenant.id) as connection:
        return (await search.count(connection, world.principal(), ConversationFilter(message_text=text), budget_s=30)).all
