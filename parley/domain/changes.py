"""What a change entry records: typed deltas for DevRev's wire, and one sentence for people and for Chatwoot's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .principals import Ref

Delta = dict[str, Any]
TOLD = (
    *("team_id", "assignee_user_id", "assignee_bot_id", "status", "snoozed_until", "custom_fields", "waiting_since", "first_reply_at"),
    *("priority", "sla_policy_id", "modified_at"),
)
"""The columns of a conversation whose old values its events tell, for wires that name both."""


def columns(was: object, values: Mapping[str, Any], told: Sequence[str] = TOLD) -> dict[str, list[Any]]:
    """Old and new by column, where they differ. ``custom_fields`` come as JSON text and stay objects."""
    found = {name: [getattr(was, name), values[name]] for name in told if name in values and getattr(was, name) != values[name]}
    if "custom_fields" in found:
        found["custom_fields"] = [msgspec.json.decode(text) for text in found["custom_fields"]]
    return found


def stage_delta(old: str, new: str) -> Delta:
    return {"field": "stage", "old": {"type": "stage", "name": old}, "new": {"type": "stage", "name": new}}


def string_delta(field: str, old: str | None, new: str | None) -> Delta:
    return {"field": field, "old": _value("string", old), "new": _value("string", new)}


def bool_delta(field: str, old: bool, new: bool) -> Delta:
    return {"field": field, "old": _value("bool", old), "new": _value("bool", new)}


def person_list_delta(field: str, old: Sequence[Ref], new: Sequence[Ref]) -> Delta:
    """People stand as ``kind:id``; a face turns them into its own ids."""
    return {"field": field, "old": _people(old), "new": _people(new)}


def noun_delta(field: str, noun: str, old: int | None, new: int | None) -> Delta:
    """One object of ours, as ``noun:id``."""
    return {
        "field": field,
        "old": _value("id", None if old is None else f"{noun}:{old}"),
        "new": _value("id", None if new is None else f"{noun}:{new}"),
    }


def value_delta(field: str, kind: str, old: object, new: object) -> Delta:
    """A typed value; ``kind`` is a type of DevRev's field values: int, double, date_time, string_list ..."""
    return {"field": field, "old": _typed(kind, old), "new": _typed(kind, new)}


def id_list_delta(field: str, old: Sequence[str], new: Sequence[str]) -> Delta:
    """Objects of ours in order, each as ``noun:id``."""
    return value_delta(field, "id_list", list(old), list(new))


def tag_delta(old: Sequence[str], new: Sequence[str]) -> Delta:
    return {"field": "tags", "old": {"type": "string_list", "values": list(old)}, "new": {"type": "string_list", "values": list(new)}}


def _value(kind: str, value: object) -> dict[str, Any] | None:
    return None if value is None else {"type": kind, "value": value}


def _typed(kind: str, value: object) -> dict[str, Any] | None:
    return {"type": kind, "values": value} if kind.endswith("_list") and value is not None else _value(kind, value)


def _people(refs: Sequence[Ref]) -> dict[str, Any]:
    return {"type": "id_list", "values": [str(ref) for ref in refs]}
