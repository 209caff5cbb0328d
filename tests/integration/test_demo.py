"""Demo tenants in a real database: complete, consistent, made once, whole or not at all.

The real chats are loaded in a slice here; tests/unit/test_demo.py counts all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import date
from typing import Any, TypeVar

import asyncpg
import pytest

from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal
from parley.domain.problems import Conflict
from parley.jobs import doctor
from parley.jobs.search import index_tenant
from parley.store import control, conversations, counts, load, principals, search
from parley.store.database import Connection, Database, snapshot
from parley.store.order import PAGE_ORDERS
from parley.transfer.demo import access, making, scale
from parley.transfer.demo.loading import Helpers

DAY = date(2026, 3, 1)
HELPERS = Helpers(index=index_tenant)
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture(scope="module")
def shop(module_database: str) -> str:
    """The DSN of a database with the support desk in it."""
    run(making.make_support(module_database, seed=1, day=DAY, helpers=HELPERS))
    return module_database


@pytest.fixture
async def owner(shop: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(shop)
    yield connection
    await connection.close()


async def everything(connection: Connection) -> dict[str, Any]:
    """Every table's rows as one hash each, tokens and derived upkeep apart."""
    tables = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    names = sorted({record[0] for record in tables} - {"tokens"})
    return {name: await connection.fetchval(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t") for name in names}


# What came with the two faces; the demo may get some of each.
NOT_YET_IN_THE_DEMO = {
    "automation_progress", "bulk_actions", "bulk_failures", "contact_import_failures", "contact_phone_numbers", "contact_presences",
    "customer_artifacts", "notification_heads", "notification_settings", "notifications", "org_schedule_versions", "part_tags",
    "push_subscriptions", "sla_references", "sla_workspaces", "stage_diagram_nodes", "stage_diagrams", "survey_responses",
    "team_contacts", "user_identities", "user_presences", "webhooks", "work_channels", "work_parts", "work_tags",
}  # fmt: skip


async def test_there_is_something_of_everything(owner: asyncpg.Connection) -> None:
    elsewhere = {"jobs", "platform_apps", "user_origins", "tenant_origins", "credentials", "attachment_versions", "loose_blobs"}
    elsewhere |= {"platform_permissibles", "wake_marks", "one_time_tokens", "login_attempts"}
    written_by_actions = {"events", "event_heads", "tombstones", "search_queue", "idempotency_keys"}
    written_by_actions |= {"delivery_heads", "deliveries", "delivery_attempts", "endpoints"}
    derived = {"renderings", "gone_versions"}
    empty = {name for name in await everything(owner) if not await owner.fetchval(f"SELECT count(*) FROM {name}")}
    assert empty <= elsewhere | written_by_actions | derived | NOT_YET_IN_THE_DEMO
    assert await owner.fetchval("SELECT count(*) FROM conversations") == 2000


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT DISTINCT s.name FROM conversations c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.stage_id",
            {"new", "suspended", "needs_response", "waiting_on_user", "hold", "resolved", "archived", "escalated"},
        ),
        ("SELECT DISTINCT stage FROM sla_trackers", {"breached", "completed", "paused", "running", "warning"}),
        ("SELECT DISTINCT status FROM sla_trackers", {"active", "hit", "missed", "active_with_misses"}),
        ("SELECT DISTINCT status FROM conversations", {"open", "pending", "snoozed", "resolved"}),
        ("SELECT DISTINCT kind FROM messages", {"incoming", "outgoing", "template", "activity"}),
        ("SELECT DISTINCT visibility FROM messages", {"external", "internal", "private"}),
        ("SELECT DISTINCT author_kind FROM messages", {"user", "contact", "bot", "system"}),
        ("SELECT DISTINCT body_type FROM messages", {"text", "snap_kit"}),
        ("SELECT DISTINCT sentiment FROM conversations", {1, 2, 3, 4, 5, None}),
        ("SELECT DISTINCT priority FROM conversations", {0, 1, 2, 3, None}),
        ("SELECT DISTINCT subtype FROM conversations", {"return", "incident", None}),
        ("SELECT DISTINCT kind FROM inboxes", {"web_widget", "email", "whatsapp", "api", "telegram"}),
        ("SELECT DISTINCT kind FROM conversation_members", {"user", "contact"}),
        ("SELECT DISTINCT kind FROM conversation_owners", {"user", "bot"}),
        ("SELECT DISTINCT in_status FROM origins", {"succeeded", "modified", "staged", "failed"}),
        ("SELECT DISTINCT jsonb_object_keys(custom_fields) FROM conversations", {"tnt", "ctype"}),
    ],
)
async def test_every_word_of_an_enum_appears(owner: asyncpg.Connection, query: str, expected: set[object]) -> None:
    assert {record[0] for record in await owner.fetch(query)} == expected


