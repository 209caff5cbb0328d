"""The four counts are exact for everybody, also while writers and roll-ups run."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from parley.domain import principals
from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal, Ref
from parley.store.counts import Counts, count_conversations, roll_up
from parley.store.database import Connection
from tests.integration.small_tenant import ADMINISTRATOR, AGENT, CONTACT, OTHER, SmallTenant, small_tenant

STATUSES = ("open", "pending", "snoozed", "resolved")
WRITERS = 8
GROUPS = "status, inbox_id, coalesce(team_id, 0), coalesce(assignee_user_id, 0)"


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        dice = random.Random(7)
        for number in range(1, 81):
            await one.conversation(number, **random_columns(dice))
        yield one


def random_columns(dice: random.Random) -> dict[str, object]:
    user, bot = dice.choice([(None, None), (None, 1), (ADMINISTRATOR, None), (AGENT, None), (OTHER, None)])
    return {
        "status": dice.choice(STATUSES),
        "inbox_id": dice.randrange(1, 4),
        "team_id": dice.choice([None, 1, 2]),
        "assignee_user_id": user,
        "assignee_bot_id": bot,
        "is_spam": dice.random() < 0.3,
    }


def callers(world: SmallTenant) -> list[Principal]:
    roles = [principals.MANAGE, principals.UNASSIGNED_MANAGE, principals.PARTICIPATING_MANAGE, "something_else"]
    return [
        world.principal(),
        world.principal(AGENT, inbox_ids=(1, 2)),
        world.principal(AGENT),
        *(world.principal(AGENT, inbox_ids=(1, 3), permissions=frozenset([role])) for role in roles),
        Principal(world.tenant, Ref("bot", 1)),
        Principal(world.tenant, Ref("contact", CONTACT)),
    ]


def asked_for(**fields: object) -> ConversationFilter:
    return ConversationFilter(**fields)  # type: ignore[arg-type]


ASKED = [
    asked_for(statuses=statuses, inbox_ids=inboxes, team_ids=teams, is_spam=spam)
    for statuses, inboxes, teams, spam in product((None, ("open", "snoozed"), ()), (None, (1, 3)), (None, (2,)), (None, True))
]


def matches(row: dict[str, object], asked: ConversationFilter, who: Principal) -> bool:
    """The filter and the visibility, as a model."""
    if who.ref.kind == "user" and not who.is_administrator:
        if row["inbox_id"] not in who.inbox_ids:
            return False
        mine, nobodys, granted = row["assignee_user_id"] == who.ref.id, row["assignee_user_id"] is None, who.permissions
        if granted is not None and principals.MANAGE not in granted:
            allowed = {principals.UNASSIGNED_MANAGE: mine or nobodys, principals.PARTICIPATING_MANAGE: mine}
            if not any(allowed.get(one) for one in granted):
                return False
    wanted = {"status": asked.statuses, "inbox_id": asked.inbox_ids, "team_id": asked.team_ids}
    if any(values is not None and row[column] not in values for column, values in wanted.items()):
        return False
    return asked.is_spam is None or row["is_spam"] == asked.is_spam


async def test_counts_agree_with_a_model_for_every_filter_and_caller(world: SmallTenant) -> None:
    rows = [dict(row) for row in await world.owner.fetch("SELECT * FROM conversations")]
    async with world.database.read(world.tenant.id) as connection:
        for who, asked in product(callers(world), ASKED):
            seen = [row["assignee_user_id"] for row in rows if matches(row, asked, who)]
            unassigned = seen.count(None)
            mine = seen.count(who.user_id) if who.user_id else 0
            expected = Counts(mine, len(seen) - unassigned, unassigned, len(seen))
            assert await count_conversations(connection, who, asked) == expected, (who, asked)
            ignored = replace(asked, assignee="me", modified_after=datetime(2100, 1, 1, tzinfo=UTC))
            assert await count_conversations(connection, who, ignored) == expected


async def test_only_what_the_tallies_know_is_read_from_them(world: SmallTenant) -> None:
    await world.insert("conversation_tallies", status="open", inbox_id=1, team_id=0, assignee_user_id=0, delta=1000)
    async with world.database.read(world.tenant.id) as connection:
        for who, asked in product(callers(world), ASKED):
            tallied = asked.is_spam is None and who.ref.kind != "contact"
            counted = await count_conversations(connection, who, asked)
            assert counted.all <= 80 or tallied
        assert (await count_conversations(connection, world.principal(), ConversationFilter())).all == 1080


async def test_a_roll_up_leaves_one_row_per_group_and_the_same_counts(world: SmallTenant) -> None:
    await world.owner.execute("UPDATE conversations SET status = 'open' WHERE number < 40")
    await world.owner.execute("DELETE FROM conversations WHERE number > 70")
    before = await count(world, world.principal())
    async with world.database.write(world.tenant.id) as connection:
        left = await roll_up(connection, world.tenant.id)
    assert await count(world, world.principal()) == before
    groups = await world.owner.fetchval(f"SELECT count(*) FROM (SELECT DISTINCT {GROUPS} FROM conversations) g")
    assert left == groups == await world.total("conversation_tallies", "delta > 0")


async def count(world: SmallTenant, who: Principal) -> Counts:
    async with world.database.read(world.tenant.id) as connection:
        return await count_conversations(connection, who, ConversationFilter())


async def test_counts_are_exact_at_every_instant_under_writers_and_roll_ups(world: SmallTenant) -> None:
    stop = asyncio.Event()

    async def write(seed: int) -> int:
        dice, written = random.Random(seed), 0
        while not stop.is_set():
            async with world.database.write(world.tenant.id) as connection:
                for _ in range(dice.randrange(1, 4)):
                    await change_or_replace(connection, world.tenant.id, seed, dice)
                written += 1
        return written

    async def keep_rolling_up() -> int:
        times = 0
        while not stop.is_set():
            async with world.database.write(world.tenant.id) as connection:
                times += await roll_up(connection, world.tenant.id) is not None
        return times

    tasks = [asyncio.create_task(work) for work in [*(write(seed) for seed in range(WRITERS)), keep_rolling_up(), keep_rolling_up()]]
    for _ in range(200):
        await compare_in_one_snapshot(world)
    stop.set()
    work = await asyncio.gather(*tasks)
    assert min(work[:WRITERS]) > 5
    assert sum(work[WRITERS:]) > 20
    await compare_in_one_snapshot(world)


async def change_or_replace(connection: Connection, tenant_id: int, seed: int, dice: random.Random) -> None:
    """Each writer has rows of its own, so that none waits for another's transaction."""
    number, columns = seed + WRITERS * dice.randrange(1, 10) + dice.choice([0, 1000]), random_columns(dice)
    if dice.random() < 0.2:
        gone = "DELETE FROM conversations WHERE tenant_id = $1 AND number = $2 RETURNING tenant_id, number, stage_id, contact_id"
        elsewhere = "CASE WHEN number > 1000 THEN number - 1000 ELSE number + 1000 END"
        again = f"""WITH gone AS ({gone})
            INSERT INTO conversations (tenant_id, number, stage_id, contact_id, status, inbox_id, created_by_kind, modified_by_kind)
            SELECT tenant_id, {elsewhere}, stage_id, contact_id, 'open', 1, 'system', 'system' FROM gone"""
        await connection.execute(again, tenant_id, number)
    assignments = ", ".join(f"{name} = ${i}" for i, name in enumerate(columns, 3))
    update = f"UPDATE conversations SET {assignments} WHERE tenant_id = $1 AND number = $2"
    await connection.execute(update, tenant_id, number, *columns.values())


async def compare_in_one_snapshot(world: SmallTenant) -> None:
    real = f"SELECT {GROUPS}, count(*) FROM conversations WHERE tenant_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    tallied = (
        f"SELECT {GROUPS}, sum(delta) FROM conversation_tallies WHERE tenant_id = $1"
        " GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3, 4"
    )
    async with world.database.read(world.tenant.id) as connection:
        assert await connection.fetch(tallied, world.tenant.id) == await connection.fetch(real, world.tenant.id)


async def test_counts_stay_within_the_tenant(world: SmallTenant, database: str) -> None:
    async with small_tenant(database, "other") as other:
        await other.conversation(1)
        assert (await count(other, other.principal())).all == 1
        assert (await count(world, world.principal())).all == 80
