"""parts.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

PRODUCT = {"type": "product", "name": "Gadget", "owned_by": ["DEVU-1"]}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    asyncio.run(_define(module_database))
    return Devrev(live.url, world.tokens)


async def _define(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "INSERT INTO custom_fields (tenant_id, id, noun, namespace, key, display_name, field_type)"
            " VALUES (1, 500, 'part', 'tnt', 'area', 'Area', 'text')"
        )
    finally:
        await connection.close()


def make(devrev: Devrev, **more: Any) -> Any:
    return devrev.call("parts.create", PRODUCT | more, expect=201)["part"]


def ids(devrev: Devrev, **asked: Any) -> list[str]:
    return [one["display_id"] for one in devrev.call("parts.list", asked)["parts"]]


async def rows(dsn: str, query: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


def test_a_parts_life(devrev: Devrev, module_database: str) -> None:
    made = make(
        devrev,
        type="enhancement",
        parent_part=["PROD-1"],
        owned_by=["DEVU-2", "DEVU-1"],
        description="all of it",
        tags=[{"id": "TAG-2", "value": "pro"}, {"id": "TAG-1"}],
        custom_fields={"tnt__area": "north"},
        target_close_date="2030-01-01T00:00:00Z",
    )
    assert (made["type"], made["name"], made["description"]) == ("enhancement", "Gadget", "all of it")
    assert made["id"].endswith(f":enhancement/{made['display_id'].removeprefix('ENH-')}")
    assert [one["display_id"] for one in made["owned_by"]] == ["DEVU-2", "DEVU-1"]
    assert [(one["tag"]["name"], one.get("value")) for one in made["tags"]] == [("plan", "pro"), ("vip", None)]
    assert (made["custom_fields"], made["target_close_date"]) == ({"tnt__area": "north"}, "2030-01-01T00:00:00.000Z")
    body = {"id": made["id"], "type": "enhancement", "name": "New", "owned_by": {"set": []}, "tags": {"set": []}, "target_close_date": None}
    changed = devrev.call("parts.update", body | {"release_notes": "faster"})["part"]
    assert (changed["name"], changed["owned_by"], changed["tags"], changed["description"]) == ("New", [], [], "all of it")
    assert "target_close_date" not in changed
    tagged = devrev.call("parts.update", {"id": made["id"], "tags": {"set": [{"id": "TAG-3"}]}})["part"]
    assert tagged["modified_date"] > changed["modified_date"]
    assert devrev.call("parts.get", {"id": made["display_id"]}, who="bob")["part"] == tagged
    assert devrev.get("parts.get", f"id={made['id']}").json()["part"] == tagged
    assert devrev.call("parts.delete", {"id": made["id"]}) == {}
    assert devrev.call("parts.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    events = "SELECT kind FROM events WHERE kind LIKE 'part.%' AND data->>'id' = $1 ORDER BY id"
    told = [row[0] for row in asyncio.run(rows(module_database, events, str(number)))]
    assert told == ["part.created", "part.updated", "part.updated", "part.deleted"]
    assert asyncio.run(rows(module_database, "SELECT count(*) FROM tombstones WHERE noun = 'part' AND id = $1", number)) == [(1,)]


@pytest.mark.parametrize("kind", ["linkable", "runnable"])
def test_code_has_a_repository(devrev: Devrev, module_database: str, kind: str) -> None:
    code = {"code_repo_url": "https://git.test/x", "code_repo_paths": "src", "code_inferred_surface_area": ["/v1"]}
    made = make(devrev, type=kind, **code)
    number = int(made["display_id"].partition("-")[2])
    columns = "SELECT code_repo_url, code_repo_paths, code_inferred_surface_area FROM parts WHERE tenant_id = 1 AND id = $1"
    assert asyncio.run(rows(module_database, columns, number)) == [("https://git.test/x", "src", ["/v1"])]


def test_a_part_begins_with_links(devrev: Devrev) -> None:
    links = [{"link_type": "serves", "target": "ACC-1"}, {"link_type": "is_dependent_on", "source": "FEAT-2"}]
    made = make(devrev, links=links)
    found = devrev.call("links.list", {"object": made["id"]})["links"]
    assert [(one["source"]["display_id"], one["target"]["display_id"]) for one in found] == [
        (made["display_id"], "ACC-1"),
        ("FEAT-2", made["display_id"]),
    ]


def test_a_part_in_use_stays(devrev: Devrev) -> None:
    parent = make(devrev, name="above")
    child = make(devrev, name="below", type="capability", parent_part=[parent["id"]])
    assert devrev.call("parts.delete", {"id": parent["id"]}, expect=409)["type"] == "conflict"
    work = {"type": "issue", "title": "x", "applies_to_part": child["id"], "owned_by": ["DEVU-1"]}
    made = devrev.call("works.create", work, expect=201)["work"]
    assert devrev.call("parts.delete", {"id": child["id"]}, expect=409)["type"] == "conflict"
    assert devrev.call("parts.delete", {"id": "PROD-1"}, expect=409)["type"] == "conflict", "conversations are about it"
    devrev.call("works.delete", {"id": made["id"]})
    for one in (child, parent):
        assert devrev.call("parts.delete", {"id": one["id"]}) == {}


@pytest.fixture(scope="module")
def several(devrev: Devrev) -> dict[str, str]:
    """A product with a capability, a feature below that and two enhancements; names to display ids."""
    made = {"p": make(devrev, name="p", tags=[{"id": "TAG-3"}])["display_id"]}
    made["c"] = make(devrev, name="c", type="capability", parent_part=[made["p"]], custom_fields={"tnt__area": "west"})["display_id"]
    made["f"] = make(devrev, name="f", type="feature", parent_part=[made["c"]], owned_by=["DEVU-5"])["display_id"]
    made["e"] = make(devrev, name="e", type="enhancement", parent_part=[made["f"]], target_close_date="2031-05-01T00:00:00Z")["display_id"]
    made["d"] = make(devrev, name="d", type="enhancement", parent_part=[made["c"]], target_start_date="2031-05-01T00:00:00Z")["display_id"]
    devrev.call("parts.update", {"id": made["d"], "description": "by dora"}, who="dora")
    return made


AFTER = {"after": "2031-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, "pcfed"),
        ({"type": ["product", "feature"]}, "pf"),
        ({"created_by": ["DEVU-1"]}, "pcfed"),
        ({"created_by": ["DEVU-2"]}, ""),
        ({"modified_by": ["DEVU-5"]}, "d"),
        ({"created_date_v2": {"type": "preset", "preset_type": "last_n_days", "days": 1}}, "pcfed"),
        ({"modified_date_v2": {"type": "range"} | AFTER}, ""),
        ({"owned_by": ["DEVU-5"]}, "f"),
        ({"owned_by": ["REVU-5"]}, ""),
        ({"tags": ["TAG-3"]}, "p"),
        ({"subtype": ["x"]}, ""),
        ({"custom_fields": {"tnt__area": ["west"]}}, "c"),
        ({"enhancement": {}}, "ed"),
        ({"enhancement": {"target_close_date_v2": {"type": "range"} | AFTER}}, "e"),
        ({"enhancement": {"target_close_date": AFTER}}, "e"),
        ({"enhancement": {"target_start_date_v2": {"type": "range"} | AFTER}}, "d"),
        ({"enhancement": {"target_start_date": AFTER}}, "d"),
    ],
)
def test_each_filter(devrev: Devrev, several: dict[str, str], asked: dict[str, Any], names: str) -> None:
    assert ids(devrev, name=list("pcfed"), **asked) == [several[name] for name in names]


def test_what_is_below_a_part(devrev: Devrev, several: dict[str, str]) -> None:
    below = [several[name] for name in "cfed"]
    assert ids(devrev, parent_part={"parts": [several["p"]]}) == below
    assert ids(devrev, parent_part={"parts": [several["p"]], "level": 1}) == below[:1]
    assert ids(devrev, parent_part={"parts": [several["p"]], "level": 2}) == [several[name] for name in "cfd"]
    assert ids(devrev, parent_part={"parts": [several["p"].replace("PROD", "CAPL")]}) == [], "an id of another kind names nothing"


def test_pages_go_both_ways(devrev: Devrev, several: dict[str, str]) -> None:
    asked = {"name": list("pcfed"), "sort_by": ["created_date:desc"], "limit": 3}
    first = devrev.call("parts.list", asked)
    rest = devrev.call("parts.list", asked | {"cursor": first["next_cursor"]})
    assert [one["display_id"] for one in (*first["parts"], *rest["parts"])] == [several[name] for name in "defcp"]
    back = devrev.call("parts.list", asked | {"cursor": rest["prev_cursor"], "mode": "before"})
    assert back["parts"] == first["parts"]
    found = devrev.get("parts.list", "type=enhancement&name=e,d&sort_by=modified_date:desc").json()["parts"]
    assert [one["name"] for one in found] == ["d", "e"]


FEATURE = PRODUCT | {"type": "feature", "parent_part": ["PROD-1"]}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("parts.create", {}, 400, "missing_required_field", "type"),
        ("parts.create", {"type": "product", "name": "x"}, 400, "missing_required_field", "owned_by"),
        ("parts.create", PRODUCT | {"type": "widget"}, 400, "invalid_enum_value", "type"),
        ("parts.create", PRODUCT | {"type": "feature"}, 400, "missing_required_field", "parent_part"),
        ("parts.create", PRODUCT | {"parent_part": ["PROD-1"]}, 400, "invalid_field", "parent_part"),
        ("parts.create", FEATURE | {"parent_part": ["PROD-99"]}, 400, "invalid_id", "parent_part"),
        ("parts.create", FEATURE | {"parent_part": ["PROD-2"]}, 400, "invalid_id", "parent_part"),
        ("parts.create", FEATURE | {"parent_part": ["ENH-4"]}, 400, "value_not_permitted", "parent_part"),
        ("parts.create", FEATURE | {"code_repo_url": "x"}, 400, "invalid_field", "code_repo_url"),
        ("parts.create", PRODUCT | {"owned_by": ["DEVU-99"]}, 400, "invalid_id", "owned_by"),
        ("parts.create", PRODUCT | {"owned_by": ["REVU-1"]}, 400, "unexpected_id_type", "owned_by[0]"),
        ("parts.create", PRODUCT | {"tags": [{"id": "TAG-99"}]}, 400, "invalid_id", "tags"),
        ("parts.create", PRODUCT | {"artifacts": []}, 400, "value_not_permitted", "artifacts"),
        ("parts.create", PRODUCT | {"links": [{"link_type": "serves"}]}, 400, "value_not_permitted", "links[0]"),
        ("parts.create", PRODUCT | {"links": [{"link_type": "serves", "target": "ACC-99"}]}, 400, "invalid_id", "target"),
        ("parts.create", PRODUCT | {"custom_fields": {"tnt__nope": 1}}, 400, "customization_validation_error", "custom_fields.tnt__nope"),
        ("parts.create", PRODUCT | {"colour": 1}, 400, "invalid_field", "colour"),
        ("parts.get", {"id": "FEAT-1"}, 404, "not_found", None),
        ("parts.get", {"id": "TAG-1"}, 400, "unexpected_id_type", "id"),
        ("parts.get", {"id": "don:core:dvrv-us-1:devo/globex:product/1"}, 400, "invalid_id", "id"),
        ("parts.update", {"id": "PROD-999"}, 404, "not_found", None),
        ("parts.update", {"id": "PROD-1", "type": "feature"}, 400, "value_not_permitted", "type"),
        ("parts.update", {"id": "PROD-1", "release_notes": "x"}, 400, "invalid_field", "release_notes"),
        ("parts.update", {"id": "ENH-4", "stage_v2": "x"}, 400, "value_not_permitted", "stage_v2"),
        ("parts.delete", {"id": "FEAT-1"}, 404, "not_found", None),
        ("parts.list", {"enhancement": {"accounts": []}}, 400, "value_not_permitted", "enhancement.accounts"),
        ("parts.list", {"parent_part": {}}, 400, "missing_required_field", "parent_part.parts"),
        ("parts.list", {"custom_fields": {"tnt__nope": [1]}}, 400, "invalid_field", "custom_fields.tnt__nope"),
        ("parts.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = ids(devrev, limit=1000)
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert ids(devrev, limit=1000) == before


def test_only_administrators_change_parts(devrev: Devrev) -> None:
    for who in ("bob", "contact"):
        for path, body in (("parts.create", PRODUCT), ("parts.update", {"id": "PROD-1"}), ("parts.delete", {"id": "PROD-1"})):
            assert devrev.call(path, body, who=who, expect=403)["type"] == "forbidden"
    for path, body in (("parts.get", {"id": "PROD-1"}), ("parts.list", {})):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("parts.get", {"id": "PROD-1"}, who="bob")["part"]["name"] == "Widget"
    assert devrev.call("parts.list", who="globex") == {"parts": []}
    assert devrev.call("parts.get", {"id": "PROD-1"}, who="globex", expect=404)["type"] == "not_found"
