"""brands.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def test_a_brands_life(devrev: Devrev, module_database: str) -> None:
    made = devrev.call("brands.create", {"name": "Home", "description": "all of it"}, expect=201)["brand"]
    assert (made["name"], made["description"], made["created_by"]["display_id"]) == ("Home", "all of it", "DEVU-1")
    changed = devrev.call("brands.update", {"id": made["display_id"], "name": "x" * 255})["brand"]
    assert (changed["name"], changed["description"]) == ("x" * 255, "all of it")
    assert changed["modified_date"] > made["modified_date"]
    assert devrev.call("brands.get", {"id": made["id"]})["brand"] == changed
    assert devrev.get("brands.get", f"id={made['id']}").json()["brand"] == changed
    answer = devrev.post("brands.delete", {"id": made["id"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert devrev.call("brands.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    assert asyncio.run(traces(module_database, number)) == (["brand.created", "brand.updated", "brand.deleted"], 1)


async def traces(dsn: str, number: int) -> tuple[list[str], int]:
    """The kinds of the brand's events, and how many tombstones it left."""
    connection = await asyncpg.connect(dsn)
    try:
        events = await connection.fetch("SELECT kind FROM events WHERE kind LIKE 'brand.%' AND data->>'id' = $1 ORDER BY id", str(number))
        stones = await connection.fetchval("SELECT count(*) FROM tombstones WHERE noun = 'brand' AND id = $1", number)
        return [row[0] for row in events], stones
    finally:
        await connection.close()


def test_a_brand_in_use_stays(devrev: Devrev) -> None:
    assert devrev.call("brands.delete", {"id": "BRAND-1"}, expect=409)["type"] == "conflict"
    assert devrev.call("brands.get", {"id": "BRAND-1"})["brand"]["name"] == "Red"


def test_pages_go_both_ways(devrev: Devrev) -> None:
    for place in range(3):
        devrev.call("brands.create", {"name": f"page-{place}"}, expect=201)
    everything = [one["id"] for one in devrev.call("brands.list")["brands"]]
    seen: list[str] = []
    body: dict[str, object] = {"limit": 2}
    while True:
        page = devrev.call("brands.list", body)
        seen += [one["id"] for one in page["brands"]]
        if "next_cursor" not in page:
            break
        body = {"limit": 2, "cursor": page["next_cursor"]}
    assert seen == everything
    assert len(everything) >= 5
    assert [one["id"] for one in devrev.call("brands.list", {"limit": 2, "mode": "before"})["brands"]] == everything[-2:]
    assert devrev.call("brands.list", who="globex") == {"brands": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("brands.create", {}, 400, "missing_required_field", "name"),
        ("brands.create", {"name": "x" * 51}, 400, "value_not_permitted", "name"),
        ("brands.create", {"name": ["x"]}, 400, "unexpected_json_type", "name"),
        ("brands.create", {"name": "x", "logo": "y"}, 400, "invalid_field", "logo"),
        ("brands.update", {"id": "BRAND-999", "name": "x"}, 404, "not_found", None),
        ("brands.update", {"id": "BRAND-1", "name": ""}, 400, "value_not_permitted", "name"),
        ("brands.get", {"id": "TAG-1"}, 400, "unexpected_id_type", "id"),
        ("brands.get", {"id": "don:core:dvrv-us-1:devo/globex:brand/1"}, 400, "invalid_id", "id"),
        ("brands.delete", {"id": "BRAND-999"}, 404, "not_found", None),
        ("brands.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


@pytest.mark.parametrize("path", ["brands.create", "brands.update", "brands.delete"])
def test_only_administrators_change_brands(devrev: Devrev, path: str) -> None:
    body = {"name": "by bob"} if path == "brands.create" else {"id": "BRAND-2"}
    for who in ("bob", "contact"):
        assert devrev.call(path, body, who=who, expect=403)["type"] == "forbidden"
    assert "by bob" not in [one["name"] for one in devrev.call("brands.list", {"limit": 1000}, who="bob")["brands"]]
    assert devrev.call("brands.list", who="contact", expect=403)["type"] == "forbidden"
    if path == "brands.update":
        assert devrev.call(path, body | {"description": "by a bot"}, who="bot")["brand"]["modified_by"]["type"] == "service_account"
