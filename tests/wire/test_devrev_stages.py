"""states.custom.*, stages.custom.* and stage-diagrams.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def ask(dsn: str, query: str) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def open_conversation(devrev: Devrev, stage: str = "new") -> str:
    made = devrev.call("conversations.create", {"type": "support", "title": "x", "stage": {"name": stage}}, expect=201)
    return str(made["conversation"]["id"])


def stage_of(devrev: Devrev, conversation: str) -> Any:
    found = devrev.call("conversations.list", {"limit": 100, "sort_by": ["created_date:desc"]})["conversations"]
    return next(one["stage"] for one in found if one["id"] == conversation)


def test_a_states_life(devrev: Devrev, live: Live) -> None:
    made = devrev.call("states.custom.create", {"name": "parked", "ordinal": 7}, expect=201)["custom_state"]
    assert (made["name"], made["ordinal"], made["is_final"], made["created_by"]["display_id"]) == ("parked", 7, False, "DEVU-1")
    changed = devrev.call("states.custom.update", {"id": made["id"], "ordinal": 8, "name": "put off"})["custom_state"]
    assert (changed["name"], changed["ordinal"]) == ("put off", 8)
    assert devrev.call("states.custom.get", {"id": made["display_id"]})["custom_state"] == changed
    assert devrev.get("states.custom.get", f"id={made['id']}").json()["custom_state"] == changed
    assert devrev.call("states.custom.list", {"name": ["put off"]})["result"] == [changed]
    assert devrev.call("states.custom.list", {"ordinal": [8]})["result"] == [changed]
    assert [one["name"] for one in devrev.call("states.custom.list", {"is_final": True})["result"]] == ["closed"]
    assert devrev.call("states.custom.create", {"name": "put off", "ordinal": 1}, expect=409)["type"] == "conflict"
    number = int(made["display_id"].removeprefix("STATE-"))
    assert ask(live.dsn, f"SELECT kind FROM events WHERE kind LIKE 'state.%' AND data ->> 'id' = '{number}' ORDER BY id") == [
        ("state.created",),
        ("state.updated",),
    ]


def test_a_stages_life_shows_on_conversations_at_once(devrev: Devrev, live: Live) -> None:
    made = devrev.call("stages.custom.create", {"name": "lab", "ordinal": 4500, "state": "STATE-2"}, expect=201)["custom_stage"]
    assert (made["name"], made["ordinal"], made["state"]["name"]) == ("lab", 4500, "in_progress")
    conversation = open_conversation(devrev, "lab")
    changed = devrev.call("stages.custom.update", {"id": made["id"], "name": "workshop", "ordinal": 4600})["custom_stage"]
    shown = stage_of(devrev, conversation)
    assert (shown["name"], shown["ordinal"], shown["stage"]["id"]) == ("workshop", 4600, made["id"])
    assert devrev.call("stages.custom.get", {"id": made["id"]})["custom_stage"] == changed
    assert devrev.call("stages.custom.list", {"name": ["workshop"]})["result"] == [changed]
    assert devrev.get("stages.custom.list", "ordinal=4600").json()["result"] == [changed]
    assert devrev.call("stages.custom.create", {"name": "new", "ordinal": 1, "state": "STATE-1"}, expect=409)["type"] == "conflict"


def test_a_stage_that_moves_to_a_final_state_closes_its_conversations(devrev: Devrev, live: Live) -> None:
    state = devrev.call("states.custom.create", {"name": "done", "ordinal": 9, "is_final": True}, expect=201)["custom_state"]
    stage = devrev.call("stages.custom.create", {"name": "waiting room", "ordinal": 5, "state": "STATE-1"}, expect=201)["custom_stage"]
    number = int(open_conversation(devrev, "waiting room").rpartition("/")[2])
    query = f"SELECT status, closed_at IS NULL FROM conversations WHERE tenant_id = 1 AND number = {number}"
    assert ask(live.dsn, query) == [("open", True)]
    devrev.call("stages.custom.update", {"id": stage["id"], "state_id": state["id"]})
    assert ask(live.dsn, query) == [("resolved", False)]
    devrev.call("states.custom.update", {"id": state["id"], "is_final": False})
    assert ask(live.dsn, query) == [("open", True)]
    devrev.call("states.custom.update", {"id": state["id"], "is_final": True})
    devrev.call("conversations.update", {"id": f"CONV-{number}", "stage": {"name": "new"}})
    assert ask(live.dsn, query) == [("open", True)]
    devrev.call("conversations.update", {"id": f"CONV-{number}", "stage": {"name": "waiting room"}})
    assert ask(live.dsn, query) == [("resolved", False)]


@pytest.mark.parametrize("noun", ["states", "stages"])
def test_lists_go_on_with_their_cursor(devrev: Devrev, noun: str) -> None:
    for place in range(3):
        more = {"state": "STATE-1"} if noun == "stages" else {}
        devrev.call(f"{noun}.custom.create", {"name": f"page {place}", "ordinal": 50 + place, **more}, expect=201)
    everything = [one["id"] for one in devrev.call(f"{noun}.custom.list", {"limit": 1000})["result"]]
    assert len(everything) > 3
    seen, body = [], {"limit": 2}
    while True:
        page = devrev.call(f"{noun}.custom.list", body)
        seen += [one["id"] for one in page["result"]]
        if "cursor" not in page:
            break
        body = {"limit": 2, "cursor": page["cursor"]}
    assert seen == everything
    assert set(page) == {"result"}


def nodes(ways: dict[str, list[str]], **more: Any) -> list[dict[str, Any]]:
    return [{"stage_id": a, "transitions": [{"target_stage_id": b} for b in to], **more.get(a, {})} for a, to in ways.items()]


def test_a_stage_diagram_rules_what_people_set(devrev: Devrev, live: Live) -> None:
    conversation = open_conversation(devrev)
    ways = {"STAGE-1": ["STAGE-3"], "STAGE-3": ["STAGE-4", "STAGE-6"], "STAGE-4": [], "STAGE-6": ["STAGE-3"]}
    body = {"leaf_type": "conversation", "name": "Strict", "is_default": True, "stages": nodes(ways)}
    body["stages"][0]["is_start"] = True
    made = devrev.call("stage-diagrams.create", body, expect=201)["stage_diagram"]
    assert [one["stage"]["name"] for one in made["stages"]] == ["new", "needs_response", "waiting_on_user", "resolved"]
    assert [one["target_stage"]["name"] for one in made["stages"][1]["transitions"]] == ["waiting_on_user", "resolved"]
    assert (made["is_default"], made["stages"][0]["is_start"], made["stages"][1]["is_start"]) == (True, True, False)
    assert devrev.call("stage-diagrams.get", {"leaf_type": "conversation"})["stage_diagram"] == made
    assert devrev.call("stage-diagrams.get", {"id": made["id"]})["stage_diagram"] == made
    assert devrev.call("stage-diagrams.list", {"leaf_type": ["conversation"], "name": ["Strict"]})["result"] == [made]
    assert devrev.call("stage-diagrams.list", {"leaf_type": ["ticket"]})["result"] == []
    assert devrev.call("stage-diagrams.list", {"is_custom_leaf_type": True})["result"] == []

    refused = devrev.call("conversations.update", {"id": conversation, "stage": {"name": "resolved"}}, expect=400)
    assert (refused["type"], refused["field_name"], refused["allowed_values"]) == ("value_not_permitted", "stage.name", ["needs_response"])
    assert stage_of(devrev, conversation)["name"] == "new"
    devrev.call("conversations.update", {"id": conversation, "stage": {"name": "needs_response"}})
    devrev.call("conversations.update", {"id": conversation, "stage": {"name": "resolved"}})
    # A move that a message makes is never refused: resolved has no way to waiting_on_user, and hold is not in the diagram.
    devrev.call("conversations.update", {"id": conversation, "stage": {"name": "needs_response"}})
    lost = {"STAGE-1": ["STAGE-3"], "STAGE-3": ["STAGE-1"]}
    devrev.call("stage-diagrams.update", {"id": made["id"], "stages": nodes(lost)})
    posted = {"object": conversation, "type": "timeline_comment", "body": "on it", "visibility": "external"}
    devrev.call("timeline-entries.create", posted, expect=201)
    assert stage_of(devrev, conversation)["name"] == "waiting_on_user"
    # A stage that the diagram does not know may be left for any that it knows.
    refused = devrev.call("conversations.update", {"id": conversation, "stage": {"name": "hold"}}, expect=400)
    assert refused["allowed_values"] == ["new", "needs_response"]
    closed = nodes(lost, **{"STAGE-3": {"is_deprecated": True}})
    devrev.call("stage-diagrams.update", {"id": made["id"], "stages": closed, "name": "Stricter"})
    refused = devrev.call("conversations.update", {"id": conversation, "stage": {"name": "needs_response"}}, expect=400)
    assert refused["allowed_values"] == ["new"]

    other = {"leaf_type": "conversation", "name": "Free", "is_default": True, "stages": nodes({"STAGE-4": ["STAGE-5"], "STAGE-5": []})}
    free = devrev.call("stage-diagrams.create", other, expect=201)["stage_diagram"]
    assert devrev.call("stage-diagrams.get", {"leaf_type": "conversation"})["stage_diagram"]["id"] == free["id"]
    assert devrev.call("stage-diagrams.get", {"id": made["id"]})["stage_diagram"]["is_default"] is False
    devrev.call("conversations.update", {"id": conversation, "stage": {"name": "hold"}})
    assert devrev.call("stage-diagrams.create", other, expect=409)["type"] == "conflict"
    assert ask(live.dsn, "SELECT count(*) FROM events WHERE kind = 'stage_diagram.updated'") == [(2,)]


def test_a_conversation_begins_where_its_diagram_does(devrev: Devrev) -> None:
    def begins(subtype: str | None = None, **more: Any) -> Any:
        spec = {"custom_schema_spec": {"subtype": subtype}} if subtype else {}
        made = devrev.call("conversations.create", {"type": "support", "title": "x", **spec, **more}, expect=201)
        return made["conversation"]["stage"]["name"]

    ways = {"STAGE-3": ["STAGE-6"], "STAGE-6": []}
    body = {"leaf_type": "conversation", "name": "Begins", "stages": nodes(ways, **{"STAGE-3": {"is_start": True}})}
    made = devrev.call("stage-diagrams.create", {**body, "is_default": True}, expect=201)["stage_diagram"]
    assert (begins(), begins(stage={"name": "needs_response"}), begins(is_spam=True)) == ("needs_response", "needs_response", "suspended")
    count = len(devrev.call("conversations.list", {"limit": 100})["conversations"])
    for given, field in (({"name": "new"}, "stage.name"), ({"id": "STAGE-6"}, "stage.id")):
        refused = devrev.call("conversations.create", {"type": "support", "stage": given}, expect=400)
        told = (refused["type"], refused["field_name"], refused["allowed_values"])
        assert told == ("value_not_permitted", field, ["needs_response"])
    assert len(devrev.call("conversations.list", {"limit": 100})["conversations"]) == count
    assert begins(is_spam=True) == "suspended"
    # A diagram of its own rules a subtype; one without a start, or with one that nothing may come into, says nothing.
    stages = nodes({"STAGE-4": []}, **{"STAGE-4": {"is_start": True}})
    own = devrev.call("stage-diagrams.create", {"leaf_type": "conversation", "name": "Own", "stages": stages}, expect=201)["stage_diagram"]
    fragment = {"type": "custom_type_fragment", "leaf_type": "conversation", "description": "x", "subtype": "begun"}
    more = {"subtype_display_name": "Begun", "stage_diagram": own["id"], "fields": []}
    devrev.call("schemas.custom.set", {**fragment, **more}, expect=201)
    assert (begins("begun"), begins()) == ("waiting_on_user", "needs_response")
    devrev.call("stage-diagrams.update", {"id": made["id"], "stages": nodes(ways)})
    assert (begins(), begins(stage={"name": "hold"})) == ("new", "hold")
    closed = nodes(ways, **{"STAGE-3": {"is_start": True, "is_deprecated": True}})
    devrev.call("stage-diagrams.update", {"id": made["id"], "stages": closed})
    assert begins() == "new"


@pytest.mark.parametrize("leaf", ["ticket", "issue", "enhancement", "account"])
def test_only_conversations_have_stages_of_the_tenants_own(devrev: Devrev, leaf: str) -> None:
    body = {"leaf_type": leaf, "name": "Works", "stages": nodes({"STAGE-1": []})}
    answer = devrev.call("stage-diagrams.create", body, expect=400)
    assert (answer["type"], answer["field_name"], answer["allowed_values"]) == ("value_not_permitted", "leaf_type", ["conversation"])
    assert devrev.call("stage-diagrams.list", {"leaf_type": [leaf]})["result"] == []


DIAGRAM = {"leaf_type": "conversation", "name": "x"}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("states.custom.create", {"name": "x"}, 400, "missing_required_field", "ordinal"),
        ("states.custom.create", {"name": "", "ordinal": 1}, 400, "value_not_permitted", "name"),
        ("states.custom.create", {"name": "x", "ordinal": 1, "final": True}, 400, "invalid_field", "final"),
        ("states.custom.get", {"id": "STAGE-1"}, 400, "unexpected_id_type", "id"),
        ("states.custom.get", {"id": "STATE-999"}, 404, "not_found", None),
        ("states.custom.get", {"id": "don:core:dvrv-us-1:devo/globex:custom_state/1"}, 400, "invalid_id", "id"),
        ("states.custom.update", {"id": "STATE-999", "ordinal": 1}, 404, "not_found", None),
        ("states.custom.update", {"id": "STATE-3", "is_final": False}, 400, "value_not_permitted", "is_final"),
        ("states.custom.update", {"id": "STATE-3", "name": "over"}, 400, "value_not_permitted", "name"),
        ("states.custom.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("stages.custom.create", {"name": "x", "ordinal": 1, "state": "STATE-999"}, 400, "invalid_id", "state"),
        ("stages.custom.create", {"name": "x", "ordinal": "1", "state": "STATE-1"}, 400, "unexpected_json_type", "ordinal"),
        ("stages.custom.create", {"name": "x", "ordinal": 1, "state": "STATE-1", "marketplace_ref": "x"}, 400, "value_not_permitted", None),
        ("stages.custom.get", {"id": "STAGE-999"}, 404, "not_found", None),
        ("stages.custom.update", {"id": "STAGE-999", "ordinal": 1}, 404, "not_found", None),
        ("stages.custom.update", {"id": "STAGE-1", "name": "fresh"}, 400, "value_not_permitted", "name"),
        ("stages.custom.update", {"id": "STAGE-1", "state_id": "STATE-2"}, 400, "value_not_permitted", "state_id"),
        ("stages.custom.list", {"limit": 0}, 400, "value_not_permitted", "limit"),
        ("stage-diagrams.get", {}, 400, "missing_required_field", "id"),
        ("stage-diagrams.get", {"id": "DIAGRAM-999"}, 404, "not_found", None),
        ("stage-diagrams.get", {"leaf_type": "issue"}, 404, "not_found", None),
        ("stage-diagrams.update", {"id": "DIAGRAM-999", "name": "y"}, 404, "not_found", None),
        ("stage-diagrams.create", {**DIAGRAM, "stages": []}, 400, "value_not_permitted", "stages"),
        ("stage-diagrams.create", {**DIAGRAM, "stages": nodes({"STAGE-999": []})}, 400, "invalid_id", "stages[0].stage_id"),
        ("stage-diagrams.create", {**DIAGRAM, "stages": nodes({"STAGE-1": ["STAGE-2"]})}, 400, "value_not_permitted", None),
        ("stage-diagrams.create", {**DIAGRAM, "stages": nodes({"STAGE-1": []}) * 2}, 400, "value_not_permitted", "stages[1].stage_id"),
        ("stage-diagrams.create", {**DIAGRAM, "stages": [{}]}, 400, "missing_required_field", None),
        (
            "stage-diagrams.create",
            {"leaf_type": "x", "name": "x", "stages": nodes({"STAGE-1": []})},
            400,
            "value_not_permitted",
            "leaf_type",
        ),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: Any, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert answer["type"] == kind
    assert field is None or answer["field_name"] == field


@pytest.mark.parametrize(
    ("path", "body", "made"),
    [
        ("states.custom.create", {"name": "perm", "ordinal": 1}, 201),
        ("states.custom.update", {"id": "STATE-1", "ordinal": 1}, 200),
        ("stages.custom.create", {"name": "perm", "ordinal": 1, "state": "STATE-1"}, 201),
        ("stages.custom.update", {"id": "STAGE-1", "ordinal": 1000}, 200),
        ("stage-diagrams.create", {"leaf_type": "conversation", "name": "perm", "stages": nodes({"STAGE-1": []})}, 201),
    ],
)
def test_administrators_configure(devrev: Devrev, path: str, body: Any, made: int) -> None:
    assert devrev.call(path, body, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    devrev.call(path, body, who="bot", expect=made)


@pytest.mark.parametrize("path", ["states.custom.list", "stages.custom.list", "stage-diagrams.list"])
def test_agents_read_and_tenants_stay_apart(devrev: Devrev, path: str) -> None:
    assert devrev.call(path, {}, who="bob")["result"]
    assert devrev.call(path, {}, who="contact", expect=403)["type"] == "forbidden"
    theirs = devrev.call(path, {}, who="globex")["result"]
    assert all(":devo/globex:" in one["id"] for one in theirs)
    assert len(theirs) == {"states.custom.list": 3, "stages.custom.list": 7, "stage-diagrams.list": 0}[path]
