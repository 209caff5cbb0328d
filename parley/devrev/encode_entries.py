"""Timeline entries: comments and change events (contract 1.4, messages[])."""

from __future__ import annotations

import msgspec

from ..domain.messages import Entry
from . import dates
from .dons import Dons
from .encode_atoms import expand, references
from .encode_events import Events
from .encode_origins import sync_metadata
from .encode_people import Json, People, artifact
from .page import Page


class Entries:
    """Encodes the entries of one page."""

    def __init__(self, page: Page, names: Dons, people: People, *, is_beta: bool) -> None:
        self._page = page
        self._names = names
        self._people = people
        self._events = Events(page, names)
        self._is_beta = is_beta

    def of_conversation(self, number: int, don: str) -> list[Json]:
        """The entries of one conversation, oldest first."""
        return [self.entry(entry, don) for entry in self._page.entries.get(number, ())]

    def entry(self, entry: Entry, conversation_don: str) -> Json:
        is_change = entry.kind == "activity"
        author = self._people.person(entry.author_kind, entry.author_id)
        kind, word, prefix = _CHANGE if is_change else _COMMENT
        created = dates.show(entry.created_at)
        shown: Json = {
            "type": kind,
            "created_by": author,
            "created_date": created,
            "display_id": f"{prefix}-{entry.id}",
            "id": f"{conversation_don}:{word}/{entry.id}",
            "modified_by": self._people.person(entry.modified_by_kind, entry.modified_by_id)
            if entry.modified_by_kind is not None
            else author,
            "modified_date": created if entry.updated_at == entry.created_at else dates.show(entry.updated_at),
            **_belongs_to(entry, conversation_don),
            "visibility": entry.visibility,
        }
        if entry.body is not None:
            shown["body"] = entry.body
        if is_change:
            shown["event"] = self._events.event(entry)
        else:
            shown["body_type"] = entry.body_type
        if _has_more(entry):
            self._add_more(shown, entry)
        return shown

    def _add_more(self, shown: Json, entry: Entry) -> None:
        if entry.attachment_count and (attachments := self._page.attachments.get(entry.id)):
            shown["artifacts"] = [artifact(self._names, attachment) for attachment in attachments]
        if entry.reaction_count and (reactions := self._page.reactions.get(entry.id)):
            shown["reactions"] = [{"emoji": codepoints(r.emoji), "reacted": bool(r.reacted), "total_users": r.total} for r in reactions]
        if (replies := entry.reply_count - self._page.hidden_replies.get(entry.id, 0)) > 0:
            shown["thread"] = {"total_replies": replies}
        if entry.external_ref is not None:
            shown["external_ref"] = entry.external_ref
        if entry.labels:
            shown["labels"] = entry.labels
        if entry.panels:
            shown["panels"] = entry.panels
        if entry.is_imported and (origin := self._page.entry_origins.get(entry.id)):
            shown["sync_metadata"] = sync_metadata(self._names, origin)
        self._add_bodies(shown, entry)

    def _add_bodies(self, shown: Json, entry: Entry) -> None:
        if entry.references is not None:
            shown["references"] = references(self._names, entry.references, is_beta=self._is_beta)
        if entry.snap_kit_body is not None:
            shown["snap_kit_body"] = msgspec.Raw(entry.snap_kit_body)
        if entry.snap_widgets is not None:
            shown["snap_widget_body"] = expand(self._names, msgspec.json.decode(entry.snap_widgets))


def _belongs_to(entry: Entry, conversation_don: str) -> Json:
    """The conversation, or the entry that this one answers."""
    if entry.thread_id is None:
        return {"object": conversation_don, "object_display_id": f"CONV-{entry.conversation_number}", "object_type": "conversation"}
    _, word, prefix = _COMMENT
    parent = f"{conversation_don}:{word}/{entry.thread_id}"
    return {"object": parent, "object_display_id": f"{prefix}-{entry.thread_id}", "object_type": "timeline_comment"}


def _has_more(entry: Entry) -> bool:
    """Most entries are a body and nothing else."""
    counts = entry.attachment_count or entry.reaction_count or entry.reply_count or entry.is_imported
    names = entry.external_ref is not None or entry.labels or entry.panels
    bodies = entry.references is not None or entry.snap_kit_body is not None or entry.snap_widgets is not None
    return bool(counts or names or bodies)


_COMMENT = ("timeline_comment", "comment", "COMMENT")
_CHANGE = ("timeline_change_event", "timeline_event", "EVENT")


def codepoints(emoji: str) -> str:
    """``👍`` -> ``1f44d``; an emoji that is stored as its codepoints stays."""
    if emoji.isascii():
        return emoji
    return "-".join(f"{ord(character):x}" for character in emoji)
