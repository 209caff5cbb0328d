"""What a visitor does in their conversations by Chatwoot's public API (contract 3.7)."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import ABROAD, BOTTED, BOTTED_ID, SINGLE, Visitor, come, open_doors, proof
from tests.wire.chatwoot_world import ADA, FULL, ORDERS, World, add_message, build, run
from tests.wire.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    open_doors(world)
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def fetch(world: World, query: str, *values: object) -> list[Any]:
    return run(_fetch(world, query, *values))


async def _fetch(world: World, query: str, *values: object) -> list[Any]:
    connection = await asyncpg.connect(world.dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


def answer(world: World, message_id: int, number: int, **columns: Any) -> None:
    """What an agent says."""
    row = {"kind": "outgoing", "author_kind": "user", "author_id": ADA, "body": "Hello"} | columns
    world.fill(add_message, message_id, number, **row)


def test_a_life(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot, name="Hal")
    made = visitor.post("/conversations", {"custom_attributes": {"order": "10234"}})
    assert (made["status"], made["inbox_id"], made["messages"], made["contact"]["name"]) == ("open", ORDERS, [], "Hal")
    assert (made["contact_last_seen_at"], made["agent_last_seen_at"]) == (0, 0)
    number = made["id"]
    assert chatwoot.get(f"conversations/{number}")["custom_attributes"] == {"order": "10234"}
    said = visitor.post(f"/conversations/{number}/messages", {"content": "Where is it?", "echo_id": "e-1"})
    assert (said["content"], said["message_type"], said["content_type"]) == ("Where is it?", 0, "text")
    assert (said["conversation_id"], said["sender"]["type"], said["sender"]["name"]) == (number, "contact", "Hal")
    assert visitor.get(f"/conversations/{number}")["messages"] == [said]
    assert visitor.get("/conversations") == [visitor.get(f"/conversations/{number}")]
    assert chatwoot.get(f"conversations/{number}")["unread_count"] == 1
    resolved = visitor.post(f"/conversations/{number}/toggle_status")
    assert (resolved["status"], resolved["id"]) == ("resolved", number)
    asking = resolved["messages"][-1]
    assert (asking["content_type"], asking["message_type"], asking["content"]) == ("input_csat", 3, "Happy?")
    assert asking["content_attributes"] == {"display_type": "star"}
    assert visitor.post(f"/conversations/{number}/toggle_status") == resolved
    changes = fetch(world, "SELECT author_kind FROM messages WHERE conversation_number = $1 AND event_type = 'updated'", number)
    assert changes == [("contact",)], "once, and by the contact"
    visitor.post(f"/conversations/{number}/messages", {"content": "One thing more"})
    assert visitor.get(f"/conversations/{number}")["status"] == "open"


def test_notes_changes_and_private_messages_are_not_shown(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start("one")
    answer(world, 9001, number, body="seen by all")
    answer(world, 9002, number, body="a note", visibility="internal")
    answer(world, 9003, number, body="a secret", visibility="private", private_to=[f"contact:{visitor.shown['id']}"])
    assert [one["content"] for one in visitor.get(f"/conversations/{number}")["messages"]] == ["seen by all", "one"]
    shown = visitor.get(f"/conversations/{number}/messages")
    assert [one["content"] for one in shown] == ["seen by all", "one"]
    assert (shown[0]["message_type"], shown[0]["sender"]["type"]) == (1, "user")
    assert "email" not in shown[0]["sender"]
    for hidden in (9002, 9003, 1001, 77):
        visitor.patch(f"/conversations/{number}/messages/{hidden}", {"submitted_values": {"value": "x"}}, expect=404)


def test_messages_come_twenty_at_a_time_the_newest_first(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start("first")
    first = visitor.get(f"/conversations/{number}/messages")[0]["id"]
    world.execute(
        "INSERT INTO messages (tenant_id, id, conversation_number, kind, author_kind, author_id, body, created_at)"
        f" SELECT 1, 20000 + n, {number}, 'incoming', 'contact', {visitor.shown['id']}, n::text, now() + n * interval '1 second'"
        " FROM generate_series(1, 50) n"
    )
    page = visitor.get(f"/conversations/{number}/messages")
    assert [one["content"] for one in page] == [str(n) for n in range(31, 51)]
    page = visitor.get(f"/conversations/{number}/messages", params={"before": page[0]["id"]})
    assert [one["content"] for one in page] == [str(n) for n in range(11, 31)]
    page = visitor.get(f"/conversations/{number}/messages", params={"before": page[0]["id"]})
    assert [one["content"] for one in page] == ["first", *(str(n) for n in range(1, 11))]
    assert visitor.get(f"/conversations/{number}/messages", params={"before": first}) == []
    visitor.get(f"/conversations/{number}/messages", params={"before": "x"}, expect=400)


def test_files_come_along(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    files = [("attachments[]", ("a.png", PNG, "image/png")), ("attachments[]", ("b.txt", b"words", "text/plain"))]
    said = visitor.post(f"/conversations/{number}/messages", data={"content": "See"}, files=files)
    assert [file["file_type"] for file in said["attachments"]] == ["image", "file"]
    assert httpx.get(said["attachments"][1]["data_url"]).content == b"words"
    assert chatwoot.get(f"conversations/{number}")["messages"][0]["attachments"][0]["file_size"] == len(PNG)
    many = [("attachments[]", (f"{n}.txt", b"x", "text/plain")) for n in range(16)]
    refused = visitor.post(f"/conversations/{number}/messages", files=many, expect=422)
    assert refused == {"error": "Validation failed: Attachments exceeded maximum allowed"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"content": "x" * 150_001}, "Validation failed: Content is too long (maximum is 150000 characters)"),
        ({"content": ["x"]}, "content: expected string, got array"),
        ({"content": "\0"}, "content holds a null character"),
        ({"attachments": ["x"]}, "attachments[0]: expected file, got string"),
    ],
)
def test_bad_messages_are_refused_and_change_nothing(chatwoot: Chatwoot, body: dict[str, Any], error: str) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    before = visitor.get(f"/conversations/{number}")
    assert visitor.post(f"/conversations/{number}/messages", body, expect=422) == {"error": error}
    assert visitor.get(f"/conversations/{number}") == before


def test_a_flood_is_stopped(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    world.execute(
        "INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body, created_at)"
        f" SELECT 1, {number}, 'incoming', 'contact', {visitor.shown['id']}, 'x', now() FROM generate_series(1, 200)"
    )
    refused = visitor.post(f"/conversations/{number}/messages", {"content": "more"}, expect=422)
    assert refused == {"error": "Validation failed: Too many messages"}


def test_a_conversation_of_another_inbox_or_contact_is_not_found(chatwoot: Chatwoot, world: World) -> None:
    """The original takes messages into a conversation of another inbox (#10626)."""
    visitor, other = come(chatwoot, **proof("ida-1")), come(chatwoot)
    elsewhere = Visitor(chatwoot, SINGLE, come(chatwoot, SINGLE, **proof("ida-1")).shown)
    assert elsewhere.shown["id"] == visitor.shown["id"]
    abroad = come(chatwoot, ABROAD)
    for number in (other.start(), elsewhere.start(), FULL, abroad.start() + 500, 999_999):
        for method, rest in (
            ("GET", ""), ("POST", "/toggle_status"), ("POST", "/toggle_typing"), ("POST", "/update_last_seen"), ("GET", "/messages"),
            ("POST", "/messages"), ("PATCH", "/messages/1001"),
        ):  # fmt: skip
            body = {"content": "x", "typing_status": "on", "submitted_values": {"value": "x"}} if method != "GET" else None
            path = visitor.path(f"/conversations/{number}{rest}")
            assert chatwoot.ask(method, path, body, who="").status_code == 404, (method, path)
    assert fetch(world, "SELECT count(*) FROM messages WHERE author_id = $1 AND kind = 'incoming'", visitor.shown["id"]) == [(1,)]


def test_a_proof_shows_all_conversations_of_the_contact_in_the_inbox(chatwoot: Chatwoot) -> None:
    first, second, claimed = (come(chatwoot, **said) for said in (proof("jon-1"), proof("jon-1"), {"identifier": "jon-1"}))
    numbers = [visitor.start() for visitor in (first, second, claimed)]
    for visitor in (first, second):
        assert [one["id"] for one in visitor.get("/conversations")] == numbers
    assert [one["id"] for one in claimed.get("/conversations")] == numbers[2:]
    assert first.get(f"/conversations/{numbers[1]}")["contact"]["identifier"] == "jon-1"
    claimed.get(f"/conversations/{numbers[0]}", expect=404)


def test_an_inbox_may_keep_one_conversation(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot, SINGLE)
    assert visitor.start() == visitor.start()
    assert come(chatwoot, SINGLE).start() != visitor.start()
    several = come(chatwoot)
    assert several.start() != several.start()


def test_where_a_bot_answers_a_conversation_waits_for_it(chatwoot: Chatwoot) -> None:
    made = come(chatwoot, BOTTED).post("/conversations", {})
    assert (made["status"], made["inbox_id"]) == ("pending", BOTTED_ID)


def test_who_is_blocked_is_not_answered(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    world.execute(f"UPDATE contacts SET blocked = true WHERE id = {visitor.shown['id']}")
    made = visitor.post("/conversations", {})
    assert made["status"] == "resolved"
    visitor.post(f"/conversations/{made['id']}/messages", {"content": "Hello?"})
    assert visitor.get(f"/conversations/{made['id']}")["status"] == "resolved"


def test_a_deleted_contact_is_not_known(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    world.execute(f"UPDATE contacts SET state = 'deleted' WHERE id = {visitor.shown['id']}")
    visitor.get(expect=404)
    visitor.post("/conversations", {}, expect=404)


def test_a_conversations_attributes_must_be_an_object(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    refused = visitor.post("/conversations", {"custom_attributes": "x"}, expect=422)
    assert refused == {"error": "custom_attributes: expected object, got string"}
    assert visitor.get("/conversations") == []


def test_typing_is_told(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    for status in ("on", "off"):
        assert visitor.post(f"/conversations/{number}/toggle_typing", {"typing_status": status}) is None
    assert visitor.post(f"/conversations/{number}/toggle_typing", params={"typing_status": "on"}) is None
    kinds = fetch(world, "SELECT kind, actor_kind FROM events WHERE conversation_number = $1 AND kind LIKE '%typing%' ORDER BY id", number)
    assert kinds == [(f"conversation.typing_{status}", "contact") for status in ("on", "off", "on")]
    for body in ({}, {"typing_status": "maybe"}):
        assert "yping" in visitor.post(f"/conversations/{number}/toggle_typing", body, expect=422)["error"]


def test_reading_marks_what_was_sent(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    answer(world, 9101, number)
    answer(world, 9102, number, status="failed")
    answer(world, 9103, number, visibility="internal")
    before = chatwoot.get(f"conversations/{number}")
    assert visitor.post(f"/conversations/{number}/update_last_seen") is None
    after = chatwoot.get(f"conversations/{number}")
    assert (before["contact_last_seen_at"], after["contact_last_seen_at"] > 0) == (0, True)
    assert after["updated_at"] == before["updated_at"], "looking is no change"
    statuses = fetch(world, "SELECT status FROM messages WHERE id BETWEEN 9101 AND 9103 ORDER BY id")
    assert statuses == [("read",), ("failed",), ("sent",)]


def test_a_frozen_conversation_refuses(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    world.execute(f"UPDATE conversations SET is_frozen = true WHERE tenant_id = 1 AND number = {number}")
    visitor.post(f"/conversations/{number}/messages", {"content": "x"}, expect=422)
    visitor.post(f"/conversations/{number}/toggle_status", expect=422)
    assert visitor.get(f"/conversations/{number}")["status"] == "open"


def test_what_a_message_asks_for_is_filled_in(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    answer(world, 9201, number, content_type="input_select", content_attributes='{"items": [{"title": "Yes", "value": "y"}]}')
    answer(world, 9202, number, content_type="form", content_attributes='{"items": []}')
    chosen = visitor.patch(f"/conversations/{number}/messages/9201", {"submitted_values": {"title": "Yes", "value": "y", "evil": 1}})
    assert chosen["content_attributes"] == {"items": [{"title": "Yes", "value": "y"}], "submitted_values": {"title": "Yes", "value": "y"}}
    filled = [{"name": "mail", "value": "a@b.test"}, {"name": "size", "value": "9"}]
    assert (
        visitor.patch(f"/conversations/{number}/messages/9202", {"submitted_values": filled})["content_attributes"]["submitted_values"]
        == filled
    )
    events = fetch(world, "SELECT actor_kind, data ->> 'changed' FROM events WHERE message_id = 9201 AND kind = 'message.updated'")
    assert events == [("contact", '["submitted_values"]')]
    for bad in ({}, {"submitted_values": "x"}, {"submitted_values": ["x"]}, {"submitted_values": {"value": ["x"]}}):
        assert "error" in visitor.patch(f"/conversations/{number}/messages/9202", bad, expect=422)


def test_an_agents_reply_reaches_the_visitor(chatwoot: Chatwoot, world: World) -> None:
    """Over DevRev's wire: both speak of one store."""
    visitor = come(chatwoot)
    number = visitor.start()
    body = {"object": f"CONV-{number}", "type": "timeline_comment", "body": "On its way", "visibility": "external"}
    asked = httpx.post(f"{chatwoot.url}/timeline-entries.create", json=body, headers={"authorization": chatwoot.tokens["admin"]})
    assert asked.status_code == 201, asked.text
    assert [one["content"] for one in visitor.get(f"/conversations/{number}/messages")] == ["Hello?", "On its way"]


def test_a_key_makes_a_message_once(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    number = visitor.start()
    said = [visitor.post(f"/conversations/{number}/messages", {"content": "once"}, headers={"idempotency-key": "k-1"}) for _ in range(2)]
    assert said[0] == said[1]
    assert len(visitor.get(f"/conversations/{number}/messages")) == 2


def test_a_contact_with_many_conversations_is_listed_in_few_statements(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot)
    point = fetch(world, "SELECT id FROM contact_points WHERE source_id = $1", visitor.source_id)[0][0]
    world.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, contact_point_id, created_by_kind,"
        " modified_by_kind)"
        f" SELECT 1, 50000 + n, 1, 'open', {ORDERS}, {visitor.shown['id']}, {point}, 'contact', 'contact' FROM generate_series(1, 1000) n",
        "INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body)"
        f" SELECT 1, 50000 + n, 'incoming', 'contact', {visitor.shown['id']}, 'no ' || n FROM generate_series(1, 1000) n",
    )
    listed = visitor.get("/conversations")
    assert [(one["id"], one["messages"][0]["content"]) for one in listed] == [(50000 + n, f"no {n}") for n in range(1, 1001)]


def test_too_many_requests_of_one_address_are_refused(serve: Any) -> None:
    live = serve(public_rate_limit="3")
    statuses = [httpx.get(f"{live.url}/public/api/v1/inboxes/none").status_code for _ in range(5)]
    assert 429 in statuses
    refused = next(one for one in (httpx.get(f"{live.url}/public/api/v1/inboxes/none") for _ in range(4)) if one.status_code == 429)
    assert (refused.text, refused.headers["access-control-allow-origin"]) == ("Retry later\n", "*")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert httpx.get(f"{live.url}/api/v1/accounts/1/canned_responses").status_code == 401