@pytest.mark.parametrize(
    "condition",
    [
        "SELECT FROM conversations WHERE is_spam", "SELECT FROM conversations WHERE is_frozen", "SELECT FROM contacts WHERE blocked",
        "SELECT FROM conversations WHERE is_creator_verified", "SELECT FROM conversations WHERE NOT is_creator_verified",
        "SELECT FROM conversations WHERE unread_count > 1", "SELECT FROM conversations WHERE assignee_bot_id IS NOT NULL",
        "SELECT FROM conversations WHERE snoozed_until > '2026-03-01'", "SELECT FROM conversations WHERE campaign_id IS NOT NULL",
        "SELECT FROM conversations WHERE url_context IS NOT NULL", "SELECT FROM conversations WHERE description IS NOT NULL",
        "SELECT FROM conversation_tags WHERE value IS NOT NULL", "SELECT FROM sla_metrics WHERE removed_at IS NOT NULL",
        "SELECT FROM memberships WHERE left_at IS NOT NULL", "SELECT FROM memberships WHERE custom_role_id IS NOT NULL",
        "SELECT FROM inboxes WHERE kind = 'whatsapp' AND reply_window = interval '24 hours'",
        "SELECT FROM messages WHERE private_to IS NOT NULL",
        "SELECT FROM messages WHERE thread_id IS NOT NULL", "SELECT FROM messages WHERE reply_count > 0",
        "SELECT FROM messages WHERE references_ IS NOT NULL", "SELECT FROM messages WHERE snap_widgets IS NOT NULL",
        "SELECT FROM messages WHERE labels IS NOT NULL AND panels IS NOT NULL",
        "SELECT FROM messages WHERE deleted_at IS NOT NULL AND body IS NULL",
        "SELECT FROM messages WHERE event -> 'deltas' -> 0 ->> 'field' = 'stage'", "SELECT FROM messages WHERE is_imported",
    ],
)  # fmt: skip
async def test_every_trait_appears(owner: asyncpg.Connection, condition: str) -> None:
    assert await owner.fetchval(f"SELECT EXISTS ({condition})")


DERIVED = """
SELECT c.number, c.created_at, c.status,
       c.last_activity_at = greatest(c.created_at, max(m.created_at) FILTER (WHERE m.visibility <> 'private')) AS last_activity_at,
       c.first_reply_at IS NOT DISTINCT FROM
         min(m.created_at) FILTER (WHERE m.kind = 'outgoing' AND m.visibility = 'external' AND m.author_kind = 'user') AS first_reply_at,
       c.last_incoming_at IS NOT DISTINCT FROM max(m.created_at) FILTER (WHERE m.kind = 'incoming') AS last_incoming_at,
       c.last_external_message_at IS NOT DISTINCT FROM
         max(m.created_at) FILTER (WHERE m.kind <> 'activity' AND m.visibility = 'external') AS last_external_message_at,
       c.unread_count = count(*) FILTER (
         WHERE m.kind = 'incoming' AND (c.agent_last_seen_at IS NULL OR m.created_at > c.agent_last_seen_at)) AS unread_count,
       c.waiting_since IS NOT DISTINCT FROM CASE WHEN c.status <> 'resolved' THEN (
         SELECT CASE WHEN r.id IS NULL THEN c.created_at ELSE min(w.created_at) END
         FROM (SELECT max(o.id) AS id FROM messages o WHERE o.tenant_id = c.tenant_id AND o.conversation_number = c.number
               AND o.kind = 'outgoing' AND o.visibility = 'external') r
         LEFT JOIN messages w ON w.tenant_id = c.tenant_id AND w.conversation_number = c.number AND w.kind = 'incoming' AND w.id > r.id
         GROUP BY r.id) END AS waiting_since,
       c.status = (SELECT s.chatwoot_status FROM stages s WHERE s.tenant_id = c.tenant_id AND s.id = c.stage_id) AS stage_status,
       (c.status = 'resolved') = (c.closed_at IS NOT NULL) AS closed_at,
       (c.status = 'snoozed') = (c.snoozed_until IS NOT NULL) AS snoozed_until,
       c.modified_at = c.last_activity_at AS modified_at
FROM conversations c JOIN messages m ON m.tenant_id = c.tenant_id AND m.conversation_number = c.number
GROUP BY c.tenant_id, c.number
"""


