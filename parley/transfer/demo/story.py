"""One conversation being told: what was said and what changed, in order, in seconds from its start.

The stage moves by the same rules as in a live tenant, and each move leaves its change entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ...domain import changes
from ...domain.principals import SYSTEM, Ref
from ...domain.stages import stage_after_agent_reply, stage_after_contact_message
from ...store.load import NewMessage, jsonb
from . import world
from .cast import Person
from .phrasebook import Phrasebook

_UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
BOT = Ref("bot", 1)


class Story:
    """``names`` are the users' names by id; ``ids`` gives every message one of its own."""

    def __init__(
        self, rng: Random, book: Phrasebook, person: Person, inbox_id: int, names: Mapping[int, str], ids: Iterator[int], *, spam: bool
    ) -> None:
        self.rng, self.book, self.person, self.inbox_id, self.names = rng, book, person, inbox_id, names
        self._ids = ids
        self.has_bot = inbox_id == world.WEBSITE
        self.quiet = spam or person.blocked
        self.stage = "suspended" if spam or self.has_bot else "new"
        self.at = 0.0
        self.entries: list[tuple[float, NewMessage]] = []
        self.assignee: Ref | None = None
        self.tags: list[str] = []
        self.closing: NewMessage | None = None
        self.is_frozen = False
        self._open()

    @property
    def contact(self) -> Ref:
        return Ref("contact", self.person.id)

    @property
    def messages(self) -> list[NewMessage]:
        return [message for _, message in self.entries]

    def wait(self, low_s: float, high_s: float) -> None:
        self.at += self.rng.uniform(low_s, high_s)

    def contact_says(self, body: str) -> NewMessage:
        said = self._add("incoming", self.contact, body)
        self._drift(stage_after_contact_message(self.stage, active_bot=self.has_bot, quiet=self.quiet), self.contact)
        return said

    def agent_says(self, agent: Ref, body: str) -> NewMessage:
        said = self._add("outgoing", agent, body, status=self.rng.choice(("sent", "delivered", "read")))
        self._drift(stage_after_agent_reply(self.stage), agent)
        return said

    def bot_says(self, body: str) -> NewMessage:
        return self._add("outgoing", BOT, body)

    def greets(self, body: str) -> NewMessage:
        return self._add("template", SYSTEM, body)

    def notes(self, agent: Ref, body: str, *, private_to: Sequence[Ref] = ()) -> NewMessage:
        """An internal note, or with ``private_to`` one that only these and the author see."""
        if private_to:
            return self._add("outgoing", agent, body, visibility="private", private_to=[str(ref) for ref in private_to])
        return self._add("outgoing", agent, body, visibility="internal", labels=["note"], panels=["discussions"])

    def assigns(self, by: Ref, to: Ref) -> None:
        before = (self.assignee,) if self.assignee else ()
        self.assignee = to
        name = "themselves" if by == to else self.name(to)
        self._change(by, [changes.person_list_delta("owned_by", before, (to,))], f"{self.name(by)} assigned it to {name}")

    def tagged(self, by: Ref, *names: str) -> None:
        before = list(self.tags)
        self.tags += [name for name in names if name not in self.tags]
        if self.tags != before:
            self._change(by, [changes.tag_delta(before, self.tags)], f"{self.name(by)} added {', '.join(self.tags[len(before) :])}")

    def moves(self, by: Ref, stage: str) -> None:
        """Somebody sets the stage; nothing when it has it already."""
        if stage != self.stage:
            delta, self.stage = changes.stage_delta(self.stage, stage), stage
            change = self._change(by, [delta], f"{self.name(by)} set the stage to {stage}")
            self.closing = change if stage == "resolved" else self.closing

    def freezes(self, by: Ref) -> None:
        self.is_frozen = True
        self._change(by, [changes.bool_delta("is_frozen", False, True)], f"{self.name(by)} froze it")

    def name(self, who: Ref) -> str:
        if who.kind == "user":
            return self.names[who.id]
        return {"contact": self.person.first_name, "bot": "Wren", "system": "System"}[who.kind]

    def first_name(self, who: Ref) -> str:
        return self.name(who).split()[0]

    def date(self, start: datetime, *, longest_s: float) -> None:
        """Turns seconds into moments; a story longer than ``longest_s`` is told faster."""
        pace = min(1.0, longest_s / max(self.at, 1.0))
        for offset, message in self.entries:
            message.created_at = message.updated_at = start + timedelta(seconds=round(offset * pace, 6))

    def _open(self) -> None:
        self._add("activity", self.contact, f"{self.person.first_name} opened the conversation", event_type="created")

    def _drift(self, stage: str, by: Ref) -> None:
        if stage != self.stage:
            delta, self.stage = changes.stage_delta(self.stage, stage), stage
            self._change(by, [delta], f"The stage became {stage} when {self.name(by)} wrote")

    def _change(self, by: Ref, deltas: list[changes.Delta], sentence: str) -> NewMessage:
        return self._add("activity", by, sentence, event_type="updated", event=jsonb({"deltas": deltas}))

    def _add(self, kind: str, author: Ref, body: str, **more: Any) -> NewMessage:
        message = NewMessage(
            id=next(self._ids),
            conversation_number=0,
            kind=kind,
            author_kind=author.kind,
            author_id=None if author == SYSTEM else author.id,
            body=body,
            processed_body=None if kind == "activity" else body,
            created_at=_UNTOLD,
            updated_at=_UNTOLD,
            **more,
        )
        self.entries.append((self.at, message))
        return message
