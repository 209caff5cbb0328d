"""Actions: each is one transaction with its row, its change entry and its event, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import asyncpg
import pytest

from parley.actions import change, opening, post, provision
from parley.actions.context import Context
from parley.domain import problems
from parley.domain.principals import Principal, Ref, Tenant
from parley.store.database import Database


@dataclass
class World:
    context: Context
    owner: asyncpg.Connection
    tenant: Tenant
    ada: Principal
    bob: Principal
    customer: Principal

    async def row(self, number: int) -> asyncpg.Record:
        return await self.owner.fetchrow(
            "SELECT c.*, s.name AS stage FROM conversations c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.stage_id"
            " WHERE c.tenant_id = $1 AND number = $2",
            self.tenant.id,
            number,
        )

    async def timeline(self, number: int) -> list[asyncpg.Record]:
        return await self.owner.fetch(
            "SELECT * FROM messages WHERE tenant_id = $1 AND conversation_number = $2 ORDER BY created_at, id", self.tenant.id, number
        )

    async def events(self, number: int) -> list[str]:
        rows = await self.owner.fetch(
            "SELECT kind FROM events WHERE tenant_id = $1 AND conversation_number = $2 ORDER BY id", self.tenant.id, number
        )
        return [row["kind"] for row in rows]


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    db = await Database.open(database, max_connections=12)
    owner = await asyncpg.connect(database)
    tenant = await provision.create_tenant(db, slug="acme", name="Acme")
    ada = await provision.create_user(db, tenant=tenant, name="Ada", email="ada@acme.example", role="administrator")
    bob = await provision.create_user(db, tenant=tenant, name="Bob", email="bob@acme.example", role="agent")
    await owner.execute("INSERT INTO contacts (tenant_id, id, name, verified) VALUES ($1, 7, 'Carla', true)", tenant.id)
    await owner.execute("INSERT INTO allocators VALUES ($1, 'contact', 8)", tenant.id)
    await owner.execute(
        "INSERT INTO tags (tenant_id, id, name, allowed_values) VALUES ($1, 1, 'tier', '{gold,iron}'), ($1, 2, 'bug', '{}')", tenant.id
    )
    yield World(
        Context(database=db, cursor_key=b"k" * 32),
        owner,
        tenant,
        Principal(tenant, Ref("user", ada), role="administrator", can_write=True),
        Principal(tenant, Ref("user", bob), role="agent", can_write=True),
        Principal(tenant, Ref("contact", 7), can_write=True),
    )
    await owner.close()
    await db.close()


async def test_opening_writes_row_messages_change_and_events(world: World) -> None:
    new = opening.NewConversation(
        title="Late parcel",
        members=(Ref("contact", 7),),
        owners=(world.ada.ref, world.bob.ref),
        tags=((1, "gold"),),
        messages=("Hi", "Again"),
    )
    number = await opening.open_conversation(world.context, world.ada, new)
    row = await world.row(number)
    assert (number, row["title"], row["stage"], row["status"], row["contact_id"]) == (1, "Late parcel", "new", "open", 7)
    assert (row["assignee_user_id"], row["version"], row["unread_count"]) == (world.ada.ref.id, 1, 0)
    assert [(m["kind"], m["body"]) for m in await world.timeline(number)] == [
        ("activity", "Ada opened the conversation"),
        ("outgoing", "Hi"),
        ("outgoing", "Again"),
    ]
    assert await world.events(number) == ["conversation.created", "message.created", "message.created"]
    owners = await world.owner.fetch("SELECT kind, id FROM conversation_owners WHERE conversation_number = $1", number)
    assert [tuple(o) for o in owners] == [("user", world.bob.ref.id)]


async def test_without_a_contact_an_anonymous_one_stands_in(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    assert (await world.row(number))["contact_id"] == 8


async def test_a_contact_opens_its_own_conversation_unread_and_waiting(world: World) -> None:
    number = await opening.open_conversation(world.context, world.customer, opening.NewConversation(messages=("Help",)))
    row = await world.row(number)
    assert (row["contact_id"], row["unread_count"], row["is_creator_verified"]) == (7, 1, True)
    assert row["waiting_since"] is not None
    with pytest.raises(problems.Forbidden):
        await opening.open_conversation(world.context, world.customer, opening.NewConversation(owners=(world.ada.ref,)))


async def test_a_life_moves_the_stage_as_the_table_says(world: World) -> None:
    number = await opening.open_conversation(world.context, world.customer, opening.NewConversation(messages=("Help",)))

    async def stage() -> str:
        return (await world.row(number))["stage"]

    assert await stage() == "new"
    await post.post_message(world.context, world.ada, number, post.NewMessage("a note", visibility="internal"))
    assert await stage() == "new"
    await post.post_message(world.context, world.ada, number, post.NewMessage("Hello"))
    assert await stage() == "waiting_on_user"
    await post.post_message(world.context, world.customer, number, post.NewMessage("Still broken"))
    assert await stage() == "needs_response"
    await change.set_stage(world.context, world.ada, number, "resolved")
    row = await world.row(number)
    assert (row["status"], row["waiting_since"]) == ("resolved", None)
    assert row["closed_at"] is not None
    await post.post_message(world.context, world.customer, number, post.NewMessage("It is back"))
    row = await world.row(number)
    assert (row["stage"], row["status"], row["closed_at"]) == ("needs_response", "open", None)


async def test_every_change_has_its_entry_and_event_and_raises_the_version(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation(members=(Ref("contact", 7),)))
    await change.assign(world.context, world.ada, number, (world.bob.ref,))
    await change.tag(world.context, world.ada, number, add=(2,))
    row = await world.row(number)
    assert (row["assignee_user_id"], row["version"]) == (world.bob.ref.id, 3)
    assert [m["body"] for m in await world.timeline(number)][1:] == ["Ada assigned it to Bob", "Ada added bug"]
    assert await world.events(number) == ["conversation.created", "conversation.updated", "conversation.updated"]


async def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    await change.set_stage(world.context, world.ada, number, "new")
    await change.assign(world.context, world.ada, number, ())
    assert (await world.row(number))["version"] == 1
    assert await world.events(number) == ["conversation.created"]


@pytest.mark.parametrize(
    ("wanted", "problem", "field"),
    [
        (change.Edit(title="x", stage="nowhere"), problems.InvalidValue, "stage.name"),
        (change.Edit(title="x", owners=(Ref("user", 999),)), problems.InvalidId, "owned_by"),
        (change.Edit(title="x", tags_add=((1, "tin"),)), problems.InvalidValue, "tags.value"),
        (change.Edit(title="x", tags_add=((99, None),)), problems.InvalidId, "tags"),
        (change.Edit(title="x", team_id=5), problems.InvalidId, "group"),
    ],
)
async def test_a_refused_change_changes_nothing(world: World, wanted: change.Edit, problem: type[problems.BadInput], field: str) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    with pytest.raises(problem) as refusal:
        await change.edit(world.context, world.ada, number, wanted)
    assert refusal.value.field == field
    assert (await world.row(number))["version"] == 1
    assert await world.events(number) == ["conversation.created"]


async def test_frozen_refuses_all_but_unfreezing(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    await change.edit(world.context, world.ada, number, change.Edit(is_frozen=True))
    with pytest.raises(problems.Frozen):
        await change.set_stage(world.context, world.ada, number, "hold")
    with pytest.raises(problems.Frozen):
        await post.post_message(world.context, world.ada, number, post.NewMessage("hi"))
    await change.edit(world.context, world.ada, number, change.Edit(is_frozen=False))
    await change.set_stage(world.context, world.ada, number, "hold")


async def test_who_may_not(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation(members=(Ref("contact", 7),)))
    with pytest.raises(problems.NotFound):  # an agent outside the inbox cannot even see it
        await change.set_stage(world.context, world.bob, number, "hold")
    with pytest.raises(problems.Forbidden):
        await change.set_stage(world.context, world.customer, number, "resolved")
    with pytest.raises(problems.Forbidden):
        await post.post_message(world.context, world.customer, number, post.NewMessage("psst", visibility="internal"))
    with pytest.raises(problems.Forbidden):
        await post.post_message(world.context, replace(world.ada, can_write=False), number, post.NewMessage("hi"))
    with pytest.raises(problems.NotFound):
        await post.post_message(world.context, world.ada, 404, post.NewMessage("hi"))


async def test_a_taken_external_ref_conflicts(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    await post.post_message(world.context, world.ada, number, post.NewMessage("one", external_ref="r1"))
    with pytest.raises(problems.Conflict):
        await post.post_message(world.context, world.ada, number, post.NewMessage("two", external_ref="r1"))


async def test_a_private_entry_moves_nothing_that_others_see(world: World) -> None:
    number = await opening.open_conversation(world.context, world.ada, opening.NewConversation())
    before = await world.row(number)
    await post.post_message(world.context, world.ada, number, post.NewMessage("mine", visibility="private"))
    after = await world.row(number)
    assert dict(after) | {"version": before["version"]} == dict(before)
    assert after["version"] > before["version"], "its author reads another answer now"


async def test_numbers_are_gapless_and_unique_under_concurrent_openings(world: World) -> None:
    numbers = await asyncio.gather(
        *(opening.open_conversation(world.context, world.ada, opening.NewConversation(members=(Ref("contact", 7),))) for _ in range(40))
    )
    assert sorted(numbers) == list(range(1, 41))


async def test_concurrent_replies_count_every_unread_message(world: World) -> None:
    number = await opening.open_conversation(world.context, world.customer, opening.NewConversation(messages=("0",)))
    await asyncio.gather(*(post.post_message(world.context, world.customer, number, post.NewMessage(str(n))) for n in range(20)))
    assert (await world.row(number))["unread_count"] == 21
