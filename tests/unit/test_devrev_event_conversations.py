"""A conversation as it was before a change, from the deltas that the change wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_type_hints

import msgspec
import pytest

from parley.devrev.encode_events import STOCK
from parley.devrev.event_conversations import Before
from parley.domain.conversations import Conversation, Stage

AT = datetime(2026, 1, 2, tzinfo=UTC)
STAGES = {
    1: Stage(1, "new", 1, None, "open", 1, "open", False),
    2: Stage(2, "resolved", 2, None, "resolved", 3, "closed", True),
}
PLAIN: dict[Any, Any] = {int: 1, str: "{}", bool: False, datetime: AT}


def row(**values: Any) -> Conversation:
    """Nothing where a column may be null, else something."""
    hints = get_type_hints(Conversation)
    plain = {name: [] if str(hint).startswith("list") else PLAIN.get(hint) for name, hint in hints.items()}
    return Conversation(**(plain | {"stage_id": 2, "closed_at": AT} | values))


def before(now: Conversation, field: str, old: Any) -> Conversation:
    return Before(STAGES, {"vip": 7, "plan": 8, "a: b": 9}).row(now, [{"field": field, "old": old, "new": None}])


def text(value: Any) -> dict[str, Any]:
    return {"type": "string", "value": value}


def several(*values: str) -> dict[str, Any]:
    return {"type": "id_list", "values": list(values)}


@pytest.mark.parametrize(
    ("field", "old", "columns"),
    [
        ("title", text("Was"), {"title": "Was"}),
        ("title", None, {"title": None}),
        ("stage", {"type": "stage", "name": "new"}, {"stage_id": 1, "closed_at": None}),
        ("stage", {"type": "stage", "name": "gone since"}, {"stage_id": 2, "closed_at": AT}),
        ("group", text("team:5"), {"team_id": 5}),
        ("account", None, {"company_id": None}),
        ("owned_by", several("bot:2", "user:3"), {"assignee_user_id": None, "assignee_bot_id": None, "co_owners": ["bot:2", "user:3"]}),
        ("members", several("contact:4", "user:3"), {"contact_id": 4, "members": ["user:3"]}),
        ("channels", several("inbox:2", "inbox:3"), {"channel_ids": [2, 3]}),
        ("applies_to_parts", several("product:2"), {"part_ids": [2]}),
        ("tags", several("vip", "plan: pro: b", "gone"), {"tag_ids": [7, 8], "tag_values": [None, "pro: b"]}),
        ("tags", several("a: b", "a: b: c"), {"tag_ids": [9, 9], "tag_values": [None, "c"]}),
        ("sentiment_modified_date", {"type": "date_time", "value": AT.isoformat()}, {"sentiment_modified_at": AT}),
    ],
)  # fmt: skip
def test_an_old_value_takes_its_place(field: str, old: Any, columns: dict[str, Any]) -> None:
    now = row(assignee_user_id=1, company_id=2, title="Is")
    assert before(now, field, old) == msgspec.structs.replace(now, **columns)


def test_custom_fields_are_put_back_one_by_one() -> None:
    now = row(custom_fields='{"tnt": {"tier": "gold", "seats": 3}}')
    assert msgspec.json.decode(before(now, "tnt__tier", text("silver")).custom_fields) == {"tnt": {"tier": "silver", "seats": 3}}
    assert msgspec.json.decode(before(now, "tnt__tier", None).custom_fields) == {"tnt": {"seats": 3}}
    assert msgspec.json.decode(before(now, "app__x", {"type": "int", "value": 1}).custom_fields)["app"] == {"x": 1}


@pytest.mark.parametrize("field", [*STOCK, "stage", "priority", "snoozed_until", "sla_policy", "is_muted", "tnt__x", "not of ours"])
def test_no_field_stands_in_the_way_when_it_was_null(field: str) -> None:
    now = row()
    assert before(now, field, None).number == now.number
