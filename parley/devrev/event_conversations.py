"""Conversations that events are about: as they are now, and as they were before a change.

``old_conversation`` is the conversation as it is now with the values that this change replaced, as its deltas tell them. It
has neither messages nor who changed it last and when: those before are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from ..domain.conversations import Conversation, Stage
from ..domain.custom_fields import split_wire_name
from ..store import conversations, tags
from . import encode_conversations, page
from .encode_people import Json
from .event_readings import Saying
from .viewer import Viewer

_SAME = {
    "description": "description", "is_creator_verified": "is_creator_verified", "is_frozen": "is_frozen", "is_spam": "is_spam",
    "metadata.url_context": "url_context", "sentiment": "sentiment", "sentiment_summary": "sentiment_summary",
    "source_channel": "source_channel", "subtype": "subtype", "title": "title",
}  # fmt: skip
_ONE = {"account": "company_id", "group": "team_id", "source_channel_v2": "inbox_id"}
_SEVERAL = {"applies_to_parts": "part_ids", "channels": "channel_ids"}
_NOT_KEPT = ("messages", "modified_by", "modified_date")


async def load(viewer: Viewer, sayings: Sequence[Saying]) -> tuple[dict[int, Json], dict[int, Json]]:
    """The conversations of these sayings by number, and those before a change by the id of its event."""
    connection, principal = viewer.connection, viewer.principal
    numbers = list({one.number for one in sayings})
    rows = {row.number: row for row in await conversations.get_conversations(connection, viewer.tenant_id, numbers)}
    changed = [one for one in sayings if one.number in rows and one.data.get("deltas")]
    schema = await page.load_schema(connection, viewer.tenant_id)
    before = Before(schema.stages, await _tags(viewer, changed))
    olds = [before.row(rows[one.number], one.data["deltas"]) for one in changed]
    loaded = await page.load_rows(connection, principal, [*rows.values(), *olds], schema, with_changes=False)
    shown = encode_conversations.conversations(loaded, is_beta=False)
    old = {one.event.id: _without(json) for one, json in zip(changed, shown[len(rows) :], strict=True)}
    return dict(zip(rows, shown, strict=False)), old


class Before:
    """Puts the old values of a change into a row; a value that was null is told as such, and what is not understood stays."""

    def __init__(self, stages: Mapping[int, Stage], tags_by_name: Mapping[str, int]) -> None:
        self._stages = {stage.name: stage for stage in stages.values()}
        self._tags = tags_by_name

    def row(self, row: Conversation, deltas: Iterable[Mapping[str, Any]]) -> Conversation:
        for delta in deltas:
            row = replace(row, **self._columns(row, delta["field"], _value(delta.get("old"))))
        return row

    def _columns(self, row: Conversation, field: str, old: Any) -> dict[str, Any]:
        """What the field was; nothing for one that this wire does not show."""
        if field in _SAME:
            return {_SAME[field]: old}
        if field in _ONE:
            return {_ONE[field]: None if old is None else _number(old)}
        if field in _SEVERAL:
            return {_SEVERAL[field]: [_number(one) for one in old or ()]}
        if field == "sentiment_modified_date":
            return {"sentiment_modified_at": old and datetime.fromisoformat(old)}
        build = {"members": _members, "owned_by": _owners, "stage": self._stage, "tags": self._tagged}.get(field)
        return build(old) if build is not None else _custom(row, field, old)

    def _stage(self, name: str | None) -> dict[str, Any]:
        stage = self._stages.get(name or "")
        if stage is None:
            return {}
        return {"stage_id": stage.id} | ({} if stage.state_is_final else {"closed_at": None})

    def _tagged(self, labels: Sequence[str] | None) -> dict[str, Any]:
        """Tags are told as ``name`` or ``name: value``; one that is gone since is left out."""
        named = [(self._name(label), label) for label in labels or ()]
        found = [(self._tags[name], label[len(name) + 2 :] or None) for name, label in named if name is not None]
        return {"tag_ids": [tag_id for tag_id, _ in found], "tag_values": [value for _, value in found]}

    def _name(self, label: str) -> str | None:
        return next((name for name in _names(label) if name in self._tags), None)


async def _tags(viewer: Viewer, changed: Sequence[Saying]) -> dict[str, int]:
    """The tags that a change may have told of, by name."""
    deltas = [delta for one in changed for delta in one.data["deltas"] if delta["field"] == "tags"]
    names = {name for delta in deltas for label in _value(delta.get("old")) or () for name in _names(label)}
    if not names:
        return {}
    return {name: tag_id for tag_id, name in await tags.list_named(viewer.connection, viewer.tenant_id, sorted(names))}


def _names(label: str) -> list[str]:
    """What the tag of a label may be called, the longest first: a name may hold a colon too."""
    words = label.split(": ")
    return [": ".join(words[:count]) for count in range(len(words), 0, -1)]


def _value(told: Mapping[str, Any] | None) -> Any:
    if told is None:
        return None
    return told["name"] if told["type"] == "stage" else told.get("values", told.get("value"))


def _number(text: str) -> int:
    return int(text.partition(":")[2])


def _members(refs: Sequence[str] | None) -> dict[str, Any]:
    """The contact comes first."""
    if not refs or not refs[0].startswith("contact:"):
        return {}
    return {"contact_id": _number(refs[0]), "members": list(refs[1:])}


def _owners(refs: Sequence[str] | None) -> dict[str, Any]:
    """In their order, whoever of them was the assignee."""
    return {"assignee_user_id": None, "assignee_bot_id": None, "co_owners": list(refs or ())}


def _custom(row: Conversation, field: str, old: Any) -> dict[str, Any]:
    key = split_wire_name(field)
    if key is None:
        return {}
    stored: dict[str, dict[str, Any]] = msgspec.json.decode(row.custom_fields)
    inside = stored.setdefault(key[0], {})
    if old is None:
        inside.pop(key[1], None)
    else:
        inside[key[1]] = old
    return {"custom_fields": msgspec.json.encode(stored).decode()}


def _without(shown: Json) -> Json:
    return {key: value for key, value in shown.items() if key not in _NOT_KEPT}
