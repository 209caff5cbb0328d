"""links.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from parley.domain.links import LINK_TYPES
from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_world import World

FROZEN = 2


@pytest.fixture(scope="module")
def world(module_database: str) -> World:
    return asyncio.run(devrev_world.build(module_database, frozen=FROZEN))


@pytest.fixture(scope="module")
def devrev(world: World, live: Live) -> Devrev:
    return Devrev(live.url, world.tokens)


@pytest.fixture(scope="module")
def ticket(devrev: Devrev) -> str:
    return work(devrev, "ticket")


def work(devrev: Devrev, kind: str) -> str:
    body = {"type": kind, "title": "Late", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]}
    return str(devrev.call("works.create", body, expect=201)["work"]["display_id"])


def link(devrev: Devrev, source: str, target: str, link_type: str = "is_related_to", **more: Any) -> Any:
    return devrev.call("links.create", {"link_type": link_type, "source": source, "target": target}, expect=201, **more)["link"]


def linked(devrev: Devrev, subject: str, **asked: Any) -> list[str]:
    return [one["display_id"] for one in devrev.call("links.list", {"object": subject} | asked)["links"]]


def query(dsn: str, text: str, *values: Any) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(text, *values)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def hidden_from_bob(world: World) -> str:
    return f"CONV-{next(n for n, facts in world.facts.items() if facts.inbox_id != 1 and n != FROZEN)}"


def entries(dsn: str, number: int) -> list[Any]:
    """What was written on a timeline since the world was made, whose own entries have ids from 1000."""
    where = "tenant_id = 1 AND conversation_number = $1 AND id < 1000"
    return query(dsn, f"SELECT event_type, event::text, author_id FROM messages WHERE {where} ORDER BY id", number)


def test_a_links_life(devrev: Devrev, ticket: str, module_database: str) -> None:
    before = len(entries(module_database, 1))
    made = link(devrev, "CONV-1", ticket, who="bob")
    assert (made["source"]["display_id"], made["target"]["display_id"]) == ("CONV-1", ticket)
    assert (made["source"]["title"], made["target"]["title"], made["target"]["stage"]["name"]) == ("Printer on fire", "Late", "queued")
    assert made["created_by"]["display_id"] == "DEVU-2"
    assert devrev.call("links.get", {"id": made["id"]})["link"] == made
    assert devrev.get("links.get", f"id={made['display_id']}").json()["link"] == made
    (told,) = entries(module_database, 1)[before:]
    shown = json.loads(told[1])["link"]
    assert (told[0], told[2]) == ("linked", 2)
    assert shown["target"] == {
        "type": "ticket",
        "id": f"ticket:{ticket.removeprefix('TKT-')}",
        "title": "Late",
        "owned_by": [{"type": "dev_user", "id": "user:1"}],
    }
    changed = devrev.call(
        "links.replace", {"id": made["id"], "link_type": "is_dependent_on", "source": "PROD-1", "target": ticket}, expect=201
    )["link"]
    assert (changed["id"], changed["link_type"], changed["source"]["name"]) == (made["id"], "is_dependent_on", "Widget")
    assert [one[0] for one in entries(module_database, 1)[before:]] == ["linked", "deleted"]
    assert devrev.call("links.delete", {"id": made["id"]}) == {}
    assert devrev.call("links.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    events = "SELECT kind FROM events WHERE kind LIKE 'link.%' AND data->>'id' = $1 ORDER BY id"
    assert query(module_database, events, str(number)) == [("link.created",), ("link.updated",), ("link.deleted",)]
    assert query(module_database, "SELECT count(*) FROM tombstones WHERE noun = 'link' AND id = $1", number) == [(1,)]


def test_the_timeline_shows_a_link(devrev: Devrev, ticket: str) -> None:
    link(devrev, "CONV-3", ticket, "is_converted_to")
    shown = devrev.call("conversations.get", {"id": "CONV-3"}, headers={"X-Devrev-Scope": "beta"})["conversation"]
    # The world's own entries reach into this hour, so that the link is not always the last.
    (event,) = [one["event"] for one in shown["messages"] if one.get("event", {}).get("type") == "linked"]
    assert event["linked"]["link"]["link_type"] == "is_converted_to"
    assert event["linked"]["link"]["target"]["display_id"] == ticket


@pytest.mark.parametrize("end", ["CONV-1", "PROD-1", "FEAT-2", "CAPL-3", "ENH-4", "ACC-1", "REV-1", "DEVU-1", "REVU-1"])
def test_what_can_be_linked(devrev: Devrev, end: str) -> None:
    issue = work(devrev, "issue")
    made = link(devrev, issue, end)
    assert (made["source"]["display_id"], made["target"]["display_id"]) == (issue, end)
    assert linked(devrev, end, direction="is_target", object_types=["issue"])[-1:] == [made["display_id"]]


@pytest.mark.parametrize("link_type", LINK_TYPES)
def test_any_type_joins_any_ends(devrev: Devrev, link_type: str) -> None:
    made = link(devrev, "DEVU-2", "REV-2", link_type)
    assert (made["source"]["display_id"], made["link_type"], made["target"]["display_id"]) == ("DEVU-2", link_type, "REV-2")


def test_the_links_of_an_object(devrev: Devrev) -> None:
    one, two, three = (work(devrev, kind) for kind in ("ticket", "ticket", "issue"))
    first, second, third = link(devrev, one, two), link(devrev, three, one, "is_dependent_on"), link(devrev, one, "PROD-1", "serves")
    ids = [each["display_id"] for each in (first, second, third)]
    assert linked(devrev, one) == ids
    assert linked(devrev, one, direction="is_source") == [ids[0], ids[2]]
    assert linked(devrev, one, direction="is_target") == [ids[1]]
    assert linked(devrev, one, link_type=["serves", "is_dependent_on"]) == ids[1:]
    assert linked(devrev, one, types=["serves"]) == ids[2:]
    assert linked(devrev, one, object_types=["issue", "meeting"]) == [ids[1]]
    assert linked(devrev, one, object_types=["meeting"]) == []
    page = devrev.call("links.list", {"object": one, "limit": 2})
    rest = devrev.call("links.list", {"object": one, "limit": 2, "cursor": page["next_cursor"]})
    assert [each["display_id"] for each in (*page["links"], *rest["links"])] == ids
    back = devrev.call("links.list", {"object": one, "limit": 2, "cursor": rest["prev_cursor"], "mode": "before"})
    assert back["links"] == page["links"]
    assert [each["display_id"] for each in devrev.get("links.list", f"object={one}&link_type=serves").json()["links"]] == ids[2:]
    devrev.call("works.delete", {"id": one})
    assert devrev.call("links.get", {"id": ids[0]}, expect=404)["type"] == "not_found", "it went with its end"
    assert linked(devrev, two) == []


def test_the_same_link_twice(devrev: Devrev) -> None:
    one, two = work(devrev, "ticket"), work(devrev, "issue")
    link(devrev, one, two)
    body = {"link_type": "is_related_to", "source": one, "target": two}
    assert devrev.call("links.create", body, expect=409)["type"] == "conflict"
    link(devrev, one, two, "is_dependent_on")
    assert len(linked(devrev, one)) == 2


def test_a_frozen_conversation_refuses_links(devrev: Devrev, ticket: str, module_database: str) -> None:
    body = {"link_type": "serves", "source": ticket, "target": f"CONV-{FROZEN}"}
    before = entries(module_database, FROZEN)
    assert devrev.call("links.create", body, expect=400)["field_name"] == "is_frozen"
    assert entries(module_database, FROZEN) == before


def test_a_frozen_conversation_keeps_its_links(devrev: Devrev, module_database: str) -> None:
    made = link(devrev, work(devrev, "issue"), "CONV-4", "serves")
    devrev.call("conversations.update", {"id": "CONV-4", "is_frozen": True})
    before = entries(module_database, 4)
    for path, body in (("links.delete", {}), ("links.replace", PAIR)):
        refused = devrev.call(path, {"id": made["id"], **body}, expect=400)
        assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "is_frozen"), path
    assert devrev.call("links.get", {"id": made["id"]})["link"] == made
    assert entries(module_database, 4) == before
    devrev.call("conversations.update", {"id": "CONV-4", "is_frozen": False})
    assert devrev.call("links.delete", {"id": made["id"]}) == {}


def test_an_agent_sees_no_link_to_what_is_hidden(devrev: Devrev, world: World, ticket: str) -> None:
    conversation = hidden_from_bob(world)
    made = link(devrev, ticket, conversation, "imports")
    assert devrev.call("links.get", {"id": made["id"]}, who="bob", expect=404)["type"] == "not_found"
    assert devrev.call("links.delete", {"id": made["id"]}, who="bob", expect=404)["type"] == "not_found"
    listed = devrev.call("links.list", {"object": ticket, "link_type": ["imports"]}, who="bob")
    assert listed["links"] == []
    body = {"link_type": "serves", "source": ticket, "target": conversation}
    assert devrev.call("links.create", body, who="bob", expect=400)["field_name"] == "target"
    assert devrev.call("links.list", {"object": conversation}, who="bob", expect=400)["field_name"] == "object"
    assert made["display_id"] in linked(devrev, conversation)


PAIR = {"link_type": "is_related_to", "source": "CONV-1", "target": "PROD-1"}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("links.create", {}, 400, "missing_required_field", "link_type"),
        ("links.create", {"link_type": "serves", "source": "CONV-1"}, 400, "missing_required_field", "target"),
        ("links.create", PAIR | {"link_type": "hates"}, 400, "invalid_enum_value", "link_type"),
        ("links.create", PAIR | {"link_type": "custom_link"}, 400, "value_not_permitted", "link_type"),
        ("links.create", PAIR | {"custom_link_type": "x"}, 400, "value_not_permitted", "custom_link_type"),
        ("links.create", PAIR | {"target": "CONV-1"}, 400, "value_not_permitted", "target"),
        ("links.create", PAIR | {"target": "CONV-999"}, 400, "invalid_id", "target"),
        ("links.create", PAIR | {"source": "TKT-999"}, 400, "invalid_id", "source"),
        ("links.create", PAIR | {"target": "FEAT-1"}, 400, "invalid_id", "target"),
        ("links.create", PAIR | {"target": "DEVU-99"}, 400, "invalid_id", "target"),
        ("links.create", PAIR | {"target": "ACC-99"}, 400, "invalid_id", "target"),
        ("links.create", PAIR | {"target": "TAG-1"}, 400, "unexpected_id_type", "target"),
        ("links.create", PAIR | {"target": "don:core:dvrv-us-1:devo/globex:ticket/1"}, 400, "invalid_id", "target"),
        ("links.create", PAIR | {"weight": 1}, 400, "invalid_field", "weight"),
        ("links.get", {"id": "LINK-999"}, 404, "not_found", None),
        ("links.get", {"id": 5}, 400, "unexpected_json_type", "id"),
        ("links.replace", PAIR | {"id": "LINK-999"}, 404, "not_found", None),
        ("links.delete", {"id": "LINK-999"}, 404, "not_found", None),
        ("links.list", {}, 400, "missing_required_field", "object"),
        ("links.list", {"object": "TKT-999"}, 400, "invalid_id", "object"),
        ("links.list", {"object": "CONV-1", "direction": "up"}, 400, "invalid_enum_value", "direction"),
        ("links.list", {"object": "CONV-1", "object_types": ["x"]}, 400, "invalid_enum_value", "object_types[0]"),
        ("links.list", {"object": "CONV-1", "cursor": "x"}, 400, "value_not_permitted", "cursor"),
    ],
)
def test_bad_input_names_the_field(
    devrev: Devrev, module_database: str, path: str, body: object, status: int, kind: str, field: str | None
) -> None:
    before = entries(module_database, 1)
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert entries(module_database, 1) == before


def test_contacts_and_foreigners(devrev: Devrev, ticket: str) -> None:
    made = link(devrev, ticket, "ACC-2")
    for path, body in (
        ("links.create", PAIR),
        ("links.get", {"id": made["id"]}),
        ("links.list", {"object": "CONV-1"}),
        ("links.replace", PAIR | {"id": made["id"]}),
        ("links.delete", {"id": made["id"]}),
    ):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("links.get", {"id": made["display_id"]}, who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("links.delete", {"id": made["id"]}, who="globex", expect=400)["type"] == "invalid_id"
    assert devrev.call("links.delete", {"id": made["id"]}, who="bot") == {}
