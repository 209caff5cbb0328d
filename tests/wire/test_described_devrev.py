"""DevRev's answers are as /openapi.json tells: no key more, and no key told that nothing ever sends."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from parley.actions.schema_fields import CONSTRAINTS
from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.described import DOCUMENT, check, shown

# What this world has no data for: a stage with notes, in changes that only an import brings composites and tags, and the
# constraints of custom fields (test_devrev_schemas shows each).
NOT_IN_THIS_WORLD = {"notes", "fields", "tag_id", "style", *CONSTRAINTS}


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=2))


@pytest.fixture
def ask(world: devrev_world.World, live: Live) -> Any:
    def post(path: str, body: Any = None, *, who: str | None = "ada", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"authorization": world.tokens.get(who, who)} if who else {}
        return httpx.post(live.url + path, json={} if body is None else body, headers=sent)

    return post


@pytest.mark.parametrize("scope", ["", "beta"])
@pytest.mark.parametrize("who", ["ada", "bob", "contact", "bot"])
def test_a_list(ask: Any, scope: str, who: str) -> None:
    body = check("/conversations.list", ask("/conversations.list", {"limit": 30}, who=who, x_devrev_scope=scope))
    assert body["conversations"] or who in ("bob", "bot")


def test_a_list_by_get(live: Live, world: devrev_world.World) -> None:
    query = {"limit": "3", "stage.name": "new,hold", "is_spam": "false", "sort_by": "created_date:asc"}
    answer = httpx.get(f"{live.url}/conversations.list", params=query, headers={"authorization": world.tokens["ada"]})
    check("/conversations.list", answer)


@pytest.mark.parametrize("who", ["ada", "contact"])
def test_an_export(ask: Any, who: str) -> None:
    assert check("/conversations.export", ask("/conversations.export", {"first": 5000}, who=who))["conversations"]


def test_every_key_that_is_told_is_sent_by_some_answer(ask: Any) -> None:
    sent = shown(ask("/conversations.export", {"first": 5000}).json())
    page = ask("/conversations.list", {"limit": 10}).json()
    sent |= shown(ask("/conversations.list", {"limit": 10, "cursor": page["next_cursor"]}, x_devrev_scope="beta").json())
    sent |= shown(ask("/conversations.create", {"type": "support"}).json())
    sent |= {"timeline_entry"}
    told = {key for name in answer_shapes() for key in DOCUMENT["components"]["schemas"][name].get("properties", ())}
    assert told - sent <= NOT_IN_THIS_WORLD


def answer_shapes() -> set[str]:
    """The shapes that a DevRev success can lead to."""
    schemas, found = DOCUMENT["components"]["schemas"], set()
    waiting = [f"devrev-{name}-response" for name in ("list", "export", "conversations.create", "timeline-entries.create")]
    while waiting:
        name = waiting.pop()
        found.add(name)
        inside = set(refs(schemas[name]))
        waiting += inside - found
    return found


def refs(schema: Any) -> Any:
    if isinstance(schema, dict):
        if isinstance(ref := schema.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for inner in schema.values():
            yield from refs(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from refs(inner)


def test_the_writes(ask: Any) -> None:
    opened = ask("/conversations.create", {"type": "support", "title": "T", "messages": [{"body": "Hello"}], "tags": [{"id": "TAG-1"}]})
    assert opened.status_code == 201
    number = check("/conversations.create", opened)["conversation"]["display_id"]
    changed = ask(
        "/conversations.update", {"id": number, "stage": {"name": "hold"}, "owned_by": {"set": ["DEVU-1"]}}, x_devrev_scope="beta"
    )
    assert check("/conversations.update", changed)["conversation"]["stage"]["name"] == "hold"
    entry = ask("/timeline-entries.create", {"type": "timeline_comment", "object": number, "body": "Hi", "labels": ["a"]})
    assert entry.status_code == 201
    check("/timeline-entries.create", entry)


@pytest.mark.parametrize(
    ("path", "body", "who", "status"),
    [
        ("/conversations.list", {"nope": 1}, "ada", 400),
        ("/conversations.list", {"limit": "1"}, "ada", 400),
        ("/conversations.list", {"limit": 0}, "ada", 400),
        ("/conversations.list", {"mode": "sideways"}, "ada", 400),
        ("/conversations.list", {"owned_by": ["TAG-1"]}, "ada", 400),
        ("/conversations.list", {"owned_by": ["?"]}, "ada", 400),
        ("/conversations.list", {"cursor": "x"}, "ada", 400),
        ("/conversations.list", {"actual_close_date": {}}, "ada", 400),
        ("/conversations.list", {}, None, 401),
        ("/conversations.export", {}, "prl_unknown", 401),
        ("/conversations.export", {"first": 5001}, "ada", 400),
        ("/conversations.update", {"id": "CONV-1", "title": "x"}, "contact", 403),
        ("/conversations.update", {"id": "CONV-999999"}, "ada", 404),
        ("/conversations.update", {"id": "CONV-2", "title": "x"}, "ada", 400),
        ("/timeline-entries.create", {"type": "timeline_comment", "object": "CONV-2", "body": "x"}, "ada", 400),
        ("/conversations.create", {"type": "support", "title": "x" * 3_000_000}, "ada", 413),
    ],
)
def test_a_refusal(ask: Any, path: str, body: Any, who: str | None, status: int) -> None:
    answer = ask(path, body, who=who)
    assert answer.status_code == status, answer.text
    check(path, answer)


def test_a_reference_that_is_taken(ask: Any) -> None:
    body = {"type": "timeline_comment", "object": "CONV-1", "body": "x", "external_ref": "mine"}
    first, second = ask("/timeline-entries.create", body), ask("/timeline-entries.create", body)
    assert (first.status_code, second.status_code) == (201, 409)
    check("/timeline-entries.create", second)


def test_a_body_of_another_type_and_one_that_is_no_json(live: Live, world: devrev_world.World) -> None:
    for headers, content in (({"content-type": "text/plain"}, "{}"), ({"content-type": "application/json"}, "{")):
        answer = httpx.post(f"{live.url}/conversations.list", content=content, headers=headers | {"authorization": world.tokens["ada"]})
        assert answer.status_code == 400
        check("/conversations.list", answer)


def test_health(live: Live) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json"):
        check(path, httpx.get(live.url + path))
    assert httpx.get(f"{live.url}/openapi.json").json() == DOCUMENT
