"""Chatwoot's answers are as /openapi.json tells: no key more, and no key told that nothing ever sends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.wire import chatwoot_world
from tests.wire.chatwoot_world import World, run
from tests.wire.conftest import Live
from tests.wire.described import DOCUMENT, check, shown
from tests.wire.test_chatwoot_shapes import fill

LIST = "/api/v1/accounts/{account_id}/conversations"
SCHEMAS = DOCUMENT["components"]["schemas"]


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(chatwoot_world.build(live.dsn, live.url))
    built.fill(fill)
    built.fill(every_feature)
    return built


async def every_feature(connection: Any) -> None:
    await connection.execute("UPDATE tenants SET features = '{sla,companies}' WHERE id = $1", chatwoot_world.ACCOUNT)


def reached(name: str) -> set[str]:
    """A shape and every shape that it speaks of."""
    found, todo = set(), {name}
    while todo:
        found.add(one := todo.pop())
        todo |= set(re.findall(r"schemas/([\w-]+)", json.dumps(SCHEMAS[one]))) - found
    return found


@pytest.mark.parametrize("caller", ["admin", "agent", "contact"])
def test_a_list(world: World, caller: str) -> None:
    check(LIST, world.ask(caller, "status=all"))
    check(f"{LIST}/meta", world.ask(caller, "status=all", meta=True))


def test_every_key_that_is_told_is_sent_by_some_answer(world: World) -> None:
    sent = shown(world.ask("admin", "status=all").json()) | shown(world.ask("admin", meta=True).json())
    told = {key for name in reached("chatwoot-list") | {"chatwoot-count"} for key in SCHEMAS[name]["properties"]}
    # Only a search that runs out of time says so (test_chatwoot_list.py).
    assert told - {"search_incomplete"} <= sent, sorted(told - sent)


@pytest.mark.parametrize(
    ("caller", "query", "status"),
    [
        ("admin", "status=nope", 400),
        ("admin", "page=0", 400),
        ("admin", "inbox_id=x", 400),
        (None, "", 401),
        ("unknown", "", 401),
        ("admin", "team_id=99999", 404),
        ("bot", "", 401),
    ],
)
@pytest.mark.parametrize("meta", [False, True])
def test_a_refusal(world: World, caller: str | None, query: str, status: int, meta: bool) -> None:
    answer = world.ask(caller, query, meta=meta)
    assert answer.status_code == status
    check(f"{LIST}/meta" if meta else LIST, answer)
