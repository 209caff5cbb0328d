"""Automation rules on Chatwoot's wire (contract 3.5, 11.17): the resource, and a running server that carries them out."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

import pytest

from parley.actions.automation_rules import MOST
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    BO,
    CONTACT,
    FULL,
    ORDERS,
    OTHER,
    QUIET_CONTACT,
    STOREFRONT,
    TEAM,
    World,
    add_conversation,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live

LABEL = [{"action_name": "add_label", "action_params": ["bug"]}]
WHOLE = {"name": "R", "event_name": "message_created", "conditions": [], "actions": LABEL}
QUIET, CALM = 20, 21


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(_more)
    return world


async def _more(connection: Any) -> None:
    await add_conversation(connection, QUIET)
    await add_conversation(connection, CALM)
    await insert(connection, "allocators", kind="tag", next_id=100)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def condition(key: str, operator: str = "equal_to", *values: Any, then: str | None = None, **more: Any) -> dict[str, Any]:
    return {"attribute_key": key, "filter_operator": operator, "values": list(values), "query_operator": then} | more


def rule(chatwoot: Chatwoot, **more: Any) -> dict[str, Any]:
    body = {"name": "R", "description": "d", "event_name": "message_created", "conditions": [], "actions": LABEL} | more
    made: dict[str, Any] = chatwoot.post("automation_rules", body)
    return made


def wait_for_label(chatwoot: Chatwoot, number: int, name: str) -> bool:
    end = monotonic() + 20
    while monotonic() < end:
        if name in chatwoot.get(f"conversations/{number}")["labels"]:
            return True
        sleep(0.2)
    return False


def test_a_life(chatwoot: Chatwoot) -> None:
    conditions = [condition("content", "contains", "bug", then="and"), condition("private_note", "equal_to", "false")]
    made = rule(chatwoot, active=False, conditions=conditions)
    assert (made["conditions"], made["actions"], made["active"], made["account_id"]) == (conditions, LABEL, False, 1)
    assert isinstance(made["created_on"], int)
    assert chatwoot.get(f"automation_rules/{made['id']}") == {"payload": made}
    assert made in chatwoot.get("automation_rules")["payload"]
    assert chatwoot.call("DELETE", f"automation_rules/{made['id']}") is None
    chatwoot.get(f"automation_rules/{made['id']}", expect=404)


def test_11_17_an_update_is_answered_inside_payload(chatwoot: Chatwoot) -> None:
    made = rule(chatwoot, active=False)
    assert chatwoot.call("PATCH", f"automation_rules/{made['id']}", {"name": "New"})["payload"]["name"] == "New"


def test_a_clone_is_switched_off(chatwoot: Chatwoot) -> None:
    made = rule(chatwoot, conditions=[condition("status", "equal_to", "pending")])
    copy = chatwoot.post(f"automation_rules/{made['id']}/clone")["payload"]
    assert copy == made | {"id": copy["id"], "active": False, "created_on": copy["created_on"]}
    assert copy["id"] != made["id"]
    chatwoot.call("DELETE", f"automation_rules/{made['id']}")


def test_an_account_has_at_most_200(chatwoot: Chatwoot, world: World) -> None:
    made = rule(chatwoot, active=False)
    missing = MOST - len(chatwoot.get("automation_rules")["payload"])
    world.execute(
        "INSERT INTO automation_rules (tenant_id, id, name, event_name, conditions, actions, active)"
        f" SELECT 1, 50000 + n, 'many', 'message_created', '[]', '[]', false FROM generate_series(1, {missing}) n"
    )
    before = chatwoot.get("automation_rules")
    for path, body in (("automation_rules", WHOLE), (f"automation_rules/{made['id']}/clone", None)):
        assert chatwoot.post(path, body, expect=422)["message"] == "An account has at most 200 automation rules"
    assert chatwoot.get("automation_rules") == before
    world.execute("DELETE FROM automation_rules WHERE tenant_id = 1 AND id > 50000")
    rule(chatwoot, active=False)


@pytest.mark.parametrize(
    ("body", "words", "attribute"),
    [
        ({"name": None}, "Name can't be blank", "name"),
        ({"event_name": "conversation_deleted"}, "must be one of", "event_name"),
        ({"actions": []}, "actions takes", "actions"),
        ({"actions": [{"action_name": "explode"}]}, "Automation actions explode not supported.", "actions"),
        ({"actions": [{"action_name": "send_webhook_event", "action_params": ["http://[::1]/"]}]}, "private or local address", "actions"),
        ({"conditions": [condition("mood")]}, "Automation conditions mood not supported.", "conditions"),
        ({"conditions": [condition("content", "is_like", "x")]}, "is_like is no operator", "conditions"),
        ({"conditions": [condition("content")]}, "takes values", "conditions"),
        ({"conditions": [condition("status", "attribute_changed", "open")]}, "from and to", "conditions"),
        ({"conditions": [condition("status", "equal_to", "open")] * 2}, "should have query operator", "conditions"),
        ({"conditions": [condition("status", "equal_to", "open", then="xor")]}, "joined by", "conditions"),
        ({"conditions": "x"}, "expected array", "conditions"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: dict[str, Any], words: str, attribute: str) -> None:
    before = chatwoot.get("automation_rules")
    whole = {"name": "Bad", "event_name": "message_created", "conditions": [], "actions": LABEL} | body
    refused = chatwoot.post("automation_rules", whole, expect=422)
    assert words in refused["message"], refused
    assert refused["attributes"] == [attribute]
    assert chatwoot.get("automation_rules") == before


def test_the_accounts_own_attributes_are_conditions_too(chatwoot: Chatwoot) -> None:
    conditions = [condition("mood", "equal_to", "bad", custom_attribute_type="conversation_attribute")]
    body = {"name": "M", "event_name": "conversation_created", "conditions": conditions, "actions": LABEL, "active": False}
    chatwoot.post("automation_rules", body, expect=422)
    chatwoot.post("custom_attribute_definitions", {"attribute_key": "mood", "attribute_display_name": "Mood"})
    assert chatwoot.post("automation_rules", body)["conditions"] == conditions


def test_administrators_only(chatwoot: Chatwoot) -> None:
    made = rule(chatwoot, active=False)
    for who in ("agent", "manager", "powerless", "bot", "contact", "foreign", ""):
        assert chatwoot.ask("GET", "automation_rules", who=who).status_code == 401
        assert chatwoot.ask("POST", "automation_rules", {}, who=who).status_code == 401
        assert chatwoot.ask("POST", f"automation_rules/{made['id']}/clone", who=who).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        body = None if method == "GET" else {}
        assert chatwoot.ask(method, f"automation_rules/{made['id']}", body, who="foreign", account=OTHER).status_code == 404


def test_a_running_server_carries_rules_out(chatwoot: Chatwoot) -> None:
    """Two servers' jobs may run: what happens is the same (tests/integration/test_automation.py)."""
    steps = [*LABEL, {"action_name": "assign_team", "action_params": [TEAM]}, {"action_name": "assign_agent", "action_params": [BO]}]
    conditions = [condition("status", "attribute_changed", **{"values": {"from": ["open"], "to": ["snoozed"]}})]
    made = rule(chatwoot, event_name="conversation_updated", conditions=conditions, actions=steps)
    chatwoot.post(f"conversations/{QUIET}/toggle_status", {"status": "pending"})
    chatwoot.post(f"conversations/{CALM}/toggle_status", {"status": "snoozed"})
    assert wait_for_label(chatwoot, CALM, "bug")
    row = chatwoot.get(f"conversations/{CALM}")
    assert (row["meta"]["team"]["id"], row["inbox_id"]) == (TEAM, STOREFRONT)
    assert row["meta"]["assignee"]["id"] == BO
    # By the time the later event met the rules, the earlier one had.
    assert "bug" not in chatwoot.get(f"conversations/{QUIET}")["labels"]
    assert "bug" not in chatwoot.get(f"conversations/{FULL}")["labels"]
    chatwoot.call("DELETE", f"automation_rules/{made['id']}")


def test_a_created_conversation_and_its_message_meet_their_rules(chatwoot: Chatwoot) -> None:
    conditions = [condition("inbox_id", "equal_to", ORDERS, then="and"), condition("phone_number", "starts_with", "+351")]
    steps = [{"action_name": "add_label", "action_params": ["portugal"]}]
    created = rule(chatwoot, event_name="conversation_created", conditions=conditions, actions=steps)
    conditions = [condition("content", "contains", "refund", then="and"), condition("message_type", "equal_to", "outgoing")]
    said = rule(chatwoot, conditions=conditions, actions=[{"action_name": "change_priority", "action_params": ["high"]}])
    other = chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": QUIET_CONTACT, "message": {"content": "Hello"}})
    made = chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT, "message": {"content": "Your Refund is due"}})
    assert wait_for_label(chatwoot, made["id"], "portugal")
    end = monotonic() + 10
    while chatwoot.get(f"conversations/{made['id']}")["priority"] != "high":
        assert monotonic() < end
        sleep(0.2)
    row = chatwoot.get(f"conversations/{other['id']}")
    assert (row["labels"], row["priority"]) == ([], None)
    for one in (created, said):
        chatwoot.call("DELETE", f"automation_rules/{one['id']}")
