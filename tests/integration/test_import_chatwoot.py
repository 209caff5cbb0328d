"""What a first import brings, against the recorded Chatwoot database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from parley.jobs.doctor import examine
from parley.jobs.search import index_tenant
from parley.server.embedded import Cluster
from parley.store import control
from parley.transfer.chatwoot import import_chatwoot
from tests.integration.chatwoot_source import Sides, connected, copied, prepared, restore, sides


@pytest.fixture(scope="module")
def recorded(server: Cluster, shared: Path) -> Iterator[str]:
    dump = shared / "contracts/chatwoot/recordings/public/dump.sql"
    with prepared(server, lambda dsn: restore(dsn, dump)) as name:
        yield name


@pytest.fixture(scope="module")
def filled(server: Cluster, template: str, recorded: str) -> Iterator[str]:
    """A database with the recorded accounts in it."""
    with prepared(server, lambda dsn: import_chatwoot(server.dsn_of(recorded), dsn), template) as name:
        yield name


@pytest.fixture
async def both(server: Cluster, recorded: str, filled: str) -> AsyncIterator[Sides]:
    """Both as they are after the import: only for reading."""
    async with connected(server.dsn_of(recorded), server.dsn_of(filled)) as both:
        yield both


PAIRS = (
    ("tenants", "accounts", "TRUE"),
    ("users", "users", "TRUE"),
    ("memberships", "account_users", "t.left_at IS NULL"),
    ("custom_roles", "custom_roles", "TRUE"),
    ("inboxes", "inboxes", "TRUE"),
    ("inbox_members", "inbox_members", "TRUE"),
    ("teams", "teams", "TRUE"),
    ("team_members", "team_members", "TRUE"),
    ("tags", "labels", "t.is_label"),
    ("custom_fields", "custom_attribute_definitions", "TRUE"),
    ("campaigns", "campaigns", "TRUE"),
    ("sla_policies", "sla_policies", "TRUE"),
    ("contacts", "contacts", "TRUE"),
    ("contact_points", "contact_inboxes", "TRUE"),
    ("conversations", "conversations", "TRUE"),
    ("messages", "messages", "TRUE"),
    ("attachments", "attachments", "TRUE"),
    ("conversation_members", "conversation_participants", "TRUE"),
    ("mentions", "mentions", "TRUE"),
    ("sla_trackers", "applied_slas", "TRUE"),
    ("tokens", "access_tokens", "TRUE"),
)


@pytest.mark.parametrize(("ours", "theirs", "condition"), PAIRS)
async def test_every_row_came_in(both: Sides, ours: str, theirs: str, condition: str) -> None:
    there = await both.there.fetchval(f"SELECT count(*) FROM {theirs}")
    assert there > 0
    assert await both.here.fetchval(f"SELECT count(*) FROM {ours} t WHERE {condition}") == there


@pytest.mark.parametrize(
    ("ours", "key", "theirs", "their_key"),
    [
        ("users", "id", "users", "id"),
        ("contacts", "tenant_id, id", "contacts", "account_id, id"),
        ("inboxes", "tenant_id, id", "inboxes", "account_id, id"),
        ("teams", "tenant_id, id", "teams", "account_id, id"),
        ("messages", "tenant_id, id", "messages", "account_id, id"),
        ("conversations", "tenant_id, number, uuid", "conversations", "account_id, display_id, uuid"),
    ],
)
async def test_ids_are_kept(both: Sides, ours: str, key: str, theirs: str, their_key: str) -> None:
    there = await both.there.fetch(f"SELECT {their_key} FROM {theirs} ORDER BY {their_key}")
    here = await both.here.fetch(f"SELECT {key} FROM {ours} ORDER BY {key}")
    assert [tuple(row) for row in here] == [tuple(row) for row in there]


CLOCKS = {
    "created_at": "created_at",
    "modified_at": "updated_at",
    "last_activity_at": "last_activity_at",
    "snoozed_until": "snoozed_until",
    "first_reply_at": "first_reply_created_at",
    "waiting_since": "waiting_since",
    "agent_last_seen_at": "agent_last_seen_at",
    "assignee_last_seen_at": "assignee_last_seen_at",
    "contact_last_seen_at": "contact_last_seen_at",
}


async def test_conversations_keep_their_times_to_the_microsecond(both: Sides) -> None:
    there = await both.there.fetch(f"SELECT account_id, display_id, {', '.join(CLOCKS.values())} FROM conversations ORDER BY 1, 2")
    here = await both.here.fetch(f"SELECT tenant_id, number, {', '.join(CLOCKS)} FROM conversations ORDER BY 1, 2")
    assert [utc(row) for row in there] == [tuple(row) for row in here]
    assert any(value.microsecond % 1000 for row in here for value in row if isinstance(value, datetime))


async def test_messages_keep_their_times_and_words(both: Sides) -> None:
    there = await both.there.fetch(
        "SELECT account_id, id, created_at, updated_at, content, private, source_id FROM messages"
        " WHERE coalesce(content_attributes::text, '') NOT LIKE '%deleted%' ORDER BY 1, 2"
    )
    here = await both.here.fetch(
        "SELECT tenant_id, id, created_at, updated_at, body, visibility = 'internal', source_id FROM messages"
        " WHERE deleted_at IS NULL ORDER BY 1, 2"
    )
    assert len(here) > 2900
    assert [utc(row) for row in there] == [tuple(row) for row in here]


async def test_labels_come_in_the_order_of_the_cached_list(both: Sides) -> None:
    there = await both.there.fetch("SELECT account_id, display_id, coalesce(cached_label_list, '') FROM conversations ORDER BY 1, 2")
    here = await both.here.fetch(
        "SELECT c.tenant_id, c.number, coalesce((SELECT string_agg(t.name, ', ' ORDER BY g.position) FROM conversation_tags g"
        " JOIN tags t ON t.tenant_id = g.tenant_id AND t.id = g.tag_id"
        " WHERE g.tenant_id = c.tenant_id AND g.conversation_number = c.number), '') FROM conversations c ORDER BY 1, 2"
    )
    assert [tuple(row) for row in here] == [tuple(row) for row in there]
    assert sum("," in row[2] for row in here) > 20


async def test_a_name_without_a_definition_becomes_a_tag_that_is_no_label(both: Sides) -> None:
    found = dict(await both.here.fetch("SELECT name, is_label FROM tags WHERE tenant_id = 1 AND lower(name) = 'vip-gold'"))
    assert found == {"vip-gold": True, "VIP-Gold": False}


async def test_json_that_was_encoded_twice_is_decoded_twice(both: Sides) -> None:
    types = await both.here.fetch(
        "SELECT DISTINCT jsonb_typeof(content_attributes), jsonb_typeof(external_source_ids) FROM messages"
        " WHERE content_attributes IS NOT NULL"
    )
    assert {row[0] for row in types} == {"object"}
    assert {row[1] for row in types} <= {"object", None}
    slack = await both.here.fetchval("SELECT count(*) FROM messages WHERE external_source_ids ->> 'slack' LIKE 'cw-origin-%'")
    replies = await both.here.fetchval("SELECT count(*) FROM messages WHERE jsonb_typeof(content_attributes -> 'in_reply_to') = 'number'")
    there = await both.there.fetchval("SELECT count(*) FROM messages WHERE external_source_ids::text LIKE '%cw-origin-%'")
    assert slack == there > 0
    assert replies > 3


async def test_a_deleted_message_keeps_its_row_and_what_stands_in_its_place(both: Sides) -> None:
    rows = await both.here.fetch("SELECT body, content_attributes, deleted_at = updated_at FROM messages WHERE deleted_at IS NOT NULL")
    assert len(rows) == 63
    assert {tuple(row) for row in rows} == {("This message was deleted", '{"deleted": true}', True)}


async def test_custom_attributes_are_kept_word_for_word(both: Sides) -> None:
    for table, key in (("conversations", "display_id"), ("contacts", "id")):
        there = await both.there.fetch(
            f"SELECT account_id, {key}, custom_attributes FROM {table} WHERE custom_attributes <> '{{}}' ORDER BY 1, 2"
        )
        number = "number" if table == "conversations" else "id"
        here = await both.here.fetch(
            f"SELECT tenant_id, {number}, custom_fields -> 'tnt' FROM {table} WHERE custom_fields <> '{{}}' ORDER BY 1, 2"
        )
        assert [tuple(row) for row in here] == [tuple(row) for row in there]


async def test_attachments_have_their_files(both: Sides) -> None:
    row = await both.here.fetchrow(
        "SELECT file_type, file_name, content_type, byte_size, width, height FROM attachments WHERE file_name LIKE 'photo46%'"
    )
    assert tuple(row or ()) == ("image", "photo46.png", "image/png", 20046, 640, 526)
    wrong = await both.here.fetchval(
        "SELECT count(*) FROM messages m WHERE attachment_count <>"
        " (SELECT count(*) FROM attachments a WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id)"
    )
    assert wrong == 0


async def test_existing_tokens_stay_valid(both: Sides) -> None:
    for token, user_id, home in (
        ("TnbgFEykzo4uQVig9ooUdteQ", 11, 1),
        ("V5FvKmZFcBomUAQWeQYSvp4t", 15, 1),
        ("brrVumUiCVBw67mKCNCXjns3", 18, None),
    ):
        found = await control.find_token(both.here, token)
        assert found is not None
        assert (found.owner_kind, found.owner_id, found.tenant_id, found.scope) == ("user", user_id, home, "write")
    assert await control.find_token(both.here, "TnbgFEykzo4uQVig9ooUdteX") is None


async def test_stages_follow_the_table(both: Sides) -> None:
    """Told anew in Python from the source's rows, for every open conversation."""
    rows = await both.there.fetch(
        "SELECT c.account_id, c.display_id, m.message_type, m.sender_type FROM conversations c"
        " LEFT JOIN messages m ON m.conversation_id = c.id AND NOT m.private AND m.message_type IN (0, 1)"
        " WHERE c.status = 0 ORDER BY c.account_id, c.display_id, m.created_at, m.id"
    )
    expected: dict[tuple[int, int], str] = {}
    for account, number, kind, sender in rows:
        before = expected.setdefault((account, number), "new")
        if kind == 1 and sender == "User":
            expected[account, number] = "waiting_on_user"
        elif kind == 0 and before != "new":
            expected[account, number] = "needs_response"
    here = await both.here.fetch(
        "SELECT c.tenant_id, c.number, s.name FROM conversations c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.stage_id"
        " WHERE c.status = 'open'"
    )
    assert {(row[0], row[1]): row[2] for row in here} == expected
    assert set(expected.values()) == {"new", "needs_response", "waiting_on_user"}
    others = await both.here.fetch(
        "SELECT DISTINCT c.status, s.name FROM conversations c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.stage_id"
        " WHERE c.status <> 'open'"
    )
    assert {tuple(row) for row in others} == {("pending", "suspended"), ("snoozed", "hold"), ("resolved", "resolved")}


