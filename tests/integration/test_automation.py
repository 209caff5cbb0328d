"""The engine of automation rules: each event meets each rule once, whoever runs it and whenever they die."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from parley.actions import automation_rules as actions
from parley.actions import change, post
from parley.actions.context import Context, utc_now
from parley.jobs import automation, events
from parley.store.tenants import raise_allocator
from tests.integration.small_tenant import ADMINISTRATOR, SmallTenant, small_tenant

NOTE = {"action_name": "add_private_note", "action_params": ["seen"]}


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, 'Ada')", ADMINISTRATOR)
        await one.insert("memberships", user_id=ADMINISTRATOR, name="Ada", role="administrator")
        for number in range(1, 11):
            await one.conversation(number)
        async with one.database.write(one.tenant.id) as connection:
            await raise_allocator(connection, one.tenant.id, "conversation", 10)
        yield one


def context(world: SmallTenant) -> Context:
    return Context(world.database, b"")


async def rule(world: SmallTenant, event: str = "message_created", **more: Any) -> int:
    values = {"name": "R", "event_name": event, "conditions": [], "actions": [NOTE]} | more
    return await actions.create_rule(context(world), world.principal(can_write=True), values)


async def say(world: SmallTenant, number: int, body: str = "Hello") -> None:
    await post.post_message(context(world), world.principal(can_write=True), number, post.NewMessage(body=body))


async def run(world: SmallTenant) -> None:
    """Everything that is to be done now."""
    while await events.sequence_events(world.database, world.tenant.id):
        pass
    while await automation.Rules().run(world.database, world.tenant.id):
        pass


async def notes(world: SmallTenant) -> dict[int, int]:
    sql = "SELECT conversation_number, count(*) FROM messages WHERE tenant_id = $1 AND visibility = 'internal' GROUP BY 1 ORDER BY 1"
    return {row[0]: row[1] for row in await world.owner.fetch(sql, world.tenant.id)}


async def test_an_event_meets_a_rule_once_and_what_a_rule_does_meets_none(world: SmallTenant) -> None:
    await say(world, 1, "before the rule")
    number = await rule(world)
    await say(world, 2)
    await run(world)
    await run(world)
    assert await notes(world) == {2: 1}  # the note is a message too, and set off nothing
    ran = await world.owner.fetchrow("SELECT data, rule_id, actor_kind FROM events WHERE kind = 'automation_rule.ran'")
    assert (msgspec.json.decode(ran["data"])["id"], ran["rule_id"], ran["actor_kind"]) == (number, number, "system")
    marked = await world.owner.fetchval("SELECT array_agg(DISTINCT kind ORDER BY kind) FROM events WHERE rule_id = $1", number)
    assert marked == ["automation_rule.ran", "message.created"]


async def test_two_rules_that_answer_each_other_end(world: SmallTenant) -> None:
    for now, then in (("urgent", "low"), ("low", "urgent")):
        conditions = [{"attribute_key": "priority", "filter_operator": "equal_to", "values": [now], "query_operator": None}]
        await rule(
            world, "conversation_updated", conditions=conditions, actions=[{"action_name": "change_priority", "action_params": [then]}]
        )
    await change.edit(context(world), world.principal(can_write=True), 3, change.Edit(priority=3))
    await run(world)
    # The first made it low, the second urgent again; then it was over.
    assert await world.owner.fetchval("SELECT priority FROM conversations WHERE number = 3") == 3
    assert await world.total("events", "kind = 'automation_rule.ran'") == 2


async def test_a_rule_that_was_off_does_not_catch_up(world: SmallTenant) -> None:
    number = await rule(world, active=False)
    await say(world, 1)
    await run(world)
    await actions.change_rule(context(world), world.principal(can_write=True), number, {"active": True})
    await run(world)
    assert await notes(world) == {}
    await say(world, 2)
    await run(world)
    assert await notes(world) == {2: 1}


async def test_an_opened_a_resolved_and_a_created_conversation(world: SmallTenant) -> None:
    for event in ("conversation_opened", "conversation_resolved", "conversation_created"):
        await rule(world, event, actions=[{"action_name": "add_label", "action_params": [event]}])
    me = world.principal(can_write=True)
    await change.edit(context(world), me, 4, change.Edit(status="resolved"))
    await run(world)
    await change.edit(context(world), me, 4, change.Edit(status="open"))
    await change.edit(context(world), me, 5, change.Edit(status="pending"))
    await run(world)
    sql = (
        "SELECT c.conversation_number, array_agg(t.name ORDER BY t.name) FROM conversation_tags c JOIN tags t USING (tenant_id)"
        " WHERE t.id = c.tag_id GROUP BY 1"
    )
    assert [tuple(row) for row in await world.owner.fetch(sql)] == [(4, ["conversation_opened", "conversation_resolved"])]


async def test_several_servers_do_each_thing_once(world: SmallTenant) -> None:
    await rule(world)
    for number in range(1, 11):
        await say(world, number)
    await events.sequence_events(world.database, world.tenant.id)
    jobs = [automation.Rules() for _ in range(4)]

    async def go_on(job: automation.Rules) -> None:
        for _ in range(8):
            await job.run(world.database, world.tenant.id)

    await asyncio.gather(*map(go_on, jobs))
    assert await notes(world) == dict.fromkeys(range(1, 11), 1)


async def test_a_rule_that_fails_is_told_and_holds_nobody_up(world: SmallTenant) -> None:
    broken = [await rule(world), await rule(world)]
    # What no action would write: an engine must live with it.
    spoilt = {"actions": [{"action_name": "explode", "action_params": []}], "conditions": [{"attribute_key": "status"}]}
    for number, (column, value) in zip(broken, spoilt.items(), strict=True):
        sql = f"UPDATE automation_rules SET {column} = $1::text::jsonb WHERE id = $2"
        await world.owner.execute(sql, msgspec.json.encode(value).decode(), number)
    await rule(world)
    await say(world, 6)
    await run(world)
    assert await notes(world) == {6: 1}
    failed = await world.owner.fetch("SELECT data FROM events WHERE kind = 'automation_rule.failed'")
    assert [msgspec.json.decode(row[0])["id"] for row in failed] == broken


async def test_the_clock_does_not_matter_to_what_was_before(world: SmallTenant) -> None:
    """A rule is switched on at a moment; what was recorded before it is not its business, even when numbered later."""
    later = replace(context(world), clock=lambda: utc_now() + timedelta(minutes=5))
    await actions.create_rule(later, world.principal(can_write=True), {"name": "R", "event_name": "message_created", "actions": [NOTE]})
    await say(world, 7)
    await run(world)
    assert await notes(world) == {}


KILLED = """
import asyncio, sys
from parley.actions import desk_actions
from parley.jobs import automation
from parley.store.database import Database

async def stop_here(step):
    await desk_actions._send_note(step)
    print("acted", flush=True)
    await asyncio.sleep(60)

desk_actions._send_note = desk_actions._STEPS["add_private_note"]
desk_actions._STEPS["add_private_note"] = stop_here

async def main():
    database = await Database.open(sys.argv[1], max_connections=2)
    await automation.Rules().run(database, int(sys.argv[2]))

asyncio.run(main())
"""


async def test_a_killed_server_has_done_nothing_or_all(world: SmallTenant, database: str) -> None:
    await rule(world)
    await say(world, 8)
    await events.sequence_events(world.database, world.tenant.id)
    server = subprocess.Popen([sys.executable, "-c", KILLED, database, str(world.tenant.id)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert await asyncio.to_thread(server.stdout.readline) == "acted\n"
    server.send_signal(signal.SIGKILL)
    await asyncio.to_thread(server.wait)
    server.stdout.close()
    assert await notes(world) == {}
    for _ in range(50):  # until the database has noticed
        await run(world)
        if await notes(world):
            break
        await asyncio.sleep(0.1)
    assert await notes(world) == {8: 1}
    await run(world)
    assert await notes(world) == {8: 1}
