"""Custom filters on Chatwoot's wire (contract 3.5): each user's own."""

from __future__ import annotations

import httpx
import pytest

from parley.actions.custom_filters import MOST
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, IDLE, MANAGER, OTHER, World, build, run
from tests.wire.conftest import Live

QUERY = {"payload": [{"attribute_key": "status", "values": ["open"], "anything": {"b": 1, "a": None}}]}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_a_life(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("custom_filters", {"custom_filter": {"name": "Open ones", "query": QUERY}}, who="agent")
    assert (made["name"], made["filter_type"], made["type"], made["query"]) == ("Open ones", "conversation", "conversation", QUERY)
    assert chatwoot.get("custom_filters", who="agent") == [made]
    assert chatwoot.get(f"custom_filters/{made['id']}", who="agent") == made
    changed = chatwoot.call("PATCH", f"custom_filters/{made['id']}", {"name": "All", "query": {}}, who="agent")
    assert (changed["name"], changed["query"], changed["created_at"]) == ("All", {}, made["created_at"])
    assert changed["updated_at"] > made["updated_at"]
    answer = chatwoot.ask("DELETE", f"custom_filters/{made['id']}", who="agent")
    assert (answer.status_code, answer.content) == (204, b"")
    assert chatwoot.get("custom_filters", who="agent") == []
    chatwoot.call("DELETE", f"custom_filters/{made['id']}", who="agent", expect=404)


def test_the_types_are_apart(chatwoot: Chatwoot) -> None:
    made = [chatwoot.post("custom_filters", {"name": "x", key: kind}) for key, kind in (("filter_type", "contact"), ("type", "report"))]
    assert [one["filter_type"] for one in made] == ["contact", "report"]
    for one in made:
        assert chatwoot.get("custom_filters", params={"filter_type": one["filter_type"]}) == [one]
    assert chatwoot.get("custom_filters") == []
    chatwoot.get("custom_filters", params={"filter_type": "shoe"}, expect=400)


def test_another_user_never_sees_it(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("custom_filters", {"name": "mine"}, who="agent")
    for who, account in (("admin", 1), ("foreign", OTHER)):
        for method in ("GET", "PATCH", "DELETE"):
            body = {"name": "stolen"} if method == "PATCH" else None
            assert chatwoot.ask(method, f"custom_filters/{made['id']}", body, who=who, account=account).status_code == 404
    assert made in chatwoot.get("custom_filters", who="agent")
    for who in ("", "bot", "contact", "foreign"):
        chatwoot.get("custom_filters", who=who, expect=401)
        chatwoot.post("custom_filters", {"name": "x"}, who=who, expect=401)


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({}, "Name can't be blank", "name"),
        ({"name": ""}, "name takes 1 to 255 characters", "name"),
        ({"name": "x", "filter_type": "shoe"}, "filter_type", "filter_type"),
        ({"name": "x", "query": "all"}, "query: expected object, got string", "query"),
        ({"name": "x", "query": {"a": "\0"}}, "query.a holds a null character", "query.a"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: object, message: str, attribute: str) -> None:
    before = chatwoot.get("custom_filters", who="manager")
    error = chatwoot.post("custom_filters", body, who="manager", expect=422)
    assert error["attributes"] == [attribute]
    assert message in error["message"]
    assert chatwoot.get("custom_filters", who="manager") == before


def test_a_user_keeps_at_most_a_thousand(chatwoot: Chatwoot, world: World) -> None:
    ids = f"SELECT 1, 100000 + i, {BO}, 'many' FROM generate_series(1, {MOST}) i"
    world.execute(f"INSERT INTO custom_filters (tenant_id, id, user_id, name) {ids}")
    try:
        refused = chatwoot.post("custom_filters", {"name": "one more"}, who="agent", expect=422)
        limit = "Account Limit reached. The maximum number of allowed custom filters for a user per account is 1000."
        assert refused == {"message": limit, "attributes": ["account_id"]}
        assert chatwoot.post("custom_filters", {"name": "of another"}, who="manager")["name"] == "of another"
        assert "one more" not in [one["name"] for one in chatwoot.get("custom_filters", who="agent")]
    finally:
        world.execute("DELETE FROM custom_filters WHERE id > 100000")


def test_each_change_leaves_its_event_and_a_deletion_its_tombstone(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("custom_filters", {"name": "told"})
    chatwoot.call("PATCH", f"custom_filters/{made['id']}", {"name": "told again"})
    chatwoot.call("DELETE", f"custom_filters/{made['id']}", expect=204)
    world.execute(
        f"""DO $$ BEGIN
          ASSERT (SELECT array_agg(kind ORDER BY id) FROM events WHERE tenant_id = 1 AND kind LIKE 'custom_filter.%'
                  AND (data->>'id')::int = {made["id"]})
            = ARRAY['custom_filter.created', 'custom_filter.updated', 'custom_filter.deleted'];
          ASSERT EXISTS (SELECT FROM tombstones WHERE tenant_id = 1 AND noun = 'custom_filter' AND id = {made["id"]});
        END $$"""
    )


def test_a_merged_users_filters_go_along(chatwoot: Chatwoot, live: Live, world: World) -> None:
    made = chatwoot.post("custom_filters", {"name": "of the one who goes"}, who="idle")
    merge = {"primary_user": f"DEVU-{MANAGER}", "secondary_user": f"DEVU-{IDLE}"}
    answer = httpx.post(f"{live.url}/dev-users.merge", json=merge, headers={"Authorization": world.tokens["admin"]}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert made["id"] in [one["id"] for one in chatwoot.get("custom_filters", who="manager")]
