"""Conditions of automation rules: what each operator says, and how conditions join."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from parley.domain.automation import holds

TODAY = date(2026, 6, 20)
FACTS: dict[Any, Any] = {
    "status": "open",
    "priority": "urgent",
    "assignee_id": 7,
    "team_id": None,
    "content": "My ORDER is late",
    "labels": ["Vip", "late"],
    "private_note": False,
    "phone_number": "+351910",
    "referer": "https://shop.test/cart",
    ("conversation", "total"): 12.5,
    ("contact", "since"): "2026-06-10",
    ("any", "total"): 12.5,
}


def one(key: str, operator: str, values: Any = None, then: str | None = None, kind: str = "") -> dict[str, Any]:
    found = {"attribute_key": key, "filter_operator": operator, "values": values, "query_operator": then}
    return found | {"custom_attribute_type": kind}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (one("status", "equal_to", ["open", "pending"]), True),
        (one("status", "not_equal_to", ["open"]), False),
        (one("priority", "equal_to", [3]), True),
        (one("assignee_id", "equal_to", ["7"]), True),
        (one("assignee_id", "not_equal_to", [8]), True),
        (one("team_id", "is_not_present"), True),
        (one("team_id", "is_present"), False),
        (one("team_id", "equal_to", ["nil"]), True),
        (one("content", "contains", ["order"]), True),
        (one("content", "contains", ["nothing", "LATE"]), True),
        (one("content", "does_not_contain", ["order"]), False),
        (one("content", "starts_with", ["my"]), True),
        (one("content", "starts_with", ["order"]), False),
        (one("labels", "equal_to", ["vip"]), True),
        (one("labels", "not_equal_to", ["vip"]), False),
        (one("labels", "is_present"), True),
        (one("private_note", "equal_to", [False]), True),
        (one("private_note", "equal_to", ["true"]), False),
        (one("phone_number", "starts_with", ["+351"]), True),
        (one("referrer", "contains", ["shop.test"]), True),
        (one("total", "is_greater_than", ["12"], kind="conversation_attribute"), True),
        (one("total", "is_less_than", [12], kind="conversation_attribute"), False),
        (one("total", "equal_to", ["12.5"]), True),
        (one("total", "is_greater_than", ["1"], kind="contact_attribute"), False),
        (one("since", "days_before", ["9"], kind="contact_attribute"), True),
        (one("since", "days_before", ["10"], kind="contact_attribute"), False),
        (one("since", "is_less_than", ["2026-06-11"], kind="contact_attribute"), True),
        (one("total", "is_greater_than", ["2026-06-11"], kind="conversation_attribute"), False),
        (one("email", "contains", ["@"]), False),
        (one("email", "does_not_contain", ["@"]), True),
    ],
)
def test_each_operator(condition: dict[str, Any], expected: bool) -> None:
    assert holds([condition], FACTS, {}, TODAY) is expected


YES, NO = one("status", "equal_to", ["open"]), one("status", "equal_to", ["pending"])


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], True),
        ([YES | {"query_operator": "and"}, NO], False),
        ([YES | {"query_operator": "OR"}, NO], True),
        ([YES | {"query_operator": "or"}, NO | {"query_operator": "and"}, NO], True),
        ([NO | {"query_operator": "and"}, YES | {"query_operator": "or"}, YES], True),
        ([YES | {"query_operator": "and"}, NO | {"query_operator": "or"}, NO], False),
        ([NO | {"query_operator": "or"}, YES | {"query_operator": "or"}], True),
    ],
)
def test_and_binds_tighter_than_or(conditions: list[dict[str, Any]], expected: bool) -> None:
    assert holds(conditions, FACTS, {}, TODAY) is expected


@pytest.mark.parametrize(
    ("values", "changed", "expected"),
    [
        ({"from": ["open"], "to": ["resolved"]}, {"status": ("open", "resolved")}, True),
        ({"from": [], "to": ["resolved"]}, {"status": ("open", "resolved")}, True),
        ({"from": ["pending"], "to": ["resolved"]}, {"status": ("open", "resolved")}, False),
        ({"from": ["open"], "to": ["open"]}, {"status": ("open", "resolved")}, False),
        ({"from": [], "to": []}, {"team_id": (None, "5")}, False),
    ],
)
def test_attribute_changed(values: dict[str, Any], changed: dict[str, Any], expected: bool) -> None:
    assert holds([one("status", "attribute_changed", values)], FACTS, changed, TODAY) is expected


def test_nothing_becoming_something() -> None:
    assert holds([one("team_id", "attribute_changed", {"from": ["nil"], "to": [5]})], FACTS, {"team_id": (None, "5")}, TODAY)
    assert not holds([one("team_id", "attribute_changed", {"from": [4], "to": [5]})], FACTS, {"team_id": (None, "5")}, TODAY)
