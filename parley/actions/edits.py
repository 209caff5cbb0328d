"""What a change of a conversation asks for, and a change in the making; the steps are in ``change`` and ``change_links``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.changes import Delta
from ..domain.conversations import Conversation
from ..domain.principals import Principal, Ref
from ..store import people, writes
from ..store.database import Connection
from .context import Context
from .custom_fields import SchemaSpec


@dataclass(frozen=True, slots=True)
class Unset:
    """Marks a field that the caller did not give, where None is a value."""


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; what is left out stays. ``stage`` is a name or an id, ``parts`` are kinds with ids."""

    title: str | Unset | None = UNSET
    description: str | Unset | None = UNSET
    stage: str | int | Unset = UNSET
    status: str | Unset = UNSET
    team_id: int | Unset | None = UNSET
    owners: tuple[Ref, ...] | Unset = UNSET
    tags_set: tuple[tuple[int, str | None], ...] | Unset = UNSET
    tags_add: tuple[tuple[int, str | None], ...] = ()
    tags_remove: tuple[int, ...] = ()
    is_spam: bool | Unset = UNSET
    is_frozen: bool | Unset = UNSET
    url_context: str | Unset | None = UNSET
    company_id: int | Unset | None = UNSET
    brand_id: int | Unset | None = UNSET
    agent_id: int | Unset | None = UNSET
    inbox_id: int | Unset = UNSET
    channel_ids: tuple[int, ...] | Unset = UNSET
    members: tuple[Ref, ...] | Unset = UNSET
    parts: tuple[tuple[str, int], ...] | Unset = UNSET
    sentiment: int | Unset = UNSET
    sentiment_summary: str | Unset = UNSET
    sentiment_modified_at: datetime | Unset = UNSET
    custom_fields: Mapping[str, Any] | Unset = UNSET
    schemas: SchemaSpec | Unset = UNSET


class Change:
    """One change in the making: the columns to set, the deltas to record, the words to say."""

    def __init__(
        self,
        connection: Connection,
        context: Context,
        principal: Principal,
        conversation: writes.Locked,
        row: Conversation,
    ) -> None:
        self.connection = connection
        self.principal = principal
        self.tenant_id = principal.tenant.id
        self.was = conversation
        self.row = row
        self.at = context.clock()
        self.values: dict[str, Any] = {}
        self.deltas: list[Delta] = []
        self.words: list[str] = []

    def record(self, delta: Delta, words: str, **values: Any) -> None:
        self.deltas.append(delta)
        self.words.append(words)
        self.values.update(values)

    async def finish(self) -> None:
        """Writes the row and its entry; a change that changes nothing writes nothing."""
        if not self.deltas:
            return
        me, was = self.principal.ref, self.was
        stamps = {"modified_at": self.at, "modified_by_kind": me.kind, "modified_by_id": me.id, "last_activity_at": self.at}
        await writes.update_conversation(self.connection, self.tenant_id, was.number, stamps | self.values)
        name = await people.get_person_name(self.connection, self.tenant_id, me)
        await writes.insert_change(
            self.connection,
            self.tenant_id,
            was.number,
            author=me,
            deltas=self.deltas,
            sentence=f"{name} {' and '.join(self.words)}",
            at=self.at,
        )
