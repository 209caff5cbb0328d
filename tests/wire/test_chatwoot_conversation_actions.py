"""What is done to a conversation with one click (contract 3.1, 8.1.33 to 50, 63 to 72)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.wire.chatwoot_care import care_world, events, fetch, place, sentences
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, BOT, CONTACT, FULL, T0, TEAM, World, add_message
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return care_world(live.dsn, live.url)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def toggle(chatwoot: Chatwoot, number: int, body: Any = None, who: str = "admin") -> dict[str, Any]:
    payload: dict[str, Any] = chatwoot.post(f"conversations/{number}/toggle_status", body or {}, who=who)["payload"]
    assert (payload["success"], payload["conversation_id"]) == (True, number)
    return payload


def stage(world: World, number: int) -> str:
    query = "SELECT s.name FROM conversations c JOIN stages s USING (tenant_id) WHERE s.id = c.stage_id AND c.number = $1 AND tenant_id = 1"
    return str(fetch(world, query, number)[0][0])


def test_8_1_34_an_empty_status_resolves(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 400, waiting_since=None, last_incoming_at=None)
    assert toggle(chatwoot, number, {"status": ""}) == {
        "success": True, "conversation_id": number, "current_status": "resolved", "snoozed_until": None,
    }  # fmt: skip
    assert (stage(world, number), sentences(world, number)) == ("resolved", ["Conversation was marked resolved by Ada"])
    assert toggle(chatwoot, number)["current_status"] == "open"
    assert sentences(world, number)[-1] == "Conversation was reopened by Ada"
    assert [kind for kind, _ in events(world, number)] == ["conversation.updated"] * 2


def test_8_1_35_pending_becomes_open(chatwoot: Chatwoot, world: World) -> None:
    assert toggle(chatwoot, place(world, 401, status="pending"), {"status": "open"})["current_status"] == "open"


def test_8_1_36_an_agent_who_opens_it_answers_it(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 402, status="pending")
    assert toggle(chatwoot, number, who="agent")["current_status"] == "open"
    assert chatwoot.get(f"conversations/{number}")["meta"]["assignee"]["id"] == BO
    assert sentences(world, number) == ["Conversation was reopened by Bo. Bo self-assigned this conversation"]


def test_8_1_37_an_administrator_does_not(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 403, status="pending")
    assert toggle(chatwoot, number)["current_status"] == "open"
    assert "assignee" not in chatwoot.get(f"conversations/{number}")["meta"]


def test_8_1_38_open_becomes_pending(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 404)
    assert toggle(chatwoot, number, {"status": "pending"})["current_status"] == "pending"
    assert (stage(world, number), sentences(world, number)) == ("suspended", ["Conversation was marked as pending by Ada"])


def test_8_1_39_snoozed_until(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 405)
    later, latest = "2100-01-01T00:00:00.000Z", "2100-01-02T00:00:00.000Z"
    for until, shown in ((4102444800, later), ("4102531200", latest), (later, later)):
        snoozed = toggle(chatwoot, number, {"status": "snoozed", "snoozed_until": until})
        assert (snoozed["current_status"], snoozed["snoozed_until"]) == ("snoozed", shown)
    assert toggle(chatwoot, number, {"status": "snoozed"})["snoozed_until"] == later, "what is not given stays"
    assert sentences(world, number)[:2] == ["Conversation was snoozed by Ada", "Ada snoozed it until 2100-01-02 00:00 UTC"]
    assert toggle(chatwoot, number, {"status": "open", "snoozed_until": 4102444800})["snoozed_until"] is None
    assert toggle(chatwoot, number, {"status": "snoozed"})["snoozed_until"] is None, "until the next reply"
    assert stage(world, number) == "hold"


def test_8_1_40_a_bot_snoozes(chatwoot: Chatwoot, world: World) -> None:
    assert toggle(chatwoot, place(world, 406), {"status": "snoozed"}, who="bot")["current_status"] == "snoozed"


def test_8_1_41_a_bot_that_opens_what_was_pending_hands_it_over(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 407, status="pending")
    assert toggle(chatwoot, number, {"status": "open"}, who="bot")["current_status"] == "open"
    assert [kind for kind, _ in events(world, number)] == ["conversation.updated", "conversation.bot_handoff"]
    assert chatwoot.get(f"conversations/{number}")["waiting_since"] > 0
    toggle(chatwoot, number, {"status": "open"}, who="bot")
    assert len(events(world, number)) == 2, "once it is open there is nothing to hand over"


def test_resolving_ends_the_wait(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 408, waiting_since=T0)
    assert chatwoot.get(f"conversations/{number}")["waiting_since"] > 0
    toggle(chatwoot, number, {"status": "resolved"})
    assert chatwoot.get(f"conversations/{number}")["waiting_since"] == 0


@pytest.mark.parametrize("body", [{"status": "closed"}, {"status": "Open"}, {"status": 1}, {"status": ["open"]}])
def test_an_unknown_status_is_refused_where_the_original_answers_500(chatwoot: Chatwoot, world: World, body: Any) -> None:
    before = chatwoot.get(f"conversations/{FULL}")
    assert chatwoot.post(f"conversations/{FULL}/toggle_status", body, expect=422)["attributes"] == ["status"]
    bad_time = {"status": "snoozed", "snoozed_until": "soon"}
    assert chatwoot.post(f"conversations/{FULL}/toggle_status", bad_time, expect=422)["attributes"] == ["snoozed_until"]
    assert chatwoot.get(f"conversations/{FULL}") == before


def test_8_1_43_44_45_priority(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 410)

    def set_to(body: Any, who: str = "admin") -> str | None:
        assert chatwoot.post(f"conversations/{number}/toggle_priority", body, who=who) is None
        shown: str | None = chatwoot.get(f"conversations/{number}")["priority"]
        return shown

    assert set_to({"priority": "low"}) == "low"
    assert set_to({}) is None
    assert set_to({"priority": "high"}, who="bot") == "high"
    assert set_to({"priority": ""}) is None
    assert set_to({"priority": "urgent"}) == "urgent"
    assert set_to({"priority": "none"}) is None
    assert chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "x"}, expect=422)["attributes"] == ["priority"]


def test_8_1_47_48_49_typing_is_an_event(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 411)
    path = f"conversations/{number}/toggle_typing_status"
    assert chatwoot.post(path, {"typing_status": "on", "is_private": False}, who="agent") is None
    chatwoot.post(path, {"typing_status": "on", "is_private": True}, who="agent")
    chatwoot.post(path, {"typing_status": "off"}, who="bot")
    chatwoot.post(path, {"typing_status": "maybe"})
    assert events(world, number) == [
        ("conversation.typing_on", {"is_private": False}),
        ("conversation.typing_on", {"is_private": True}),
        ("conversation.typing_off", {"is_private": False}),
    ]
    actors = fetch(world, "SELECT actor_kind, actor_id FROM events WHERE conversation_number = $1 ORDER BY id", number)
    assert [tuple(row) for row in actors] == [("user", BO), ("user", BO), ("bot", BOT)]
    assert "typing_status" in chatwoot.post(path, {"typing_status": []}, expect=422)["attributes"]


def test_8_1_64_66_mute_and_unmute(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 412, contact_id=CONTACT)
    assert chatwoot.post(f"conversations/{number}/mute", who="agent") is None
    muted = chatwoot.get(f"conversations/{number}")
    assert (muted["status"], muted["muted"], muted["meta"]["sender"]["blocked"]) == ("resolved", True, True)
    chatwoot.post(f"conversations/{number}/unmute", who="agent")
    unmuted = chatwoot.get(f"conversations/{number}")
    assert (unmuted["status"], unmuted["muted"]) == ("resolved", False)
    assert sentences(world, number) == [
        "Conversation was marked resolved by Bo. Bo has muted the conversation",
        "Bo has unmuted the conversation",
    ]
    chatwoot.post(f"conversations/{number}/unmute")
    assert len(sentences(world, number)) == 2
    changed = fetch(world, "SELECT data->>'changed' FROM events WHERE kind = 'contact.updated' ORDER BY id")
    assert [row[0] for row in changed] == ['["blocked"]'] * 2


def test_8_1_68_a_transcript_can_be_downloaded(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 413, contact_id=CONTACT)
    world.fill(add_message, 41301, number, author_id=CONTACT, body="Where is it?")
    world.fill(add_message, 41302, number, kind="outgoing", author_kind="user", author_id=BO, body="On its way")
    world.fill(add_message, 41303, number, kind="outgoing", author_kind="user", author_id=BO, body="hush", visibility="internal")
    made = chatwoot.post(f"conversations/{number}/transcript", {"email": "zoe@mail.test"}, who="agent")
    assert (made["email"], made["is_sent"]) == ("zoe@mail.test", False)
    file = httpx.get(made["transcript_url"])
    assert (file.status_code, file.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert file.text == (
        f"Conversation {number}\n\n2024-06-01 12:00:00 UTC, Zoë:\nWhere is it?\n\n2024-06-01 12:00:00 UTC, Bo:\nOn its way\n"
    )
    assert [kind for kind, _ in events(world, number)] == ["conversation.transcript"]
    assert fetch(world, "SELECT FROM loose_blobs") == []


def test_a_transcript_is_not_kept_under_a_key(chatwoot: Chatwoot) -> None:
    headers = {"Idempotency-Key": "k"}
    refused = chatwoot.post(f"conversations/{FULL}/transcript", {"email": "a@b.test"}, headers=headers, expect=422)
    assert "Idempotency-Key" in refused["error"]


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": None}, {"email": "  "}])
def test_8_1_69_without_an_address(chatwoot: Chatwoot, body: Any) -> None:
    assert chatwoot.post(f"conversations/{FULL}/transcript", body, expect=422) == {"error": "email param missing"}


def test_8_1_71_72_custom_attributes_are_replaced(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 414)
    path = f"conversations/{number}/custom_attributes"
    three = {"user_id": 1001, "created_date": "23/12/2012", "subscription_id": 12}
    assert chatwoot.post(path, {"custom_attributes": three}, who="agent") == {"custom_attributes": three}
    odd = {"übrig": True, "list": [1, "a"], "deep": {"a": None}, "empty": None}
    assert chatwoot.post(path, {"custom_attributes": odd}, who="bot") == {"custom_attributes": odd}
    assert chatwoot.get(f"conversations/{number}")["custom_attributes"] == odd
    chatwoot.post(path, {"custom_attributes": odd})
    assert len(events(world, number)) == 2, "what changes nothing writes nothing"
    assert chatwoot.post(path, {"custom_attributes": {}}) == {"custom_attributes": {}}


def test_other_namespaces_stay(chatwoot: Chatwoot, world: World) -> None:
    chatwoot.post(f"conversations/{FULL}/custom_attributes", {"custom_attributes": {"a": 1}})
    (row,) = fetch(world, "SELECT custom_fields->'ctype__bug'->>'x', custom_fields->'tnt' FROM conversations WHERE number = $1", FULL)
    assert tuple(row) == ("1", '{"a": 1}')


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Custom attributes can't be blank"),
        ({"custom_attributes": "x"}, "custom_attributes: expected object, got string"),
        ({"custom_attributes": {"a": "x" * 1501}}, "Custom attributes a length should be < 1500"),
        ({"custom_attributes": {"a": 10_000_000_000}}, "Custom attributes a value should be < 9999999999"),
        ({"custom_attributes": {"a": "\0"}}, "custom_attributes.a holds a null character"),
    ],
)
def test_bad_attributes_change_nothing(chatwoot: Chatwoot, body: Any, message: str) -> None:
    before = chatwoot.get(f"conversations/{FULL}")["custom_attributes"]
    assert chatwoot.post(f"conversations/{FULL}/custom_attributes", body, expect=422)["message"] == message
    assert chatwoot.get(f"conversations/{FULL}")["custom_attributes"] == before


def test_devrev_sees_the_same_changes(chatwoot: Chatwoot, world: World) -> None:
    """The stage, the owner and the custom fields are one fact on both wires, and the timeline tells each change."""
    number = place(world, 415)
    toggle(chatwoot, number, {"status": "pending"})
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BO})
    chatwoot.post(f"conversations/{number}/assignments", {"team_id": TEAM})
    chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "high"})
    chatwoot.post(f"conversations/{number}/custom_attributes", {"custom_attributes": {"n": 1, "o": {"p": 2}}})
    headers = {"Authorization": world.tokens["admin"]}
    asked = {"object": f"don:core:dvrv-us-1:devo/acme:conversation/{number}", "collections": ["events"]}
    answer = httpx.post(f"{world.url}/timeline-entries.list", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    deltas = [delta for entry in answer.json()["timeline_entries"] for delta in entry["event"].get("updated", {}).get("field_deltas", [])]
    assert [delta["name"] for delta in deltas] == ["stage", "owned_by", "group", "owned_by", "priority", "tnt__n", "tnt__o"]
    shown = httpx.post(f"{world.url}/conversations.get", json={"id": asked["object"]}, headers=headers).json()["conversation"]
    assert (shown["stage"]["name"], shown["custom_fields"]["tnt__n"]) == ("suspended", 1)