async def test_unread_is_counted_as_the_original_does(both: Sides) -> None:
    there = await both.there.fetch(
        "SELECT c.account_id, c.display_id, count(m.id) FROM conversations c"
        " LEFT JOIN messages m ON m.conversation_id = c.id AND m.message_type = 0"
        " AND (c.agent_last_seen_at IS NULL OR m.created_at > c.agent_last_seen_at) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    here = await both.here.fetch("SELECT tenant_id, number, unread_count FROM conversations ORDER BY 1, 2")
    assert [tuple(row) for row in here] == [tuple(row) for row in there]
    assert len({row[2] for row in here}) > 3


async def test_the_tallies_are_the_real_counts(both: Sides) -> None:
    tallied = await both.here.fetch(
        "SELECT tenant_id, status, inbox_id, assignee_user_id, sum(delta) FROM conversation_tallies"
        " GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0"
    )
    real = await both.here.fetch(
        "SELECT tenant_id, status, inbox_id, coalesce(assignee_user_id, 0), count(*) FROM conversations GROUP BY 1, 2, 3, 4"
    )
    assert sorted(map(tuple, tallied)) == sorted(map(tuple, real))


async def test_inboxes_keep_their_windows_and_no_secret(both: Sides) -> None:
    rows = await both.here.fetch(
        "SELECT id, kind, extract(epoch FROM reply_window)::int / 3600, channel, settings FROM inboxes WHERE tenant_id = 1 ORDER BY id"
    )
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (21, "web_widget", None), (22, "api", None), (23, "email", None), (24, "whatsapp", 24), (25, "api", 24),
    ]  # fmt: skip
    secrets = [
        row[0] for row in await both.there.fetch("SELECT hmac_token FROM channel_api UNION SELECT hmac_token FROM channel_web_widgets")
    ]
    assert len(secrets) == 6
    assert not any(secret in row["channel"] + row["settings"] for secret in secrets for row in rows)
    assert '"oZDhMumbVSbBg58dFdCL7gBB"' in rows[1]["channel"]