async def assert_derived(connection: Connection) -> int:
    """Every column that follows from the messages does; returns how many conversations there are."""
    records = await connection.fetch(DERIVED)
    wrong = {(key, record["number"]) for record in records for key, value in record.items() if value is False}
    assert not wrong
    return len(records)


async def test_what_follows_from_the_messages_does(owner: asyncpg.Connection) -> None:
    assert await assert_derived(owner) == 2000


async def test_the_last_change_of_stage_leads_to_the_stage(owner: asyncpg.Connection) -> None:
    wrong = await owner.fetch("""
        SELECT c.number, s.name, l.stage FROM conversations c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.stage_id
        CROSS JOIN LATERAL (
          SELECT m.event -> 'deltas' -> 0 -> 'new' ->> 'name' AS stage FROM messages m
          WHERE m.tenant_id = c.tenant_id AND m.conversation_number = c.number AND m.event -> 'deltas' -> 0 ->> 'field' = 'stage'
          ORDER BY m.id DESC LIMIT 1) l
        WHERE l.stage <> s.name""")
    assert not wrong


async def test_messages_of_a_conversation_have_ids_in_the_order_of_time(owner: asyncpg.Connection) -> None:
    assert not await owner.fetch("""
        SELECT FROM (
          SELECT m.created_at, lag(m.created_at) OVER (PARTITION BY m.conversation_number ORDER BY m.id) AS before FROM messages m
        ) o WHERE o.created_at < o.before""")


async def test_the_tags_of_the_timeline_are_on_the_conversation(owner: asyncpg.Connection) -> None:
    assert not await owner.fetch("""
        SELECT FROM messages m CROSS JOIN LATERAL jsonb_array_elements_text(m.event -> 'deltas' -> 0 -> 'new' -> 'values') v
        WHERE m.event -> 'deltas' -> 0 ->> 'field' = 'tags' AND NOT EXISTS (
          SELECT FROM conversation_tags t JOIN tags g ON g.tenant_id = t.tenant_id AND g.id = t.tag_id
          WHERE t.tenant_id = m.tenant_id AND t.conversation_number = m.conversation_number AND g.name = v)""")


def test_the_doctor_finds_nothing(shop: str) -> None:
    assert run(doctor.examine(shop)) == []


async def test_search_reads_the_index_and_nothing_waits_for_it(owner: asyncpg.Connection) -> None:
    assert await owner.fetchval("SELECT count(*) FROM search_queue") == 0
    assert await owner.fetchval("SELECT count(*) FROM search_chunks WHERE text LIKE '%quixote%'") > 0


def test_the_three_users_and_the_contact_see_what_is_theirs(shop: str) -> None:
    run(three_users_and_a_contact(shop))


async def three_users_and_a_contact(dsn: str) -> None:
    database = await Database.open(dsn, max_connections=2)
    made = await making.make_support(dsn, seed=1, day=DAY)
    known = await access.hand_out(database, made.tenant, made.people, making.CONTACT_ID)
    seen = {role: await visible(database, user["token"]) for role, user in known["users"].items()}
    contact = await visible(database, known["contact"]["token"])
    await database.close()
    assert len(seen["administrator"]) == 2000
    assert len(seen["agent"]) > 200
    assert len(seen["teammate"]) > 200
    assert not seen["agent"] & seen["teammate"]
    assert 20 < len(contact) < 100


async def visible(database: Database, token: str) -> set[int]:
    principal = await principal_of(database, token)
    async with database.read(principal.tenant.id) as connection:
        everything_seen = ConversationFilter()
        return set(
            await conversations.list_numbered_page(connection, principal, everything_seen, PAGE_ORDERS["created_at_asc"], limit=None)
        )


async def principal_of(database: Database, token: str) -> Principal:
    async with database.control() as connection, snapshot(connection):
        found = await control.find_caller(connection, token)
        assert found
        principal = await principals.get_principal(connection, found)
    assert principal
    return principal


def test_making_it_again_changes_nothing_but_the_tokens(shop: str) -> None:
    run(making_it_again(shop))


async def making_it_again(dsn: str) -> None:
    database = await Database.open(dsn, max_connections=2)
    made = await making.make_support(dsn, seed=1, day=DAY)
    first = await access.hand_out(database, made.tenant, made.people, making.CONTACT_ID)
    connection = await asyncpg.connect(dsn)
    before = await everything(connection)
    again = await making.make_support(dsn, seed=7, day=date(2026, 4, 1))
    second = await access.hand_out(database, again.tenant, again.people, making.CONTACT_ID)
    assert not again.is_new
    assert await everything(connection) == before
    for old, new in zip([*first["users"].values(), first["contact"]], [*second["users"].values(), second["contact"]], strict=True):
        assert {k: v for k, v in old.items() if k != "token"} == {k: v for k, v in new.items() if k != "token"}
        assert await control.find_token(connection, old["token"]) is None
        assert await control.find_token(connection, new["token"])
    await connection.close()
    await database.close()


