"""Cursors: both directions, every sort, under changing rows, and every way in which a cursor can be wrong."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.devrev.filters import SORTS

from . import devrev_model as model
from . import devrev_world
from .conftest import Live

QUIET = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Page = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


@pytest.fixture(scope="module")
def client(live: Live, world: devrev_world.World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["ada"]}, timeout=30) as client:
        yield client


@pytest.fixture
def page(client: httpx.Client) -> Page:
    def post(path: str = "conversations.list", **body: Any) -> dict[str, Any]:
        answer = client.post(f"/{path}", json={key: value for key, value in body.items() if value is not None})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return post


def numbers(page: dict[str, Any]) -> list[int]:
    return [model.number(one["id"]) for one in page["conversations"]]


def walk(page: Page, mode: str, limit: int, between: Callable[[], None] = lambda: None, **asked: Any) -> list[int]:
    """Every number from one end to the other, in the order of the sort."""
    found: list[list[int]] = []
    key, cursor = ("next_cursor", None) if mode == "after" else ("prev_cursor", None)
    while True:
        answer = page(mode=mode, limit=limit, cursor=cursor, **asked)
        found.append(numbers(answer))
        cursor = answer.get(key)
        if cursor is None:
            break
        between()
    return list(chain.from_iterable(found if mode == "after" else reversed(found)))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [7, 59, 60, 61])
def test_both_ways_give_everything_in_order(sort: str, limit: int, page: Page, world: devrev_world.World) -> None:
    field, _, direction = sort.partition(":")
    column = {"modified_date": "modified_at", "created_date": "created_at"}[field]
    facts = sorted(world.facts.values(), key=lambda one: (getattr(one, column), one.number), reverse=direction == "desc")
    expected = [one.number for one in facts]
    assert walk(page, "after", limit, sort_by=[sort]) == expected
    assert walk(page, "before", limit, sort_by=[sort]) == expected


def test_the_default_order_is_newest_modified_first(page: Page) -> None:
    assert walk(page, "after", 50) == walk(page, "after", 50, sort_by=["modified_date:desc"])


@QUIET
@given(asked=model.REQUESTS, limit=st.integers(3, 20), mode=st.sampled_from(["after", "before"]), seed=st.integers(0, 10**6))
def test_a_walk_while_rows_change_neither_skips_nor_repeats_the_others(
    asked: dict[str, Any], limit: int, mode: str, seed: int, page: Page, world: devrev_world.World
) -> None:
    """Between pages every fourth conversation is touched: it may move, the others may not."""
    restless = {number for number in world.facts if number % 4 == 0}
    expected = [number for number in model.wanted(world.facts, asked) if number not in restless]
    pick = random.Random(seed)
    try:
        seen = walk(page, mode, limit, lambda: touch(world.dsn, pick.sample(sorted(restless), 3), pick), **asked)
    finally:
        restore(world)
    calm = [number for number in seen if number not in restless]
    assert calm == expected


def touch(dsn: str, restless: list[int], pick: random.Random) -> None:
    """Moves rows about in the order, and in and out of filters."""
    at = devrev_world.NOW - timedelta(minutes=pick.randint(-5, 50))
    sql = "UPDATE conversations SET modified_at = $1, is_spam = $2 WHERE tenant_id = 1 AND number = ANY ($3::bigint[])"
    asyncio.run(execute(dsn, sql, at, pick.random() < 0.5, restless))


def restore(world: devrev_world.World) -> None:
    facts = list(world.facts.values())
    sql = (
        "UPDATE conversations c SET modified_at = f.at, is_spam = f.spam"
        " FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS f (number, at, spam)"
        " WHERE c.tenant_id = 1 AND c.number = f.number"
    )
    columns = [one.number for one in facts], [one.modified_at for one in facts], [one.is_spam for one in facts]
    asyncio.run(execute(world.dsn, sql, *columns))


async def execute(dsn: str, sql: str, *parameters: Any) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql, *parameters)
    finally:
        await connection.close()


def test_cursors_are_absent_where_nothing_is(page: Page) -> None:
    first = page(limit=30)
    assert "next_cursor" in first
    assert "prev_cursor" not in first
    last = page(limit=30, cursor=first["next_cursor"])
    assert "next_cursor" not in last
    assert "prev_cursor" in last
    assert numbers(page(limit=30, mode="before", cursor=last["prev_cursor"])) == numbers(first)
    assert not page(is_spam=True, is_frozen=True, state=["nowhere"]).keys() - {"conversations"}


def test_a_page_that_became_empty_still_leads_back(page: Page, world: devrev_world.World) -> None:
    """After the cursor was handed out, everything behind it went away."""
    asked = {"is_frozen": True}
    everything = model.wanted(world.facts, asked)
    cursor = page(limit=len(everything) - 1, **asked)["next_cursor"]
    last = everything[-1]
    asyncio.run(execute(world.dsn, "UPDATE conversations SET is_frozen = false WHERE number = $1 AND tenant_id = 1", last))
    try:
        empty = page(limit=5, cursor=cursor, **asked)
        assert numbers(empty) == []
        assert "next_cursor" not in empty
        assert numbers(page(limit=100, mode="before", cursor=empty["prev_cursor"], **asked)) == everything[:-1]
    finally:
        asyncio.run(execute(world.dsn, "UPDATE conversations SET is_frozen = true WHERE number = $1 AND tenant_id = 1", last))


def test_a_cursor_changes_with_the_row_it_stands_on(page: Page, world: devrev_world.World) -> None:
    """The producer of next_cursor and prev_cursor is store/cursor.py, fed by the sort column."""
    middle = page(limit=10, cursor=page(limit=10)["next_cursor"])
    before = middle["next_cursor"], middle["prev_cursor"]
    asyncio.run(execute(world.dsn, "UPDATE conversations SET modified_at = modified_at - interval '7 days' WHERE tenant_id = 1"))
    try:
        moved = page(limit=10, cursor=page(limit=10)["next_cursor"])
        assert moved["next_cursor"] != before[0]
        assert moved["prev_cursor"] != before[1]
    finally:
        restore(world)


def test_presets_mean_the_same_on_every_page(serve: Callable[..., Live], database: str) -> None:
    """The cursor carries the first page's clock: what was inside at the start stays inside."""
    world = asyncio.run(devrev_world.build(database))
    live = serve()
    sql = (
        "UPDATE conversations SET closed_at = now() - interval '1 day' + interval '1.5 seconds',"
        " modified_at = now() - number * interval '1 second' WHERE tenant_id = 1"
    )
    asyncio.run(execute(database, sql))
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["ada"]}) as client:
        asked = {"actual_close_date": {"type": "preset", "preset_type": "last_n_days", "days": 1}, "limit": 40}
        first = client.post("/conversations.list", json=asked).json()
        assert len(first["conversations"]) == 40
        time.sleep(2)
        second = client.post("/conversations.list", json=asked | {"cursor": first["next_cursor"]}).json()
        assert len(second["conversations"]) == 20
        assert client.post("/conversations.list", json=asked).json()["conversations"] == []