async def test_system_bots_come_only_to_those_who_use_them(both: Sides) -> None:
    rows = await both.here.fetch("SELECT tenant_id, id, kind FROM bots ORDER BY 1, 2")
    users = await both.there.fetch("SELECT DISTINCT account_id FROM messages WHERE sender_type = 'AgentBot' AND sender_id = 4")
    assert [(row[0], row[1], row[2]) for row in rows] == [(1, 3, "service_account"), *((row[0], 4, "system") for row in users)]


async def test_what_is_made_next_gets_an_id_above(both: Sides) -> None:
    here = both.here
    assert await here.fetchval("SELECT nextval('message_ids')") > await both.there.fetchval("SELECT max(id) FROM messages")
    assert await here.fetchval("SELECT nextval('user_ids')") == 26
    assert await here.fetchval("SELECT nextval('tenant_ids')") == 4
    assert await here.fetchval("SELECT next_id FROM allocators WHERE tenant_id = 1 AND kind = 'conversation'") == 263
    assert await here.fetchval("SELECT next_id FROM allocators WHERE tenant_id = 2 AND kind = 'tag'") == 60


async def test_the_import_tells_of_itself_once_per_tenant(both: Sides) -> None:
    assert [row[0] for row in await both.here.fetch("SELECT tenant_id FROM events WHERE kind = 'tenant.imported' ORDER BY 1")] == [1, 2, 3]
    units = await both.here.fetch("SELECT name, external_system_type, run_state FROM sync_units")
    assert {tuple(row) for row in units} == {("Chatwoot", "adaas", "completed")}
    assert await both.here.fetchval("SELECT count(*) FROM messages WHERE NOT is_imported") == 0
    assert await both.here.fetchval("SELECT count(*) FROM origins WHERE noun = 'message'") == 3054
    assert await both.here.fetchval("SELECT status FROM tenants WHERE id = 3") == "suspended"


async def test_running_again_changes_nothing_at_all(both: Sides) -> None:
    before = await both.content()
    report = await both.run()
    assert await both.content() == before
    assert report.changes == 0
    assert report.tables["messages"].unchanged == 3054


async def test_one_account_brings_its_people_only(server: Cluster, recorded: str, template: str) -> None:
    async with sides(server, recorded, template) as both:
        report = await both.run(accounts=[2])
        assert report.accounts == {2: 2}
        assert [row[0] for row in await both.here.fetch("SELECT id FROM users ORDER BY 1")] == [15, 23, 24]
        await both.run(accounts=[1, 3])
        everything = await both.here.fetchval("SELECT count(*) FROM conversations")
        assert everything == await both.there.fetchval("SELECT count(*) FROM conversations")


def utc(row: Any) -> tuple[Any, ...]:
    return tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)


async def test_the_doctor_finds_nothing_wrong_after_an_import(server: Cluster, recorded: str, template: str) -> None:
    async with copied(server, template) as dsn:
        await import_chatwoot(server.dsn_of(recorded), dsn)
        connection = await asyncpg.connect(dsn)
        for tenant_id in (1, 2, 3):
            await index_tenant(connection, tenant_id)
        await connection.close()
        assert await examine(dsn) == []
