"""tags.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio

import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def test_a_tags_life(devrev: Devrev) -> None:
    wanted = {"name": "urgent", "allowed_values": ["a", "b"], "style_new": {"color": "#ff0000"}}
    made = devrev.call("tags.create", wanted, expect=201)["tag"]
    assert (made["name"], made["allowed_values"], made["style_new"]["color"]) == ("urgent", ["a", "b"], "#ff0000")
    assert made["created_by"]["display_id"] == "DEVU-1"
    changed = devrev.call("tags.update", {"id": made["display_id"], "description": "now"})["tag"]
    assert (changed["description"], changed["name"]) == ("now", "urgent")
    assert changed["modified_date"] > made["modified_date"]
    for asked, values in (({"set": ["c"]}, ["c"]), ({}, ["c"]), ({"set": []}, [])):
        changed = devrev.call("tags.update", {"id": made["id"], "allowed_values": asked})["tag"]
        assert changed["allowed_values"] == values
    assert devrev.call("tags.get", {"id": made["id"]})["tag"] == changed
    assert devrev.get("tags.get", f"id={made['id']}").json()["tag"] == changed
    assert devrev.call("tags.delete", {"id": made["id"]}) == {}
    assert devrev.call("tags.get", {"id": made["id"]}, expect=404)["type"] == "not_found"


def test_a_name_is_unique(devrev: Devrev) -> None:
    devrev.call("tags.create", {"name": "twice"}, expect=201)
    assert devrev.call("tags.create", {"name": "twice"}, expect=409)["type"] == "conflict"


def test_pages_go_both_ways(devrev: Devrev) -> None:
    for place in range(5):
        devrev.call("tags.create", {"name": f"page-{place}"}, expect=201)
    everything = [tag["id"] for tag in devrev.call("tags.list", {"limit": 1000})["tags"]]
    seen: list[str] = []
    body: dict[str, object] = {"limit": 2}
    while True:
        page = devrev.call("tags.list", body)
        seen += [tag["id"] for tag in page["tags"]]
        if "next_cursor" not in page:
            break
        body = {"limit": 2, "cursor": page["next_cursor"]}
    assert seen == everything
    last = devrev.call("tags.list", {"limit": 2, "mode": "before"})
    assert [tag["id"] for tag in last["tags"]] == everything[-2:]
    before = devrev.call("tags.list", {"limit": 2, "mode": "before", "cursor": last["prev_cursor"]})
    assert [tag["id"] for tag in before["tags"]] == everything[-4:-2]
    named = devrev.get("tags.list", "name=page-1,page-3&sort_by=created_date:desc").json()["tags"]
    assert [tag["name"] for tag in named] == ["page-3", "page-1"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("tags.create", {}, 400, "missing_required_field", "name"),
        ("tags.create", {"name": 1}, 400, "unexpected_json_type", "name"),
        ("tags.create", {"name": "x", "colour": 1}, 400, "invalid_field", "colour"),
        ("tags.create", {"name": "x" * 257}, 400, "value_not_permitted", "name"),
        ("tags.update", {"id": "TAG-1", "allowed_values": ["a"]}, 400, "unexpected_json_type", "allowed_values"),
        ("tags.update", {"id": "TAG-1", "allowed_values": {"add": ["a"]}}, 400, "invalid_field", "allowed_values.add"),
        ("tags.get", {"id": "CONV-1"}, 400, "unexpected_id_type", "id"),
        ("tags.get", {"id": "nonsense"}, 400, "invalid_id", "id"),
        ("tags.get", {"id": "TAG-999"}, 404, "not_found", None),
        ("tags.get", {"id": "don:core:dvrv-us-1:devo/other:tag/1"}, 400, "invalid_id", "id"),
        ("tags.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("tags.list", {"limit": 0}, 400, "value_not_permitted", "limit"),
        ("tags.list", {"mode": "sideways"}, 400, "invalid_enum_value", "mode"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


def test_a_tag_that_is_carried_stays(devrev: Devrev) -> None:
    assert devrev.call("tags.delete", {"id": "TAG-1"}, expect=409)["type"] == "conflict"
