"""The facets are what the conversations and their tags say after any change, and filters by them find what a full scan finds."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from parley.domain.conditions import Condition, Conditions
from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal
from parley.store import facets, queries
from parley.store.filtered import find_filtered
from parley.store.order import PAGE_ORDERS
from tests.integration.small_tenant import AGENT, OTHER, SmallTenant, small_tenant

_FIND = queries.load("doctor").find_facets
LATEST = PAGE_ORDERS["last_activity_at_desc"]
TEXTS = ["Order 7", "order 7", "ÜBER", "über", "ORDER", "", "x" * 249 + "End", "x" * 300 + "tail", "Ünïcode"]


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def wrong(world: SmallTenant) -> list[int]:
    return [row[0] for row in await world.owner.fetch(_FIND, world.tenant.id)]


def some_attributes(rng: random.Random) -> dict[str, Any]:
    keys = rng.sample(["referer", "mail_subject", "browser_language", "other"], rng.randrange(4))
    return {key: rng.choice([*TEXTS, None, 5, {"a": 1}]) for key in keys}


async def scatter(world: SmallTenant, rng: random.Random, total: int) -> None:
    for tag_id in (71, 72):
        await world.insert("tags", id=tag_id, name=f"tag {tag_id}")
    for number in range(1, total + 1):
        await world.conversation(number, inbox_id=rng.choice([1, 2]), assignee_user_id=rng.choice([None, AGENT, OTHER]))
    for _ in range(4 * total):
        await change(world, rng, rng.randrange(1, total + 1))


async def change(world: SmallTenant, rng: random.Random, number: int) -> None:
    fields = {"tnt": {key: rng.choice([*TEXTS, 5, True, None]) for key in rng.sample(["tier", "k" * 300], rng.randrange(3))}}
    values = {"attributes": some_attributes(rng), "fields": rng.choice([fields, {}, {"tnt": 5}])}
    encoded = [msgspec.json.encode(value).decode() for value in values.values()]
    statement, parameters = rng.choice(
        [
            ("UPDATE conversations SET additional_attributes = $2::text::jsonb WHERE number = $1", encoded[:1]),
            ("UPDATE conversations SET custom_fields = $2::text::jsonb WHERE number = $1", encoded[1:]),
            ("UPDATE conversations SET inbox_id = 3 - inbox_id, title = $2 WHERE number = $1", ["x"]),
            ("UPDATE conversations SET assignee_user_id = $2::bigint WHERE number = $1", [rng.choice([None, AGENT, OTHER])]),
            ("INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
             [rng.choice([71, 72])]),
            ("DELETE FROM conversation_tags WHERE conversation_number = $1 AND tag_id = $2", [rng.choice([71, 72])]),
        ]
    )  # fmt: skip
    await world.owner.execute(statement, number, *parameters)


async def test_they_follow_every_change(world: SmallTenant) -> None:
    rng = random.Random(5)
    await scatter(world, rng, 25)
    assert await world.total("conversation_facets") > 20
    assert await wrong(world) == []
    await world.owner.execute("DELETE FROM conversation_tags WHERE tag_id = 71")
    await world.owner.execute("DELETE FROM conversations WHERE number < 10")
    assert await wrong(world) == []
    assert await world.owner.fetchval("SELECT min(conversation_number) FROM conversation_facets") >= 10


INSIDE = ("%order%", "%Über%", "%tail%", "%end%")
ASKED = [
    *((None, "referer", operator, (text,)) for operator in ("equal_to", "not_equal_to") for text in TEXTS),
    *((None, "mail_subject", operator, (text,)) for operator in ("contains", "does_not_contain") for text in INSIDE),
    *(("text", "tier", operator, (text,)) for operator in ("equal_to", "not_equal_to", "differs") for text in TEXTS),
    *(("text", key, operator, ()) for key in ("tier", "k" * 300) for operator in ("is_present", "is_not_present")),
    *(("text", "tier", operator, ("%ORDER%",)) for operator in ("contains", "does_not_contain")),
    *(("flag", "tier", operator, (True,)) for operator in ("equal_to", "not_equal_to", "differs")),
    *((None, "labels", operator, ()) for operator in ("is_present", "is_not_present")),
]  # fmt: skip


async def test_counting_by_them_is_counting_the_conversations(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    await scatter(world, random.Random(6), 40)
    by_facets = [await find(world, who, one) for one in ASKED for who in viewers(world)]

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("parley.store.filtered.find_facet", nothing)
    assert by_facets == [await find(world, who, one) for one in ASKED for who in viewers(world)]
    assert len({str(one) for one in by_facets}) > 20


async def test_they_are_used_where_they_can_tell(world: SmallTenant) -> None:
    async with world.database.read(world.tenant.id) as connection:
        for kind, key, operator, values in ASKED:
            one = Condition(key, operator, values, kind)
            found = await facets.find_facet(connection, ConversationFilter(conditions=((one,),)), world.principal())
            can = operator not in ("differs", "is_not_present") and len(key) < 300 and all(len(str(value)) < 250 for value in values)
            assert (found is not None) is can, one


def viewers(world: SmallTenant) -> list[Principal]:
    narrowed = world.principal(AGENT, inbox_ids=(1, 2), permissions=frozenset({"conversation_unassigned_manage"}))
    return [world.principal(), world.principal(AGENT, inbox_ids=(1,)), narrowed]


async def find(world: SmallTenant, who: Principal, asked: tuple[Any, ...]) -> object:
    kind, key, operator, values = asked
    conditions: Conditions = ((Condition(key, operator, values, kind),),)
    if kind == "text" and operator == "not_equal_to":
        conditions = (*conditions, (Condition(key, "is_not_present", (), kind),))
    async with world.database.read(world.tenant.id) as connection:
        return await find_filtered(connection, who, ConversationFilter(conditions=conditions), LATEST, limit=50, offset=0)
