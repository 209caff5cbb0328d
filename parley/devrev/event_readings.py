"""What an event of ours says on this wire: its type, and which thing it is about. One event may say several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..store.events import EventRow

# What an entry shows of its message: other changes, as that it was read or delivered, are none of an entry.
ENTRY_FIELDS = frozenset({"artifacts", "body", "body_type", "external_ref", "labels", "reactions", "snap_kit_body"})
_TYPES = {
    "company": "account",
    "contact": "rev_user",
    "issue": "work",
    "link": "link",
    "part": "part",
    "sla_tracker": "sla_tracker",
    "tag": "tag",
    "team": "group",
    "ticket": "work",
    "user": "dev_user",
    "webhook": "webhook",
    "workspace": "rev_org",
}
_VERBS = {"created": "created", "deleted": "deleted", "updated": "updated"}
# What else happens to one of them. The end of whoever was merged into another is an event of its own, a user's apart.
_MORE = {
    "company.merged": ("company", "updated"),
    "contact.erased": ("contact", "updated"),
    "contact.merged": ("contact", "updated"),
    "user.activated": ("user", "updated"),
    "user.deactivated": ("user", "updated"),
}


@dataclass(frozen=True, slots=True)
class Saying:
    """An event as this wire tells it: ``noun`` and ``number`` are ours, ``verb`` is the end of the type.

    A tracker of a service level goes by the number of its conversation, and 0 names none.
    ``only`` is the one webhook that it is for; None: it is for all that want the type.
    """

    event: EventRow
    type: str
    noun: str
    number: int
    verb: str
    data: Mapping[str, Any]
    lane: str
    only: int | None = None


def read(event: EventRow) -> list[Saying]:
    """What an event says here; most kinds of ours say nothing, or one thing."""
    data: dict[str, Any] = msgspec.json.decode(event.data)
    if event.conversation_number is not None:
        return _of_conversation(event, event.conversation_number, data)
    if event.kind == "webhook.fetched":
        return [_fetched(event, data)]
    if event.kind in ("team.member_added", "team.member_removed"):
        return [_say(event, data, "team", data["id"], event.kind.partition(".")[2])]
    if event.kind == "user.merged":
        return [_say(event, data, "user", data["into"], "updated"), _say(event, data, "user", data["id"], "deleted")]
    noun, verb = _MORE.get(event.kind) or _split(event.kind)
    is_ours = noun in _TYPES and verb in _VERBS and "id" in data
    return [_say(event, data, noun, data["id"], verb)] if is_ours else []


def _split(kind: str) -> tuple[str, str]:
    noun, _, verb = kind.partition(".")
    return noun, verb


def _say(event: EventRow, data: Mapping[str, Any], noun: str, number: int, verb: str) -> Saying:
    number = data["conversation"] if noun == "sla_tracker" else number
    lane = f"{'conversation' if noun == 'sla_tracker' else noun}:{number}"
    return Saying(event, f"{_TYPES[noun]}_{verb}", noun, number, verb, data, lane)


def _of_conversation(event: EventRow, number: int, data: Mapping[str, Any]) -> list[Saying]:
    lane, (noun, verb) = f"conversation:{number}", _split(event.kind)
    if verb not in _VERBS:
        return []
    if noun == "message" and event.message_id is not None:
        if verb == "updated" and not ENTRY_FIELDS.intersection(data.get("changed", ())):
            return []
        return [Saying(event, f"timeline_entry_{verb}", "message", event.message_id, verb, data, lane)]
    if noun != "conversation":
        return []
    said = [Saying(event, f"conversation_{verb}", "conversation", number, verb, data, lane)]
    if event.message_id is not None:  # the entry that tells the change
        said.append(Saying(event, "timeline_entry_created", "message", event.message_id, "created", data, lane))
    if any(one["field"] == "sla_policy" for one in data.get("deltas", ())):
        said.append(Saying(event, "sla_tracker_created", "sla_tracker", number, "created", {}, lane))
    return said


def _fetched(event: EventRow, data: Mapping[str, Any]) -> Saying:
    noun, _, number = data["object"].partition(":")
    found = data["conversation"] if noun == "sla_tracker" else int(number)
    return Saying(event, f"{_TYPES[noun]}_fetched", noun, found, "fetched", data, f"{noun}:{number}", only=data["id"])