# ---- wrong cursors


def refused(client: httpx.Client, body: dict[str, Any], path: str = "conversations.list") -> dict[str, Any]:
    answer = client.post(f"/{path}", json=body)
    assert answer.status_code == 400, answer.text
    found: dict[str, Any] = answer.json()
    assert found["type"] == "value_not_permitted"
    assert found["field_name"] == "cursor"
    return found


@QUIET
@given(place=st.integers(0, 200), letter=st.sampled_from("AbZ9-_=! "))
def test_an_altered_cursor_is_refused(place: int, letter: str, client: httpx.Client, page: Page) -> None:
    cursor = page(limit=5)["next_cursor"]
    place %= len(cursor)
    if cursor[place] != letter:
        refused(client, {"limit": 5, "cursor": cursor[:place] + letter + cursor[place + 1 :]})


@pytest.mark.parametrize("cursor", ["ufhe492s", "x" * 5000, "é", base64.urlsafe_b64encode(bytes(60)).decode()])
def test_a_cursor_that_we_never_made_is_refused(cursor: str, client: httpx.Client) -> None:
    refused(client, {"cursor": cursor})
    refused(client, {"cursor": cursor}, "conversations.export")


def test_a_cursor_belongs_to_its_filters_and_order(client: httpx.Client, page: Page) -> None:
    cursor = page(limit=5, state=["open"])["next_cursor"]
    assert "other filters" in refused(client, {"cursor": cursor})["reason"]
    refused(client, {"cursor": cursor, "state": ["open"], "is_spam": False})
    refused(client, {"cursor": cursor, "state": ["open"], "sort_by": ["modified_date:asc"]})
    assert numbers(page(cursor=cursor, limit=60, state=["open", "open"])) == numbers(page(limit=60, state=["open"]))[5:]


def test_a_cursor_outlives_page_size_and_spelling(client: httpx.Client, page: Page) -> None:
    """limit, mode, and GET or POST may change on the way."""
    everything = numbers(page(limit=60, owned_by=["DEVU-1", "DEVU-2"]))
    cursor = page(limit=5, owned_by=["DEVU-1", "DEVU-2"])["next_cursor"]
    answer = client.get("/conversations.list", params={"cursor": cursor, "owned_by": '"DEVU-2","DEVU-1"', "limit": "3"})
    assert numbers(answer.json()) == everything[5:8]


def test_a_cursor_belongs_to_its_tenant(client: httpx.Client, page: Page, world: devrev_world.World) -> None:
    cursor = page(limit=5)["next_cursor"]
    with httpx.Client(base_url=client.base_url, headers={"Authorization": world.tokens["globex"]}) as other:
        assert "another tenant" in refused(other, {"cursor": cursor})["reason"]


def test_an_empty_cursor_is_the_beginning(page: Page) -> None:
    assert numbers(page(cursor="", limit=3)) == numbers(page(limit=3))
