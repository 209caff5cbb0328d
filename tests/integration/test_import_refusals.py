"""What an import refuses, and what it makes of a source that lacks things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import asyncpg
import pytest
from typer.testing import CliRunner

from parley.cli.main import app
from parley.server.embedded import Cluster
from parley.store.chatwoot_source import SourceUnfit
from parley.transfer.chatwoot import ImportBusy, import_chatwoot
from parley.transfer.report import ImportRefused
from tests.integration.chatwoot_source import MINIMAL, Sides, execute, prepared, sides


@pytest.fixture(scope="module")
def minimal(server: Cluster) -> Iterator[str]:
    """A Chatwoot of nothing but the eight core tables, and few of their columns."""
    with prepared(server, lambda dsn: execute(dsn, MINIMAL)) as name:
        yield name


@pytest.fixture
async def both(server: Cluster, minimal: str, template: str) -> AsyncIterator[Sides]:
    async with sides(server, minimal, template) as both:
        yield both


async def test_the_core_tables_are_enough(both: Sides) -> None:
    report = await both.run()
    row = await both.here.fetchrow(
        "SELECT c.number, c.created_at, c.closed_at, c.assignee_user_id, i.kind, s.name, c.unread_count FROM conversations c"
        " JOIN inboxes i ON i.tenant_id = 1 AND i.id = c.inbox_id JOIN stages s ON s.tenant_id = 1 AND s.id = c.stage_id"
    )
    assert tuple(row or ()) == (1, datetime(2020, 1, 2, 3, 4, 5, 6, UTC), None, 99, "web_widget", "waiting_on_user", 1)
    assert report.tables["messages"].written == 2
    before = await both.content()
    assert (await both.run()).changes == 0
    assert await both.content() == before


async def test_without_taggings_labels_come_from_the_cached_list(both: Sides) -> None:
    await both.run()
    rows = await both.here.fetch(
        "SELECT t.name, t.is_label FROM conversation_tags g JOIN tags t ON t.tenant_id = 1 AND t.id = g.tag_id ORDER BY position"
    )
    assert [tuple(row) for row in rows] == [("vip", False), ("late", False)]


async def test_a_user_whom_rows_name_and_who_is_gone_becomes_a_deleted_one(both: Sides) -> None:
    await both.run()
    row = await both.here.fetchrow("SELECT name, state, left_at IS NOT NULL, email FROM memberships WHERE tenant_id = 1 AND user_id = 99")
    assert tuple(row or ()) == ("Deleted user", "deleted", True, None)
    assert await both.here.fetchval("SELECT author_id FROM messages WHERE id = 8") == 99


async def test_a_system_is_known_by_what_stays_the_same_in_it(both: Sides) -> None:
    first = (await both.run()).system
    await both.there.execute("UPDATE accounts SET name = 'New Name'; INSERT INTO users VALUES (6, 'Cy', NULL, now())")
    again = await both.run()
    assert again.system == first
    assert again.tables["tenants"].updated == 1
    assert "shop" not in first


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        ("DROP TABLE contact_inboxes, users", "no table users, contact_inboxes"),
        ("ALTER TABLE messages DROP COLUMN sender_type", "messages.sender_type"),
    ],
)
async def test_a_source_without_a_core_table_or_column_is_told(both: Sides, break_it: str, told: str) -> None:
    await both.there.execute(break_it)
    with pytest.raises(SourceUnfit, match=told):
        await both.run()
    assert await both.here.fetchval("SELECT count(*) FROM tenants") == 0


async def test_an_account_that_is_not_there_is_told(both: Sides) -> None:
    with pytest.raises(SourceUnfit, match="no account 7, 8"):
        await both.run(accounts=[1, 8, 7])


@pytest.mark.parametrize(
    "url", ["nonsense", "postgresql://somebody:s3cret-word@127.0.0.1:1/nowhere", "postgresql://u:s3cret-word@h:port/x"]
)
async def test_a_source_that_cannot_be_reached_is_told_without_its_password(both: Sides, url: str) -> None:
    with pytest.raises(SourceUnfit) as refused:
        await import_chatwoot(url, both.target)
    assert "s3cret-word" not in str(refused.value)


async def test_one_import_at_a_time(both: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.transfer.chatwoot.PATIENCE_S", 0.2)
    await both.here.execute("SELECT pg_advisory_lock(hashtext('parley import'))")
    with pytest.raises(ImportBusy):
        await both.run()


async def occupy(both: Sides) -> None:
    await both.here.execute(
        "INSERT INTO tenants (id, slug, name) VALUES (1, 'native', 'Native');"
        "INSERT INTO users (id, name, email) VALUES (5, 'Native', 'native@here.test'), (7, 'Other', 'Second@shop.test');"
        "SELECT setval('user_ids', 7), setval('tenant_ids', 1)"
    )
    await both.there.execute(
        "INSERT INTO users VALUES (8, 'Bo', 'second@shop.test', '2020-01-01'); INSERT INTO account_users VALUES (2, 1, 8, 0)"
    )


async def test_occupied_ids_are_all_listed_and_nothing_is_written(both: Sides) -> None:
    await occupy(both)
    before = await both.content()
    with pytest.raises(ImportRefused) as refused:
        await both.run()
    told = "\n".join(refused.value.conflicts)
    for part in ("account 1 (Old Shop)", "user 5 (Ada)", "user 8 (Bo): second@shop.test belongs to user 7", "--map-ids"):
        assert part in told
    assert await both.content() == before


async def test_map_ids_gives_fresh_ids_to_tenants_and_users_only(both: Sides) -> None:
    await occupy(both)
    report = await both.run(map_ids=True)
    tenant = report.accounts[1]
    assert tenant == 2
    users = await both.here.fetch(
        "SELECT u.id, u.name, u.email, m.email FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.tenant_id = 2 ORDER BY u.name"
    )
    ids = {row[1]: row[0] for row in users}
    assert ids["Ada"] not in (5, 7)
    assert ids["Bo"] == 8
    assert [tuple(row)[1:] for row in users if row[1] == "Bo"] == [("Bo", None, "second@shop.test")]
    found = await both.here.fetchrow("SELECT number, contact_id, inbox_id FROM conversations WHERE tenant_id = 2")
    assert tuple(found or ()) == (1, 3, 2)
    assert [row[0] for row in await both.here.fetch("SELECT id FROM messages WHERE tenant_id = 2 ORDER BY 1")] == [7, 8]
    assert await both.here.fetchval("SELECT name FROM users WHERE id = 5") == "Native"
    before = await both.content()
    assert (await both.run()).changes == 0
    assert await both.content() == before


async def test_another_database_that_looks_the_same_is_refused(both: Sides) -> None:
    """A copy that went its own way: its conversations of the same ids are others."""
    await both.there.execute("ALTER TABLE conversations ADD COLUMN uuid uuid DEFAULT gen_random_uuid()")
    await both.run()
    await both.there.execute("UPDATE conversations SET uuid = gen_random_uuid()")
    with pytest.raises(ImportRefused, match="other uuids"):
        await both.run()


async def test_rows_that_hang_on_nothing_are_skipped_and_told(both: Sides) -> None:
    await both.there.execute(
        "INSERT INTO messages VALUES (20, 1, 777, 0, 'lost', NULL, NULL, NULL, now());"
        "INSERT INTO contact_inboxes VALUES (21, 888, 2, 'lost'), (22, 3, 999, 'lost');"
        "INSERT INTO conversations VALUES (23, 1, 2, 2, 888, 0, NULL, NULL, NULL, now(), now())"
    )
    report = await both.run()
    assert report.tables["messages"].skipped == {"what it belongs to is gone in the source": 1}
    assert report.tables["contact_points"].skipped == {
        "what its inbox_id names is missing": 1,
        "what it belongs to is gone in the source": 1,
    }
    assert report.tables["conversations"].skipped == {"what its contact_id names is missing": 1}
    assert (await both.run()).changes == 0


async def test_json_that_jsonb_refuses_comes_in_without_what_it_refuses(both: Sides) -> None:
    attributes = r'"{\"a\": \"x\\u0000y\", \"b\": \"\\ud83d\"}"'
    await both.there.execute("INSERT INTO messages VALUES (30, 1, 6, 0, 'odd', $1, NULL, NULL, now())", attributes)
    await both.run()
    assert await both.here.fetchval("SELECT content_attributes ->> 'a' FROM messages WHERE id = 30") == "xy"
    assert await both.here.fetchval("SELECT content_attributes ->> 'b' FROM messages WHERE id = 30") == "\ufffd"


def test_the_command_reports_in_json_and_refuses_with_exit_code_1(
    server: Cluster, minimal: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", database)
    source = server.dsn_of(minimal)
    first = CliRunner().invoke(app, ["import", "chatwoot-db", source, "--account", "1", "--json"])
    assert first.exit_code == 0, first.output
    assert '"accounts":{"1":1}' in first.stdout
    told = CliRunner().invoke(app, ["import", "chatwoot-db", source])
    assert "nothing had changed" in told.stderr
    unknown = CliRunner().invoke(app, ["import", "chatwoot-db", source, "--account", "9"])
    assert unknown.exit_code == 1
    assert "no account 9" in unknown.stderr


async def test_the_servers_role_sees_what_was_imported(both: Sides) -> None:
    await both.run()
    connection = await asyncpg.connect(both.target, server_settings={"role": "parley_app", "parley.tenant_id": "1"})
    try:
        assert await connection.fetchval("SELECT count(*) FROM messages") == 2
    finally:
        await connection.close()
