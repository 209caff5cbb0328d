"""Bulk actions: each target once and all or nothing, whichever server goes on, and as far as whoever asked may."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import asyncpg
import pytest

from parley.actions import ahead, change
from parley.actions import bulk_actions as actions
from parley.actions.context import Context
from parley.actions.edits import Edit
from parley.domain.principals import Ref
from parley.jobs import bulk_actions as job
from parley.store.bulk_actions import BULK_ACTIONS, BulkAction
from tests.integration.small_tenant import ADMINISTRATOR, AGENT, CONTACT, SmallTenant, small_tenant

ASKED = 35
ALL = range(1, ASKED + 1)
# A trigger that refuses one conversation as the database refuses what names something that was just deleted.
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING CONSTRAINT = 'conversations_tenant_id_stage_id_fkey';
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON conversations FOR EACH ROW WHEN (NEW.number = 3) EXECUTE FUNCTION refuse()
"""


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        for user_id, role in ((ADMINISTRATOR, "administrator"), (AGENT, "agent")):
            await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, $2)", user_id, role)
            await one.insert("memberships", user_id=user_id, name=role, role=role)
        await one.insert("inbox_members", inbox_id=1, user_id=AGENT)
        for number in range(1, ASKED + 1):
            await one.conversation(number, inbox_id=1 if number % 2 else 2)
        yield one


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction is old at once, so that it changes no others."""
    monkeypatch.setattr(actions, "OLD_S", 0)


async def ask(world: SmallTenant, wanted: Mapping[str, Any], user_id: int = ADMINISTRATOR, targets: Sequence[int] = ALL) -> int:
    principal = world.principal(user_id, can_write=True)
    return await actions.ask(Context(world.database, b""), principal, "Conversation", wanted, targets)


async def found(world: SmallTenant, number: int) -> BulkAction:
    async with world.database.read(world.tenant.id) as connection:
        return (await BULK_ACTIONS.get(connection, world.tenant.id, [number]))[number]


async def finish(world: SmallTenant, servers: int = 1) -> None:
    async def go_on() -> None:
        while await job.waiting_tenants(world.database):
            await job.go_on(world.database, world.tenant.id)

    await asyncio.gather(*(go_on() for _ in range(servers)))


async def test_several_servers_change_each_once(world: SmallTenant) -> None:
    number = await ask(world, {"status": "resolved"})
    assert await job.waiting_tenants(world.database) == [world.tenant.id]
    await finish(world, servers=4)
    row = await found(world, number)
    assert (row.state, row.total, row.done, row.failed) == ("done", ASKED, ASKED, 0)
    assert await world.total("conversations", "status = 'resolved'") == ASKED
    assert await world.total("events", "kind = 'conversation.updated'") == ASKED
    assert await world.total("events", "kind = 'bulk_action.finished'") == 1


async def errors(world: SmallTenant, number: int) -> dict[int, str]:
    return {one["id"]: one["error"] for one in json.loads((await found(world, number)).failures)}


async def told(world: SmallTenant, numbers: Sequence[int]) -> list[Any]:
    """What the timeline and the events say of these, each without its place and time."""
    sql = """
