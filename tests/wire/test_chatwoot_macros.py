"""Macros on Chatwoot's wire (contract 3.5), and each step that macros and rules have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    CONTACT,
    FULL,
    IDLE,
    ORDERS,
    OTHER,
    POLICY,
    STOREFRONT,
    TEAM,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)  # fmt: skip
from tests.wire.conftest import Live

ONE, TWO, HIDDEN = 20, 21, 22
CLOSE = {"action_name": "resolve_conversation", "action_params": []}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(_conversations)
    return world


async def _conversations(connection: Any) -> None:
    await add_conversation(connection, ONE, contact_id=CONTACT)
    await add_conversation(connection, TWO)
    await add_conversation(connection, HIDDEN, inbox_id=ORDERS)
    await insert(connection, "allocators", kind="tag", next_id=100)
    await add_message(connection, 2001, ONE, kind="outgoing", author_kind="user", author_id=BO, body="Hi")


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def macro(chatwoot: Chatwoot, *steps: tuple[str, Any], who: str = "admin", **more: Any) -> dict[str, Any]:
    actions = [{"action_name": name, "action_params": params} for name, params in steps]
    made: dict[str, Any] = chatwoot.post("macros", {"name": "M", "visibility": "global", "actions": actions} | more, who=who)["payload"]
    return made


def carry_out(chatwoot: Chatwoot, *steps: tuple[str, Any], number: int = ONE, who: str = "admin") -> tuple[dict[str, Any], list[Any]]:
    """The conversation afterwards, and what was skipped."""
    made = macro(chatwoot, *steps)
    answer = chatwoot.post(f"macros/{made['id']}/execute", {"conversation_ids": [number]}, who=who)
    return chatwoot.get(f"conversations/{number}"), answer["payload"][0]["skipped"]


def test_a_life(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("macros", {"macro": {"name": "Close", "visibility": "global", "actions": [CLOSE]}})["payload"]
    assert (made["name"], made["visibility"], made["actions"], made["account_id"]) == ("Close", "global", [CLOSE], 1)
    assert made["created_by"]["id"] == made["updated_by"]["id"] == ADA
    assert made in chatwoot.get("macros", who="agent")["payload"]
    assert chatwoot.get(f"macros/{made['id']}", who="agent")["payload"] == made
    assert chatwoot.call("PATCH", f"macros/{made['id']}", {"name": "Shut"})["payload"]["name"] == "Shut"
    assert chatwoot.call("DELETE", f"macros/{made['id']}") is None
    chatwoot.get(f"macros/{made['id']}", expect=404)


def test_a_personal_macro_is_its_authors_and_an_agents_is_personal(chatwoot: Chatwoot) -> None:
    mine = macro(chatwoot, ("resolve_conversation", []), who="agent")
    assert mine["visibility"] == "personal"
    assert mine["id"] not in [one["id"] for one in chatwoot.get("macros", who="idle")["payload"]]
    assert mine["id"] in [one["id"] for one in chatwoot.get("macros", who="agent")["payload"]]
    for method in ("GET", "PATCH", "DELETE"):
        chatwoot.call(method, f"macros/{mine['id']}", None if method == "GET" else {}, who="idle", expect=401)
    chatwoot.post(f"macros/{mine['id']}/execute", {"conversation_ids": [ONE]}, who="idle", expect=401)
    ours = macro(chatwoot, ("resolve_conversation", []))
    chatwoot.call("PATCH", f"macros/{ours['id']}", {"name": "x"}, who="agent", expect=401)
    chatwoot.call("DELETE", f"macros/{ours['id']}", who="agent", expect=401)
    assert chatwoot.call("PATCH", f"macros/{mine['id']}", {"visibility": "global"}, who="agent")["payload"]["visibility"] == "personal"


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([("assign_agent", [BO])], {"assignee": BO}),
        ([("assign_agent", ["nil"])], {"assignee": None}),
        ([("assign_agent", ["last_responding_agent"])], {"assignee": BO}),
        ([("assign_agent", ["self"])], {"assignee": ADA}),
        ([("assign_team", [TEAM])], {"team": TEAM}),
        ([("remove_assigned_team", [])], {"team": None}),
        ([("add_label", ["new one", "vip-gold"])], {"labels": ["new one", "vip-gold"]}),
        ([("remove_label", ["new one", "never there"])], {"labels": ["vip-gold"]}),
        ([("change_priority", ["urgent"])], {"priority": "urgent"}),
        ([("change_priority", ["nil"])], {"priority": None}),
        ([("add_sla", [POLICY])], {"sla_policy_id": POLICY}),
        ([("snooze_conversation", [])], {"status": "snoozed", "snoozed_until": None}),
        ([("open_conversation", [])], {"status": "open"}),
        ([("pending_conversation", None)], {"status": "pending"}),
        ([("change_status", ["open"])], {"status": "open"}),
        ([("send_message", ["Hello"])], {"last": ("Hello", False)}),
        ([("add_private_note", ["Hush"])], {"last": ("Hush", True)}),
        ([("resolve_conversation", [])], {"status": "resolved"}),
        ([("mute_conversation", [])], {"status": "resolved", "muted": True}),
    ],
)
def test_each_step(chatwoot: Chatwoot, steps: list[tuple[str, Any]], shown: dict[str, Any]) -> None:
    row, skipped = carry_out(chatwoot, *steps)
    last = row["last_non_activity_message"]
    seen = row | {
        "assignee": row["meta"].get("assignee", {}).get("id"),
        "team": row["meta"].get("team", {}).get("id"),
        "last": (last["content"], last["private"]),
    }
    assert skipped == []
    assert {key: seen[key] for key in shown} == shown


def test_a_webhook_step_leaves_an_event_for_the_deliveries(chatwoot: Chatwoot, world: World) -> None:
    carry_out(chatwoot, ("send_webhook_event", ["https://x.test/hook"]), number=TWO)
    found: list[Any] = []

    async def read(connection: Any) -> None:
        sql = "SELECT data ->> 'url' FROM events WHERE kind = 'conversation.webhook_requested' AND conversation_number = $1"
        found.append(await connection.fetchval(sql, TWO))

    world.fill(read)
    assert found == ["https://x.test/hook"]


def test_a_step_that_cannot_be_done_is_told_and_the_others_are_done(chatwoot: Chatwoot) -> None:
    row, skipped = carry_out(chatwoot, ("add_label", ["before"]), ("assign_agent", [IDLE]), ("add_label", ["after"]), number=TWO)
    assert skipped == [{"action_name": "assign_agent", "error": "the agent does not belong to the inbox"}]
    assert row["labels"] == ["before", "after"]
    assert "assignee" not in row["meta"]


def test_it_goes_over_several_conversations_or_none(chatwoot: Chatwoot) -> None:
    made = macro(chatwoot, ("add_label", ["both"]))
    chatwoot.post(f"macros/{made['id']}/execute", {"conversation_ids": [ONE, TWO, ONE]}, who="agent")
    assert all("both" in chatwoot.get(f"conversations/{number}")["labels"] for number in (ONE, TWO))
    other = macro(chatwoot, ("add_label", ["none"]))
    for who, missing in (("agent", HIDDEN), ("admin", 987)):
        chatwoot.post(f"macros/{other['id']}/execute", {"conversation_ids": [TWO, missing]}, who=who, expect=404)
    assert "none" not in chatwoot.get(f"conversations/{TWO}")["labels"]
    assert chatwoot.get(f"conversations/{FULL}")["inbox_id"] == STOREFRONT


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"action_name": "explode"}, "Macro execution actions explode not supported."),
        ({"action_name": "send_email_transcript", "action_params": ["a@x.test"]}, "sends no e-mail"),
        ({"action_name": "send_attachment", "action_params": [1]}, "files cannot be sent"),
        ({"action_name": "assign_agent", "action_params": [987]}, "no such agent"),
        ({"action_name": "assign_agent", "action_params": ["Bo"]}, "takes a number"),
        ({"action_name": "assign_team", "action_params": [987]}, "no such team"),
        ({"action_name": "change_status", "action_params": ["shut"]}, "takes one of open"),
        ({"action_name": "change_priority", "action_params": ["huge"]}, "takes nil or one of"),
        ({"action_name": "add_label", "action_params": []}, "takes labels"),
        ({"action_name": "send_message", "action_params": [" "]}, "takes a text"),
        ({"action_name": "send_message", "action_params": [{"a": 1}]}, "takes texts and numbers"),
        ({"action_name": "send_webhook_event", "action_params": ["ftp://x"]}, "http or https"),
        ({"action_name": "send_webhook_event", "action_params": ["http://10.0.0.1/x"]}, "private or local address"),
    ],
)
def test_a_bad_step_is_refused_and_nothing_is_made(chatwoot: Chatwoot, step: dict[str, Any], words: str) -> None:
    before = chatwoot.get("macros")
    refused = chatwoot.post("macros", {"name": "Bad", "actions": [CLOSE, step]}, expect=422)
    assert words in refused["message"], refused
    assert refused["attributes"] == ["actions"]
    assert chatwoot.get("macros") == before


def test_who_may(chatwoot: Chatwoot) -> None:
    made = macro(chatwoot, ("resolve_conversation", []))
    for who in ("bot", "contact", "foreign", ""):
        assert chatwoot.ask("GET", "macros", who=who).status_code == 401
        assert chatwoot.ask("POST", f"macros/{made['id']}/execute", {"conversation_ids": [ONE]}, who=who).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        body = None if method == "GET" else {}
        assert chatwoot.ask(method, f"macros/{made['id']}", body, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.post("macros", {"name": "x"}, expect=422)["attributes"] == ["actions"]
    assert chatwoot.post(f"macros/{made['id']}/execute", {}, expect=422)["attributes"] == ["conversation_ids"]
