"""Importing again after changes on either side (design.md, "Decided once", 10)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from parley.server.embedded import Cluster
from parley.store import control
from parley.transfer.chatwoot import import_chatwoot
from tests.integration.chatwoot_source import Sides, execute, prepared, restore, sides

# Conversation 1012 of account 1 is number 3 there and here: pending, two labels, assigned to user 16.
ID, NUMBER = 1012, 3


@pytest.fixture(scope="module")
def recorded(server: Cluster, shared: Path) -> Iterator[str]:
    dump = shared / "contracts/chatwoot/recordings/public/dump.sql"
    with prepared(server, lambda dsn: shortened(dsn, dump)) as name:
        yield name


async def shortened(dsn: str, dump: Path) -> None:
    """The recorded database with a fifth of its conversations: every test here imports all of it several times."""
    await restore(dsn, dump)
    gone = "SELECT id FROM conversations WHERE display_id BETWEEN 50 AND 250"
    tables = ("messages", "mentions", "conversation_participants")
    await execute(dsn, f"DELETE FROM attachments WHERE message_id IN (SELECT id FROM messages WHERE conversation_id IN ({gone}))")
    await execute(dsn, f"DELETE FROM taggings WHERE taggable_type = 'Conversation' AND taggable_id IN ({gone})")
    await execute(dsn, "; ".join(f"DELETE FROM {table} WHERE conversation_id IN ({gone})" for table in tables))
    await execute(dsn, f"DELETE FROM conversations WHERE id IN ({gone})")


@pytest.fixture(scope="module")
def filled(server: Cluster, template: str, recorded: str) -> Iterator[str]:
    with prepared(server, lambda dsn: import_chatwoot(server.dsn_of(recorded), dsn), template) as name:
        yield name


@pytest.fixture
async def both(server: Cluster, recorded: str, filled: str) -> AsyncIterator[Sides]:
    """A source and what was imported from it, to change at will."""
    async with sides(server, recorded, filled) as both:
        yield both


async def conversation(both: Sides, columns: str, number: int = NUMBER) -> Any:
    row = await both.here.fetchrow(f"SELECT {columns} FROM conversations c WHERE tenant_id = 1 AND number = {number}")
    return row if row is None or len(row) > 1 else row[0]


async def changed_tables(both: Sides, before: dict[str, str]) -> set[str]:
    after = await both.content()
    return {table for table in after if after[table] != before[table]}


LABELS = (
    "(SELECT string_agg(t.name, ',' ORDER BY g.position) FROM conversation_tags g JOIN tags t ON t.tenant_id = 1 AND t.id = g.tag_id"
    " WHERE g.tenant_id = 1 AND g.conversation_number = c.number)"
)


async def test_a_change_there_comes_in_and_raises_the_version(both: Sides) -> None:
    await both.there.execute(f"UPDATE conversations SET priority = 1, team_id = 6 WHERE id = {ID}")
    before = await conversation(both, "version")
    report = await both.run()
    assert tuple(await conversation(both, "priority, team_id, version")) == (1, 6, before + 1)
    assert report.tables["conversations"].updated == report.changes == 1


async def test_nothing_but_what_changed_is_touched(both: Sides) -> None:
    before = await both.content()
    await both.there.execute("UPDATE contacts SET name = 'Someone Else' WHERE id = 1002")
    await both.run()
    assert await changed_tables(both, before) == {"contacts", "origins", "events", "sync_units"}
    assert await both.here.fetchval("SELECT count(*) FROM events WHERE kind = 'tenant.imported' AND tenant_id = 1") == 2


async def test_labels_and_participants_are_compared_although_updated_at_stands_still(both: Sides) -> None:
    await both.there.execute(
        f"DELETE FROM taggings WHERE taggable_type = 'Conversation' AND taggable_id = {ID};"
        f"INSERT INTO taggings (tag_id, taggable_type, taggable_id, context) VALUES (5, 'Conversation', {ID}, 'labels');"
        f"DELETE FROM conversation_participants WHERE conversation_id = {ID};"
        "INSERT INTO conversation_participants (account_id, user_id, conversation_id, created_at, updated_at)"
        f" VALUES (1, 12, {ID}, now(), now());"
        "INSERT INTO inbox_members (user_id, inbox_id, created_at, updated_at) SELECT 14, 23, now(), now()"
        " WHERE NOT EXISTS (SELECT FROM inbox_members WHERE user_id = 14 AND inbox_id = 23);"
    )
    await both.run()
    assert await conversation(both, LABELS) == "bug"
    members = await both.here.fetch(f"SELECT kind, id FROM conversation_members WHERE tenant_id = 1 AND conversation_number = {NUMBER}")
    assert [tuple(row) for row in members] == [("user", 12)]
    assert await both.here.fetchval("SELECT count(*) FROM inbox_members WHERE tenant_id = 1 AND user_id = 14 AND inbox_id = 23") == 1


async def test_an_edit_here_alone_stays_and_is_no_news(both: Sides) -> None:
    await both.here.execute(f"UPDATE conversations SET priority = 0 WHERE tenant_id = 1 AND number = {NUMBER}")
    before = await both.content()
    for theirs in (False, True):
        report = await both.run(theirs=theirs)
        assert report.changes == 0
        assert await both.content() == before


async def test_where_both_changed_ours_stays_and_is_told(both: Sides) -> None:
    await both.here.execute(f"UPDATE conversations SET priority = 0 WHERE tenant_id = 1 AND number = {NUMBER}")
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    before = await both.content()
    for _ in range(2):
        report = await both.run()
        assert report.tables["conversations"].kept_ids == [str(ID)]
        assert await both.content() == before


async def test_theirs_wins_where_asked(both: Sides) -> None:
    await both.here.execute(f"UPDATE conversations SET priority = 0, title = 'Ours' WHERE tenant_id = 1 AND number = {NUMBER}")
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    await both.run()
    report = await both.run(theirs=True)
    assert (report.tables["conversations"].updated, report.tables["conversations"].kept) == (1, 0)
    assert tuple(await conversation(both, "priority, title")) == (1, None)
    assert (await both.run()).changes == 0


async def test_a_tag_put_on_here_is_an_edit(both: Sides) -> None:
    await both.here.execute(f"INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id, position) VALUES (1, {NUMBER}, 57, 9)")
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    report = await both.run()
    assert report.tables["conversations"].kept == 1
    assert await conversation(both, LABELS) == "VIP-Gold,refund,unused-label"


async def test_a_read_mark_here_is_no_edit(both: Sides) -> None:
    await both.here.execute(
        f"UPDATE conversations SET agent_last_seen_at = now(), unread_count = 0 WHERE tenant_id = 1 AND number = {NUMBER}"
    )
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    report = await both.run()
    assert (report.tables["conversations"].updated, report.tables["conversations"].kept) == (1, 0)


async def test_the_stage_moves_only_with_the_sources_status(both: Sides) -> None:
    waiting = "UPDATE conversations SET stage_id = 4 WHERE tenant_id = 1 AND number = {}"
    await both.here.execute(waiting.format(NUMBER))
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    await both.run(theirs=True)
    assert tuple(await conversation(both, "stage_id, priority")) == (4, 1)
    await both.there.execute(f"UPDATE conversations SET status = 1, updated_at = '2026-01-02 03:04:05.000007' WHERE id = {ID}")
    await both.run()
    assert tuple(await conversation(both, "stage_id, status, closed_at::text")) == (6, "resolved", "2026-01-02 03:04:05.000007+00")
    await both.there.execute(f"UPDATE conversations SET status = 2 WHERE id = {ID}")
    await both.run()
    assert tuple(await conversation(both, "stage_id, status, closed_at")) == (2, "pending", None)


async def test_tallies_follow(both: Sides) -> None:
    await both.there.execute(f"UPDATE conversations SET status = 1, assignee_id = NULL WHERE id IN ({ID}, 1014)")
    await both.run()
    tallied = await both.here.fetch(
        "SELECT tenant_id, status, inbox_id, team_id, assignee_user_id, sum(delta) FROM conversation_tallies"
        " GROUP BY 1, 2, 3, 4, 5 HAVING sum(delta) <> 0"
    )
    real = await both.here.fetch(
        "SELECT tenant_id, status, inbox_id, coalesce(team_id, 0), coalesce(assignee_user_id, 0), count(*)"
        " FROM conversations GROUP BY 1, 2, 3, 4, 5"
    )
    assert sorted(map(tuple, tallied)) == sorted(map(tuple, real))


NEW_MESSAGE = (
    "INSERT INTO messages (id, content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at,"
    " sender_type, sender_id)"
    " SELECT {id}, '{text}', account_id, inbox_id, id, 0, now(), now(), 'Contact', contact_id FROM conversations WHERE id = {conversation}"
)


async def test_a_new_message_comes_in_with_what_follows_from_it(both: Sides) -> None:
    unread, version = await conversation(both, "unread_count, version")
    await both.there.execute(NEW_MESSAGE.format(id=99001, text="one more thing", conversation=ID))
    report = await both.run()
    assert report.tables["messages"].written == 1
    now_unread, now_version = await conversation(both, "unread_count, version")
    assert now_unread == unread + 1
    assert now_version > version
    queued = await both.here.fetchval(
        f"SELECT min(message_id) FROM search_queue WHERE conversation_number = {NUMBER} AND message_id = 99001"
    )
    assert queued == 99001
    assert (await both.run()).changes == 0


async def test_messages_of_both_sides_live_together(both: Sides) -> None:
    """The next id of both sides is the same: the one from there comes in under another, and is known by it ever after."""
    highest = await both.there.fetchval("SELECT max(id) FROM messages")
    taken = await both.here.fetchval(
        "INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body)"
        f" VALUES (1, {NUMBER}, 'outgoing', 'user', 16, 'ours') RETURNING id"
    )
    assert taken == highest + 1
    await both.there.execute(NEW_MESSAGE.format(id=taken, text="theirs", conversation=ID))
    report = await both.run()
    assert (report.tables["messages"].written, report.tables["messages"].renumbered) == (1, 1)
    bodies = await both.here.fetch(
        f"SELECT body FROM messages WHERE tenant_id = 1 AND conversation_number = {NUMBER} AND id >= $1 ORDER BY id", taken
    )
    assert [row[0] for row in bodies] == ["ours", "theirs"]
    await both.there.execute(f"UPDATE messages SET content = 'theirs, edited' WHERE id = {taken}")
    await both.run()
    bodies = await both.here.fetch(
        f"SELECT body FROM messages WHERE tenant_id = 1 AND conversation_number = {NUMBER} AND id >= $1 ORDER BY id", taken
    )
    assert [row[0] for row in bodies] == ["ours", "theirs, edited"]
    assert (await both.run()).changes == 0


async def test_a_number_taken_here_is_told_and_brought_in_when_asked(both: Sides) -> None:
    await both.here.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind)"
        " VALUES (1, 263, 1, 'open', 21, 1001, 'contact', 'contact');"
        "UPDATE allocators SET next_id = 264 WHERE tenant_id = 1 AND kind = 'conversation'"
    )
    await both.there.execute(
        "INSERT INTO conversations (id, account_id, inbox_id, status, created_at, updated_at, contact_id, display_id)"
        " VALUES (9000, 1, 21, 0, now(), now(), 1002, 263)"
    )
    await both.there.execute("UPDATE conversations SET display_id = 263 WHERE id = 9000")
    await both.there.execute(NEW_MESSAGE.format(id=99002, text="hello there", conversation=9000))
    report = await both.run()
    assert list(report.tables["conversations"].skipped.values()) == [1]
    assert report.tables["messages"].skipped == {"its conversation did not come in": 1}
    report = await both.run(map_ids=True)
    assert (report.tables["conversations"].written, report.tables["conversations"].renumbered) == (1, 1)
    assert await conversation(both, "contact_id", 264) == 1002
    assert await both.here.fetchval("SELECT conversation_number FROM messages WHERE tenant_id = 1 AND id = 99002") == 264
    assert (await both.run()).changes == 0


async def test_what_is_gone_there_goes_here_with_a_tombstone(both: Sides) -> None:
    gone = await both.here.fetchval("SELECT count(*) FROM messages WHERE tenant_id = 1 AND conversation_number = 1")
    before = await both.here.fetchval("SELECT count(*) FROM messages")
    number = await both.there.fetchval("SELECT id FROM conversations WHERE account_id = 1 AND display_id = 1")
    message = await both.there.fetchval(f"SELECT max(id) FROM messages WHERE conversation_id = {ID}")
    await both.there.execute(
        f"DELETE FROM messages WHERE conversation_id = {number} OR id = {message}; DELETE FROM conversations WHERE id = {number}"
    )
    report = await both.run()
    assert (report.tables["conversations"].deleted, report.tables["messages"].deleted) == (1, 1)
    assert await both.here.fetchval("SELECT count(*) FROM messages") == before - gone - 1
    tombstones = await both.here.fetch(
        "SELECT d.noun, d.id, d.deleted_by_kind, e.kind, e.conversation_number FROM tombstones d"
        " JOIN events e ON e.tenant_id = d.tenant_id AND e.id = d.event_id WHERE d.tenant_id = 1 ORDER BY d.noun"
    )
    assert [tuple(row) for row in tombstones] == [
        ("conversation", 1, "system", "conversation.deleted", 1),
        ("message", message, "system", "message.deleted", NUMBER),
    ]
    found = "EXISTS (SELECT FROM messages m WHERE m.tenant_id = o.tenant_id AND m.id = o.local_id)"
    lost = f"SELECT count(*) FROM origins o WHERE noun = 'message' AND NOT {found}"
    assert await both.here.fetchval(lost) == 0
    assert (await both.run()).changes == 0


async def test_what_is_gone_there_stays_where_it_was_edited_here(both: Sides) -> None:
    number = await both.there.fetchval("SELECT id FROM conversations WHERE account_id = 1 AND display_id = 1")
    other = await both.there.fetchval("SELECT id FROM conversations WHERE account_id = 1 AND display_id = 7")
    await both.here.execute("UPDATE conversations SET title = 'Ours now' WHERE tenant_id = 1 AND number = 1")
    await both.here.execute(
        "INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body)"
        " VALUES (1, 7, 'outgoing', 'user', 16, 'wait')"
    )
    await both.there.execute(
        f"DELETE FROM messages WHERE conversation_id IN ({number}, {other}); DELETE FROM conversations WHERE id IN ({number}, {other})"
    )
    report = await both.run()
    assert report.tables["conversations"].deleted == 0
    assert sum(report.tables["conversations"].skipped.values()) == 2
    assert await conversation(both, "title", 1) == "Ours now"


@pytest.mark.parametrize("forgotten", [False, True])
async def test_what_was_deleted_here_stays_deleted(both: Sides, forgotten: bool) -> None:
    said = await both.here.fetchval(f"SELECT count(*) FROM messages WHERE tenant_id = 1 AND conversation_number = {NUMBER}")
    await both.here.execute(f"DELETE FROM conversations WHERE tenant_id = 1 AND number = {NUMBER}")
    if forgotten:
        await both.here.execute(
            f"DELETE FROM origins WHERE tenant_id = 1 AND noun = 'conversation' AND local_id = {NUMBER};"
            f"INSERT INTO tombstones VALUES (1, 'conversation', {NUMBER}, 1, 'user', 11)"
        )
    await both.there.execute(f"UPDATE conversations SET priority = 1 WHERE id = {ID}")
    await both.there.execute(NEW_MESSAGE.format(id=99003, text="are you there", conversation=ID))
    report = await both.run()
    assert report.tables["conversations"].skipped == {"was deleted here since": 1}
    assert report.tables["messages"].skipped == {"its conversation did not come in": said + 1}
    assert await conversation(both, "number") is None
    await both.run(theirs=True)
    assert await conversation(both, "priority") == 1
    assert await both.here.fetchval("SELECT count(*) FROM tombstones") == 0
    back = await both.here.fetchval(f"SELECT count(*) FROM messages WHERE tenant_id = 1 AND conversation_number = {NUMBER}")
    assert back == said + 1


async def test_contacts_and_labels_follow(both: Sides) -> None:
    spare = await both.there.fetchval(
        "SELECT c.id FROM contacts c WHERE account_id = 1 AND NOT EXISTS (SELECT FROM conversations v WHERE v.contact_id = c.id) LIMIT 1"
    )
    await both.there.execute("DELETE FROM labels WHERE id IN (51, 57); UPDATE labels SET title = 'money-back' WHERE id = 56")
    await both.there.execute("UPDATE tags SET name = 'money-back' WHERE name = 'refund'")
    if spare:
        await both.there.execute(f"DELETE FROM contact_inboxes WHERE contact_id = {spare}; DELETE FROM contacts WHERE id = {spare}")
    report = await both.run()
    names = {row[0]: row[1] for row in await both.here.fetch("SELECT name, id FROM tags WHERE tenant_id = 1 AND is_label")}
    assert names["money-back"] == 56
    assert "unused-label" not in names
    assert await conversation(both, LABELS) == "VIP-Gold,money-back"
    assert dict(await both.here.fetch("SELECT name, is_label FROM tags WHERE tenant_id = 1 AND id = 51")) == {"billing": False}
    assert dict(await both.here.fetch("SELECT name, is_label FROM tags WHERE tenant_id = 2 AND name IN ('refund', 'money-back')")) == {
        "money-back": False
    }
    assert report.tables["tags"].skipped == {}
    assert (await both.run()).changes == 0
    if spare:
        assert await both.here.fetchval(f"SELECT count(*) FROM contacts WHERE tenant_id = 1 AND id = {spare}") == 0


async def test_a_loose_name_that_becomes_a_label_stays_one_tag(both: Sides) -> None:
    before = await both.here.fetchval("SELECT id FROM tags WHERE tenant_id = 1 AND name = 'VIP-Gold'")
    await both.there.execute("INSERT INTO labels (id, title, account_id, created_at, updated_at) VALUES (600, 'VIP-Gold', 1, now(), now())")
    report = await both.run()
    rows = await both.here.fetch("SELECT id, is_label FROM tags WHERE tenant_id = 1 AND name = 'VIP-Gold'")
    assert [tuple(row) for row in rows] == [(before, True)]
    assert report.tables["tags"].updated == 1
    assert (await both.run()).changes == 0


async def test_somebody_who_left_there_leaves_here_and_keeps_their_name(both: Sides) -> None:
    await both.there.execute(
        "DELETE FROM account_users WHERE user_id = 16; DELETE FROM users WHERE id = 13; DELETE FROM account_users WHERE user_id = 13"
    )
    await both.run()
    rows = await both.here.fetch(
        "SELECT user_id, name, state, left_at IS NULL FROM memberships WHERE tenant_id = 1 AND user_id IN (13, 16) ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [(13, "Chidi Okafor", "deleted", False), (16, "Fatima Zahra", "active", False)]
    assert await control.find_token(both.here, "2EAM6ycdDDWRiWHUpRtvxQu1") is None
    assert await conversation(both, "assignee_user_id") == 16
    left_at = "SELECT left_at FROM memberships WHERE tenant_id = 1 AND user_id = 16"
    before = await both.here.fetchval(left_at)
    assert (await both.run()).changes == 0
    await both.there.execute("UPDATE users SET name = 'Fatima Z.' WHERE id = 16")
    await both.run()
    assert await both.here.fetchval(left_at) == before


async def test_a_token_that_was_replaced_there_ends_here(both: Sides) -> None:
    await both.there.execute("UPDATE access_tokens SET token = 'replacedreplacedreplaced' WHERE owner_id = 16")
    await both.run()
    assert await control.find_token(both.here, "G1z9i9Jbvy5u65kauay86X32") is None
    found = await control.find_token(both.here, "replacedreplacedreplaced")
    assert found is not None
    assert found.owner_id == 16


async def test_a_password_chosen_here_is_kept(both: Sides) -> None:
    await both.there.execute("UPDATE users SET encrypted_password = '$2a$11$one' WHERE id IN (11, 12)")
    await both.run()
    await control.set_password(both.here, 11, "$argon2id$chosen-here")
    await both.there.execute("UPDATE users SET encrypted_password = '$2a$11$two' WHERE id IN (11, 12)")
    await both.run()
    hashes = await both.here.fetch("SELECT user_id, password_hash FROM credentials ORDER BY 1")
    assert [tuple(row) for row in hashes] == [(11, "$argon2id$chosen-here"), (12, "$2a$11$two")]