async def test_two_databases_with_the_same_seed_and_day_hold_the_same_rows(owner: asyncpg.Connection, database: str) -> None:
    await making.make_support(database, seed=1, day=DAY, helpers=HELPERS)
    other = await asyncpg.connect(database)
    mine, theirs = await everything(owner), await everything(other)
    await other.close()
    own = {"server_secrets", "migrations", "tenants", "users", "credentials", "states", "stages", "schema_fragments"}
    own |= {"metric_definitions", "org_schedules"}  # have the real time
    own |= {"inboxes", "contact_points"}  # have secrets of their own
    assert {name for name in mine if mine[name] != theirs[name]} <= own


async def test_a_load_that_is_cut_off_leaves_nothing(database: str) -> None:
    connection = await asyncpg.connect(database)
    before = await everything(connection)

    def cut(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await making.make_support(database, seed=1, day=DAY, helpers=Helpers(progress=cut))
    assert await everything(connection) == before
    await connection.close()


async def test_a_tenant_that_is_no_demo_is_left_alone(database: str) -> None:
    async with load.owner(database) as connection:
        await control.insert_tenant(connection, slug="demo", name="Real customers")
    with pytest.raises(Conflict, match="'demo' already, and it is no demo"):
        await making.make_support(database, seed=1, day=DAY)


async def test_chitchat_is_consistent_and_keeps_its_times(database: str) -> None:
    made = await making.make_chitchat(database, first=300, helpers=HELPERS)
    connection = await asyncpg.connect(database)
    assert await assert_derived(connection) == 300
    first = await connection.fetchrow("SELECT min(created_at), max(created_at), count(*) FROM messages")
    stages = {record[0] for record in await connection.fetch("SELECT DISTINCT stage_id FROM conversations")}
    await connection.close()
    assert made.is_new
    assert str(first[0])[:10] == "2018-04-10"
    assert first[2] > 4000
    assert len(stages) >= 3
    assert await doctor.examine(database) == []
    assert not (await making.make_chitchat(database, first=300)).is_new


async def test_scale_loads_twenty_tenants_with_right_counts(database: str) -> None:
    made = await making.make_scale(database, conversations=2000, seed=1, day=DAY, helpers=HELPERS)
    assert made.tenant.slug == "scale"
    connection = await asyncpg.connect(database)
    sizes = [record[0] for record in await connection.fetch("SELECT count(*) FROM conversations GROUP BY tenant_id ORDER BY 1 DESC")]
    messages = await connection.fetchval("SELECT count(*) FROM messages")
    tallies = await connection.fetchrow("SELECT sum(delta), count(*) FROM conversation_tallies")
    assert await assert_derived(connection) == 2000
    await connection.close()
    assert (len(sizes), sum(sizes)) == (20, 2000)
    assert sizes[0] == pytest.approx(1500, abs=20)
    assert 9 < messages / 2000 < 12
    assert tallies[0] == 2000
    assert await doctor.examine(database) == []
    await known_words_are_found(database, made, big=sizes[0])


async def known_words_are_found(dsn: str, made: making.Made, *, big: int) -> None:
    database = await Database.open(dsn, max_connections=2)
    known = await access.hand_out(database, made.tenant, made.people, making.CONTACT_ID)
    principal = await principal_of(database, known["users"]["administrator"]["token"])
    async with database.read(made.tenant.id) as connection:
        asked = ConversationFilter(message_text=scale.RARE)
        page = await search.page_numbers(connection, principal, asked, PAGE_ORDERS["created_at_asc"], limit=5, budget_s=10)
        totals = await search.count(connection, principal, ConversationFilter(message_text=scale.COMMON), budget_s=10)
        everybody = await counts.count_conversations(connection, principal, ConversationFilter())
    await database.close()
    assert page.numbers[0] == 1
    assert big * 0.8 < totals.all < everybody.all == big


async def test_scale_of_the_same_size_is_kept_and_another_size_refused(database: str) -> None:
    await making.make_scale(database, conversations=200, seed=1, day=DAY)
    assert not (await making.make_scale(database, conversations=200, seed=1, day=DAY)).is_new
    with pytest.raises(Conflict, match="part of a load of 200 conversations"):
        await making.make_scale(database, conversations=300, seed=1, day=DAY)
