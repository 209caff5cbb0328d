"""What every change of inboxes, agents, teams, labels, bots and campaigns leaves behind: its event, and a deletion its tombstone."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from benchmarks.captured import statements_of
from benchmarks.client import Ask
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, BOT, IDLE, STOREFRONT, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(record) for record in await connection.fetch(query)]
    finally:
        await connection.close()


def left_behind(world: World, since: int = 0) -> list[tuple[str, int]]:
    """Kinds with the id that each event speaks of, in order."""
    query = f"SELECT kind, (data ->> 'id')::bigint FROM events WHERE tenant_id = 1 AND actor_kind = 'user' AND id > {since} ORDER BY id"
    return run(rows(world.dsn, query))


LIVES = {
    "label": ("labels", {"title": "kept"}, {"color": "#000000"}, "tag"),
    "team": ("teams", {"name": "kept"}, {"description": "x"}, "team"),
    "bot": ("agent_bots", {"name": "kept"}, {"description": "x"}, "bot"),
    "inbox": ("inboxes", {"name": "kept", "channel": {"type": "web_widget", "website_url": "https://a.test"}}, {"name": "x"}, "inbox"),
    "campaign": ("campaigns", {"title": "kept", "message": "m", "inbox_id": STOREFRONT}, {"enabled": False}, "campaign"),
}


@pytest.mark.parametrize("noun", LIVES)
def test_a_life_leaves_three_events_and_a_tombstone(chatwoot: Chatwoot, world: World, noun: str) -> None:
    path, body, change, kind = LIVES[noun]
    before = len(left_behind(world))
    number = chatwoot.post(path, body)["id"]
    chatwoot.call("PATCH", f"{path}/{number}", change)
    chatwoot.call("PATCH", f"{path}/{number}", {})
    chatwoot.call("DELETE", f"{path}/{number}")
    assert left_behind(world)[before:] == [(f"{kind}.{done}", number) for done in ("created", "updated", "deleted")]
    assert run(rows(world.dsn, f"SELECT id FROM tombstones WHERE tenant_id = 1 AND noun = '{kind}' AND id = {number}")) == [(number,)]


def test_agents_and_members_leave_an_event_for_each_that_changed(chatwoot: Chatwoot, world: World) -> None:
    before = len(left_behind(world))
    number = chatwoot.post("agents", {"email": "n@x.test"})["id"]
    chatwoot.call("PATCH", f"agents/{number}", {"role": "administrator"})
    chatwoot.call("PATCH", f"agents/{number}", {"role": "administrator"})
    chatwoot.post("inbox_members", {"inbox_id": STOREFRONT, "user_ids": [IDLE, BO]})
    chatwoot.call("DELETE", "inbox_members", {"inbox_id": STOREFRONT, "user_ids": [IDLE, number]})
    chatwoot.post(f"inboxes/{STOREFRONT}/set_agent_bot", {"agent_bot": BOT})
    chatwoot.call("DELETE", f"agents/{number}")
    assert left_behind(world)[before:] == [
        ("user.created", number),
        ("user.updated", number),
        ("inbox.member_added", STOREFRONT),
        ("inbox.member_removed", STOREFRONT),
        ("inbox.updated", STOREFRONT),
        ("user.deactivated", number),
    ]


def test_a_refused_change_leaves_nothing(chatwoot: Chatwoot, world: World) -> None:
    before = left_behind(world)
    chatwoot.call("PATCH", f"inboxes/{STOREFRONT}", {"name": "x", "timezone": "Nowhere"}, expect=422)
    chatwoot.post("inbox_members", {"inbox_id": STOREFRONT, "user_ids": [IDLE, 999_999]}, expect=422)
    chatwoot.post("agents/bulk_create", {"emails": ["fine@x.test", "wrong"]}, expect=422)
    assert left_behind(world) == before
    assert chatwoot.get(f"inboxes/{STOREFRONT}")["name"] == "Storefront"


def test_lists_hold_a_thousand(chatwoot: Chatwoot, world: World) -> None:
    series = "FROM generate_series(5000, 5999) AS x (n)"
    world.execute(
        f"INSERT INTO tags (tenant_id, id, name) SELECT 1, n, 'label-' || n {series}",
        f"INSERT INTO teams (tenant_id, id, name) SELECT 1, n, 'team ' || n {series}",
        f"INSERT INTO inboxes (tenant_id, id, name, kind) SELECT 1, n, 'inbox ' || n, 'api' {series}",
        f"INSERT INTO users (id, name, email) SELECT n, 'user ' || n, 'm' || n || '@x.test' {series}",
        f"INSERT INTO memberships (tenant_id, user_id, name, email) SELECT 1, n, 'user ' || n, 'm' || n || '@x.test' {series}",
        f"INSERT INTO inbox_members (tenant_id, inbox_id, user_id) SELECT 1, {STOREFRONT}, n {series}",
    )
    for path, last in (("labels", "label-5999"), ("inboxes", "inbox 5999"), (f"inbox_members/{STOREFRONT}", "user 5999")):
        found = chatwoot.get(path)["payload"]
        assert len(found) >= 1000
        assert last in {one.get("title") or one["name"] for one in found}
    for path, last in (("teams", "team 5999"), ("agents", "user 5999")):
        found = chatwoot.get(path)
        assert len(found) >= 1000
        assert last in {one["name"] for one in found}


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("labels", 5), ("inboxes", 5), ("agent_bots", 5), (f"inbox_members/{STOREFRONT}", 7), ("teams", 6), ("agents", 6),
        ("campaigns", 7), (f"assignable_agents?inbox_ids[]={STOREFRONT}", 7),
    ],
)  # fmt: skip
def test_a_list_of_a_thousand_sends_as_few_statements_as_one_of_ten(world: World, path: str, most: int) -> None:
    ask = Ask(0, "GET", f"/api/v1/accounts/1/{path}", {"api_access_token": world.tokens["admin"]}, b"")
    # Filters tell the planner so, before and after.
    sent = [one.text for one in statements_of(world.dsn, ask) if "plan_cache_mode" not in one.text or "BEGIN" in one.text]
    assert len(sent) <= most, "\n".join(sent)