SELECT m.kind, m.author_kind, m.author_id, m.event_type, m.event::text, m.body, m.created_at = c.modified_at AS is_last,
       e.kind AS event_kind, e.actor_kind, e.actor_id, (e.data #- '{columns,modified_at}')::text AS data,
       e.data #> '{columns,modified_at}' IS NULL AS is_undated
FROM messages m JOIN conversations c USING (tenant_id) LEFT JOIN events e ON e.tenant_id = m.tenant_id AND e.message_id = m.id
WHERE c.number = m.conversation_number AND m.tenant_id = $1 AND m.conversation_number = $2 ORDER BY m.id"""
    return [[tuple(row) for row in await world.owner.fetch(sql, world.tenant.id, number)] for number in numbers]


async def test_a_step_ends_when_its_time_is_over(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask(world, {"status": "resolved"})
    monkeypatch.setattr(actions, "OLD_S", 0)
    assert await job.go_on(world.database, world.tenant.id) == actions.AT_ONCE
    monkeypatch.setattr(actions, "OLD_S", 60)
    assert await job.go_on(world.database, world.tenant.id) == ASKED - actions.AT_ONCE
    assert not await job.waiting_tenants(world.database)


@pytest.mark.usefixtures("brief")
async def test_between_two_steps_others_change_what_it_has_and_has_not_seen(world: SmallTenant) -> None:
    number = await ask(world, {"status": "pending"})
    assert await job.go_on(world.database, world.tenant.id) == actions.AT_ONCE
    row = await found(world, number)
    assert (row.state, row.done) == ("running", actions.AT_ONCE)
    me, context = world.principal(can_write=True), Context(world.database, b"")
    for seen_or_not in (1, ASKED):
        await asyncio.wait_for(change.edit(context, me, seen_or_not, change.Edit(status="resolved")), 5)
    await finish(world)
    statuses = await world.owner.fetch("SELECT number, status FROM conversations WHERE number = ANY ($1)", [1, ASKED])
    assert dict(map(tuple, statuses)) == {1: "resolved", ASKED: "pending"}


@pytest.mark.usefixtures("brief")
async def test_it_is_done_as_who_asked_who_may_have_left(world: SmallTenant) -> None:
    number = await ask(world, {"status": "pending"}, AGENT)
    await job.go_on(world.database, world.tenant.id)
    half = await found(world, number)
    seen = actions.AT_ONCE // 2
    assert (half.done, half.failed) == (seen, seen)  # every second one lies in an inbox that is not theirs
    await world.owner.execute("UPDATE memberships SET left_at = now() WHERE user_id = $1", AGENT)
    await finish(world)
    row = await found(world, number)
    assert (row.state, row.done, row.failed) == ("done", seen, ASKED - seen)
    assert "who asked for this has left the account" in row.failures


async def test_a_contact_of_many_conversations_goes_without_anybody_waiting_for_all(
    world: SmallTenant, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SLICE", 4)
    monkeypatch.setattr(ahead, "FEW", 2)
    await world.owner.execute("UPDATE conversations SET url_context = 'https://example.com'")
    me, context = world.principal(can_write=True), Context(world.database, b"")
    number = await actions.ask(context, me, "Contact", {"delete": True}, [CONTACT, 999])
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.fetch("SELECT FROM conversations WHERE number = 11 FOR UPDATE")
            work = asyncio.create_task(finish(world))
            async with asyncio.timeout(30):
                while await world.total("conversations", "url_context IS NOT NULL") > 1:
                    assert not work.done()
                    await asyncio.sleep(0.01)
            await asyncio.wait_for(change.edit(context, me, 1, Edit(title="meanwhile")), 10)
            assert not work.done()
        await asyncio.wait_for(work, 20)
    finally:
        await holder.close()
    row = await found(world, number)
    assert (row.state, row.done, row.failed) == ("done", 1, 1)
    assert await world.total("conversations", "url_context IS NULL") == ASKED
    assert await world.total("contacts", f"id = {CONTACT} AND state = 'deleted'") == 1


async def test_what_refuses_stays_as_it_is_and_the_others_of_its_batch_are_changed(world: SmallTenant) -> None:
    """A frozen one, one that is gone, and one from whose stage the diagram leads nowhere: that is found after its team was set."""
    await world.insert("stage_diagrams", id=1, leaf_type="conversation", name="d", is_default=True)
    for position, stage in enumerate((1, 2, 6)):
        await world.insert("stage_diagram_nodes", diagram_id=1, position=position, stage_id=stage, targets=[6] if stage == 1 else [])
    await world.owner.execute("UPDATE conversations SET is_frozen = true WHERE number = 2")
    await world.owner.execute("DELETE FROM conversations WHERE number = 4")
    await world.owner.execute("UPDATE conversations SET stage_id = 2 WHERE number = 6")
    number = await ask(world, {"status": "resolved", "team_id": 2, "assignee_id": AGENT, "add": ["new"]}, targets=range(1, 8))
    await finish(world)
    assert await errors(world, number) == {
        2: "The conversation is frozen and refuses changes other than unfreezing",
        4: "conversation CONV-4",
        6: "the stage diagram has no such transition",
    }
    for untouched in (2, 6):
        assert await told(world, [untouched]) == [[]]
    sql = "SELECT number FROM conversations WHERE (status, team_id, assignee_user_id) = ('resolved', 2, $1)"
    changed = await world.owner.fetch(sql, AGENT)
    assert sorted(row[0] for row in changed) == [1, 3, 5, 7]
    assert await world.total("conversations", "team_id IS NOT NULL OR assignee_user_id IS NOT NULL") == 4
    tagged = await world.owner.fetch("SELECT conversation_number FROM conversation_tags ORDER BY 1")
    assert [row[0] for row in tagged] == [1, 3, 5, 7]
    assert await world.total("events", "kind = 'conversation.updated'") == 2 * 4  # the team, and the rest
    assert await world.total("events", "kind = 'tag.created'") == 1


async def test_what_only_the_database_refuses_takes_nobody_else_along(world: SmallTenant) -> None:
    await world.owner.execute(REFUSE)
    number = await ask(world, {"status": "resolved", "add": ["new"]}, targets=range(1, 6))
    await finish(world)
    assert await errors(world, number) == {3: "stage: what it names was just deleted"}
    resolved = await world.owner.fetch("SELECT number FROM conversations WHERE status = 'resolved' ORDER BY 1")
    assert [row[0] for row in resolved] == [1, 2, 4, 5]
    assert await world.total("events", "kind = 'conversation.updated'") == 4
    assert await world.total("conversation_tags") == 4
    assert await told(world, [3]) == [[]]


@pytest.mark.usefixtures("brief")
async def test_a_label_is_made_once_and_only_for_what_carries_it(world: SmallTenant) -> None:
    await world.owner.execute("UPDATE conversations SET is_frozen = true")
    number = await ask(world, {"add": ["New"]})
    await finish(world)
    assert (await found(world, number)).failed == ASKED
    assert await world.total("tags", "lower(name) = 'new'") == 0
    await world.owner.execute("UPDATE conversations SET is_frozen = false")
    for name in ("New", "new"):
        await ask(world, {"add": [name]})
        await finish(world)
    assert await world.total("tags", "lower(name) = 'new'") == 1
    assert await world.total("events", "kind = 'tag.created'") == 1
    assert await world.total("conversation_tags") == ASKED
    assert await world.total("events", "kind = 'conversation.updated'") == ASKED  # the second one changed nothing


async def test_it_leaves_what_single_edits_leave(world: SmallTenant) -> None:
    """Twins: those of the bulk action, and as many that are edited one by one."""
    await world.insert("tags", id=70, name="old")
    for tagged in (2, 3, 12, 13):
        await world.insert("conversation_tags", conversation_number=tagged, tag_id=70, position=1)
    await world.owner.execute("UPDATE conversations SET status = 'resolved', stage_id = 6, inbox_id = 1 WHERE number IN (3, 13)")
    await world.owner.execute("UPDATE conversations SET assignee_user_id = $1 WHERE number IN (4, 14)", ADMINISTRATOR)
    await world.insert("conversation_owners", conversation_number=5, kind="user", id=AGENT, position=1)
    await world.insert("conversation_owners", conversation_number=15, kind="user", id=AGENT, position=1)
    await world.owner.execute("""UPDATE inboxes SET settings = '{"csat_survey_enabled": true}' WHERE id = 1""")
    await world.insert("tags", id=71, name="new")
    bulk, singles = range(1, 8), range(11, 18)
    await ask(world, {"status": "resolved", "assignee_id": AGENT, "add": ["new"], "remove": ["old"]}, targets=bulk)
    await finish(world)
    me, context = world.principal(can_write=True), Context(world.database, b"")
    for number in singles:
        remove = (70,) if number in (12, 13) else ()
        wanted = Edit(status="resolved", assignee=Ref("user", AGENT), tags_add=((71, None),), tags_remove=remove)
        await change.edit(context, me, number, wanted)
    entries = await told(world, bulk)
    assert entries == await told(world, singles)
    # The odd ones' inbox asks for an opinion, but of the third, which was resolved.
    assert [len(one) for one in entries] == [2, 1, 1, 1, 2, 1, 2]
    for table in ("conversations", "conversation_tags", "conversation_owners", "reporting_events", "conversation_facets"):
        counted = [await rows(world, table, numbers) for numbers in (bulk, singles)]
        assert counted[0] == counted[1], table


async def rows(world: SmallTenant, table: str, numbers: Sequence[int]) -> Counter[str]:
    """A table's rows of these conversations, the numbers counted from the first and no times or ids."""
    key = "number" if table == "conversations" else "conversation_number"
    found = await world.owner.fetch(f"SELECT to_jsonb(t) AS row FROM {table} t WHERE t.{key} = ANY ($1)", list(numbers))
    kept = []
    for (text,) in found:
        row = {name: value for name, value in json.loads(text).items() if not name.endswith("_at") and name not in ("id", "uuid", "value")}
        kept.append(json.dumps(row | {key: row[key] - numbers[0]}, sort_keys=True))
    return Counter(kept)


@pytest.mark.usefixtures("brief")
async def test_many_targets_take_no_more_statements_than_few(world: SmallTenant) -> None:
    wanted = {"status": "resolved", "assignee_id": AGENT, "add": ["new"], "team_id": 2}
    await ask(world, wanted, targets=[1])
    await ask(world, wanted, targets=[2, 3])
    await ask(world, wanted, targets=range(10, 10 + actions.AT_ONCE))
    taken = []
    for targets in (1, 2, actions.AT_ONCE):
        statements: list[str] = []
        holders = [holder._con for holder in world.database.pool._holders if holder._con is not None]  # type: ignore[attr-defined]
        log = statements.append
        for connection in holders:
            connection.add_query_logger(lambda query, log=log: log(query.query))
        assert await job.go_on(world.database, world.tenant.id) == targets
        for connection in holders:
            connection._query_loggers.clear()
        taken.append(len(statements))
    assert taken[1] == taken[2] > 0
