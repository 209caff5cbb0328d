"""conversations.create and .update, timeline-entries.create: over HTTP, against the official schema."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=1))


@pytest.fixture
def call(world: devrev_world.World, live: Live) -> Callable[..., httpx.Response]:
    def post(path: str, body: Any, *, who: str = "ada") -> httpx.Response:
        return httpx.post(f"{live.url}/{path}", json=body, headers={"Authorization": world.tokens[who]})

    return post


def counted(world: devrev_world.World) -> int:
    """Rows of everything that a write touches; notifications are made by a job, whenever it comes to it."""

    async def count() -> int:
        connection = await asyncpg.connect(world.dsn)
        try:
            return int(
                await connection.fetchval(
                    "SELECT (SELECT count(*) + coalesce(sum(version), 0) FROM conversations) + (SELECT count(*) FROM messages)"
                    " + (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%') + (SELECT count(*) FROM conversation_tags)"
                )
            )
        finally:
            await connection.close()

    return asyncio.run(count())


def test_create_minimal_is_201_and_valid(call: Callable[..., httpx.Response]) -> None:
    answer = call("conversations.create", {"type": "support"})
    assert answer.status_code == 201
    assert answer.json()["conversation"]["stage"]["name"] == "new"


def test_create_shows_all_that_was_given(call: Callable[..., httpx.Response]) -> None:
    answer = call(
        "conversations.create",
        {
            "type": "support",
            "title": "Größe",
            "description": "long",
            "members": ["REVU-1", "DEVU-2"],
            "owned_by": ["DEVU-1", "DEVU-2", "DEVU-1"],
            "stage": {"name": "needs_response"},
            "source_channel": "email",
            "metadata": {"url_context": "https://shop.example/cart"},
            "messages": [{"body": "first"}, {"body": "second"}],
        },
    )
    assert answer.status_code == 201, answer.text
    shown = answer.json()["conversation"]
    assert (shown["title"], shown["description"], shown["source_channel"]) == ("Größe", "long", "email")
    assert [m["display_id"] for m in shown["members"]] == ["REVU-1", "DEVU-2"]
    assert [o["display_id"] for o in shown["owned_by"]] == ["DEVU-1", "DEVU-2"]
    assert [m["body"] for m in shown["messages"]] == ["first", "second"]
    assert shown["metadata"] == {"url_context": "https://shop.example/cart"}


def test_update_changes_and_records_the_change(call: Callable[..., httpx.Response]) -> None:
    number = call("conversations.create", {"type": "support"}).json()["conversation"]["id"]
    body = {"id": number, "title": "new title", "stage": {"name": "resolved"}, "owned_by": {"set": ["DEVU-2"]}}
    answer = call("conversations.update", body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()["conversation"]
    assert (shown["title"], shown["stage"]["name"]) == ("new title", "resolved")
    assert shown["actual_close_date"]
    cleared = call("conversations.update", {"id": number, "owned_by": {"set": []}}).json()["conversation"]
    assert "owned_by" not in cleared


def test_timeline_entry_create(call: Callable[..., httpx.Response]) -> None:
    number = call("conversations.create", {"type": "support", "members": ["REVU-1"]}).json()["conversation"]["id"]
    answer = call(
        "timeline-entries.create",
        {"type": "timeline_comment", "object": number, "body": "Hello", "labels": ["greeting"], "external_ref": f"r-{number}"},
    )
    assert answer.status_code == 201, answer.text
    entry = answer.json()["timeline_entry"]
    assert (entry["body"], entry["labels"], entry["visibility"], entry["object"]) == ("Hello", ["greeting"], "external", number)
    again = call("timeline-entries.create", {"type": "timeline_comment", "object": number, "body": "Hello", "external_ref": f"r-{number}"})
    assert (again.status_code, again.json()["type"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("conversations.create", {}, 400, "missing_required_field", "type"),
        ("conversations.create", {"type": "chat"}, 400, "invalid_enum_value", "type"),
        ("conversations.create", {"type": "support", "colour": 1}, 400, "invalid_field", "colour"),
        ("conversations.create", {"type": "support", "title": 5}, 400, "unexpected_json_type", "title"),
        ("conversations.create", {"type": "support", "title": "x" * 300}, 400, "value_not_permitted", "title"),
        ("conversations.create", {"type": "support", "owned_by": ["REVU-1"]}, 400, "unexpected_id_type", "owned_by[0]"),
        ("conversations.create", {"type": "support", "owned_by": ["DEVU-999"]}, 400, "invalid_id", "owned_by"),
        ("conversations.create", {"type": "support", "group": "GROUP-999"}, 400, "invalid_id", "group"),
        ("conversations.create", {"type": "support", "stage": {"name": "nope"}}, 400, "value_not_permitted", "stage.name"),
        ("conversations.create", {"type": "support", "custom_fields": []}, 400, "unexpected_json_type", "custom_fields"),
        ("conversations.create", {"type": "support", "messages": [{"body": ""}]}, 400, "value_not_permitted", "messages[0].body"),
        ("conversations.update", {"title": "x"}, 400, "missing_required_field", "id"),
        ("conversations.update", {"id": "CONV-999999", "title": "x"}, 404, "not_found", None),
        ("conversations.update", {"id": "DEVU-1"}, 400, "unexpected_id_type", "id"),
        ("conversations.update", {"id": "CONV-2", "tags": {"add": [{"id": "TAG-999"}]}}, 400, "invalid_id", "tags"),
        ("conversations.update", {"id": "CONV-1", "title": "thaw me"}, 400, "value_not_permitted", "is_frozen"),
        ("timeline-entries.create", {"type": "timeline_comment", "object": "CONV-1"}, 400, "missing_required_field", "body"),
        ("timeline-entries.create", {"type": "timeline_comment", "object": "CONV-999999", "body": "x"}, 404, "not_found", None),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    call: Callable[..., httpx.Response],
    world: devrev_world.World,
    path: str,
    body: dict[str, Any],
    status: int,
    kind: str,
    field: str | None,
) -> None:
    before = counted(world)
    answer = call(path, body)
    assert (answer.status_code, answer.json()["type"], answer.json().get("field_name")) == (status, kind, field), answer.text
    assert counted(world) == before


def test_malformed_and_empty_bodies(world: devrev_world.World, live: Live) -> None:
    headers = {"Authorization": world.tokens["ada"], "Content-Type": "application/json"}
    for text in ("{", "", "[]", "nul"):
        assert httpx.post(f"{live.url}/conversations.create", content=text, headers=headers).status_code == 400
    big = httpx.post(f"{live.url}/conversations.create", content="x" * 10_000_000, headers=headers)
    assert (big.status_code, big.json()["type"]) == (413, "request_entity_too_large")


def test_nul_characters_are_refused_not_a_500(call: Callable[..., httpx.Response]) -> None:
    assert call("conversations.create", {"type": "support", "title": "a\0b"}).status_code == 400
