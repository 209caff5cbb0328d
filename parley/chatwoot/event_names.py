"""Which events of the original one of ours is: none, one or several, in its order (``lib/events/types.rb`` and what dispatches them)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from ..domain.conversations import PRIORITIES
from ..domain.custom_fields import TENANT_NAMESPACE
from ..store.events import EventRow
from .encode_types import iso

_log = logging.getLogger("parley.chatwoot.events")
T = TypeVar("T")
U = TypeVar("U")
Json = dict[str, Any]
Old = tuple[Any, Any]


class Happened(NamedTuple):
    """One event of the original. ``name`` has dots; ``changed`` are old and new values by attribute, in its words."""

    event: EventRow
    name: str
    data: Json
    changed: Mapping[str, Old] = {}

    @property
    def webhook_name(self) -> str:
        """``conversation.status_changed`` -> ``conversation_status_changed``."""
        return self.name.replace(".", "_")


def each(make: Callable[[T], Iterable[U]], things: Iterable[T]) -> list[U]:
    """What is made of each thing; a fault of ours costs what that one thing gives, and is told in the log: all others go on."""
    made: list[U] = []
    for thing in things:
        try:
            made += list(make(thing))
        except Exception:
            _log.exception("cannot be told on Chatwoot's wire and is left out: %r", thing)
    return made


def happened(event: EventRow) -> list[Happened]:
    """What the original would have dispatched."""
    data: Json = msgspec.json.decode(event.data)
    names = _NAMES.get(event.kind)
    if names is None:
        return _renamed(event, data)
    return names(event, data)


def _renamed(event: EventRow, data: Json) -> list[Happened]:
    """Its own name, or that of what holds old copies of such things."""
    found = [Happened(event, _SAME[event.kind], data)] if event.kind in _SAME else []
    noun, _, done = event.kind.partition(".")
    if noun in _CACHED and done in ("created", "updated", "deleted"):
        found.append(Happened(event, "account.cache_invalidated", data))
    return found


def _said(event: EventRow, data: Json) -> list[Happened]:
    """A message is news; the first answer of a person is more; and it may end the contact's waiting."""
    changed = _changed(data)
    found = [Happened(event, "message.created", data)]
    if "first_reply_created_at" in changed:
        found.append(Happened(event, "first.reply.created", data))
    return found + _updated(event, data, changed)


def _message_updated(event: EventRow, data: Json) -> list[Happened]:
    """Emoji under a message are none of the original's business."""
    if data.get("changed") == ["reactions"]:
        return []
    return [Happened(event, "message.updated", data)]


def _conversation_updated(event: EventRow, data: Json) -> list[Happened]:
    changed, found = _changed(data), list[Happened]()
    if "status" in changed:
        status = {"status": changed["status"]}
        if (done := _STATUS_EVENTS.get(changed["status"][1])) is not None:
            found.append(Happened(event, done, data, status))
        found.append(Happened(event, "conversation.status_changed", data, status))
    if changed.keys() & {"assignee_id", "assignee_agent_bot_id"}:
        found.append(Happened(event, "assignee.changed", data, changed))
    if "team_id" in changed:
        found.append(Happened(event, "team.changed", data, changed))
    if data.get("changed") == ["members"]:
        found.append(Happened(event, "conversation.contact_changed", data))
    if event.message_id is not None:  # what people read of it
        found.append(Happened(event, "message.created", data))
    return found + _updated(event, data, changed)


def _waiting(event: EventRow, data: Json) -> list[Happened]:
    return _updated(event, data, _changed(data))


def _updated(event: EventRow, data: Json, changed: Mapping[str, Old]) -> list[Happened]:
    """``conversation.updated`` is for some columns only (``Conversation#list_of_keys``)."""
    return [Happened(event, "conversation.updated", data, changed)] if changed.keys() & _KEYS else []


def _read(event: EventRow, data: Json) -> list[Happened]:
    """Read is what the contact has read; where an agent looks only counts move."""
    name = "conversation.read" if event.actor.kind == "contact" else "conversation.unread_count_changed"
    return [Happened(event, name, data)]


def _contact_updated(event: EventRow, data: Json) -> list[Happened]:
    if data.get("changed") == ["contact_points"]:
        return []
    return [Happened(event, "contact.updated", data, _changed(data))]


def _inbox_updated(event: EventRow, data: Json) -> list[Happened]:
    columns = data.get("columns", {})
    changed: dict[str, Old] = {name: (old, new) for name, (old, new) in columns.items() if name != "settings"}
    before, after = columns.get("settings", ({}, {}))
    changed |= {name: (before.get(name), after.get(name)) for name in after if before.get(name) != after.get(name)}
    return [Happened(event, "inbox.updated", data, changed), Happened(event, "account.cache_invalidated", data)]


def _changed(data: Json) -> dict[str, Old]:
    """Of conversations and contacts."""
    changed: dict[str, Old] = {}
    for name, (old, new) in data.get("columns", {}).items():
        word, read = _ATTRIBUTES.get(name, (name, _same))
        sides = read(old), read(new)
        if sides[0] != sides[1]:  # custom fields that this wire does not know may be all that changed
            changed[word] = sides
    for delta in data.get("deltas", ()):
        if delta["field"] == "tags":
            changed["label_list"] = _labels(delta.get("old")), _labels(delta.get("new"))
    return changed


def _labels(side: Json | None) -> list[str]:
    return list((side or {}).get("values") or ())


def _same(value: Any) -> Any:
    return value


def _time(value: str | None) -> str | None:
    return None if value is None else iso(datetime.fromisoformat(value).astimezone(UTC))


def _own_fields(value: Json | None) -> Json:
    return dict((value or {}).get(TENANT_NAMESPACE) or {})


def _word(value: int | None) -> str | None:
    return None if value is None else PRIORITIES[value]


_STATUS_EVENTS = {"open": "conversation.opened", "resolved": "conversation.resolved"}
_KEYS = {
    "team_id", "assignee_id", "assignee_agent_bot_id", "status", "snoozed_until", "custom_attributes", "label_list", "waiting_since",
    "first_reply_created_at", "priority", "sla_policy_id",
}  # fmt: skip
_ATTRIBUTES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "assignee_user_id": ("assignee_id", _same),
    "assignee_bot_id": ("assignee_agent_bot_id", _same),
    "snoozed_until": ("snoozed_until", _time),
    "waiting_since": ("waiting_since", _time),
    "first_reply_at": ("first_reply_created_at", _time),
    "modified_at": ("updated_at", _time),
    "priority": ("priority", _word),
    "custom_fields": ("custom_attributes", _own_fields),
}
_CACHED = {"tag", "team", "inbox"}
_SAME = {
    **{
        kind: kind
        for kind in (
            *("conversation.created", "conversation.typing_on", "conversation.typing_off", "conversation.mentioned"),
            *("contact.created", "contact.merged", "contact.deleted", "inbox.created"),
            *("notification.created", "notification.updated", "notification.deleted"),
        )
    },
    "contact.erased": "contact.updated",
    "conversation.unread": "conversation.unread_count_changed",
    "conversation.webhook_requested": "webhook.requested",
    "notification.all_read": "notification.updated",
    "notification.all_deleted": "notification.deleted",
}
_NAMES: dict[str, Callable[[EventRow, Json], list[Happened]]] = {
    "message.created": _said,
    "message.updated": _message_updated,
    "message.deleted": _message_updated,
    "conversation.updated": _conversation_updated,
    "conversation.bot_handoff": _waiting,
    "conversation.read": _read,
    "contact.updated": _contact_updated,
    "inbox.updated": _inbox_updated,
}
