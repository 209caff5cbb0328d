"""What a change of a conversation asks for, and a change in the making; the steps are in ``change`` and ``change_links``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from ..domain.changes import Delta, columns
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
    """What to change; what is left out stays. ``stage`` is a name or an id, ``parts`` are kinds with ids.

    ``assignee`` is one person beside the co-owners, who stay; ``attributes`` are all the tenant's own fields, as they are.
    """

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
    assignee: Ref | Unset | None = UNSET
    priority: int | Unset | None = UNSET
    snoozed_until: datetime | Unset | None = UNSET
    sla_policy_id: int | Unset | None = UNSET
    is_muted: bool | Unset = UNSET
    attributes: Mapping[str, Any] | Unset = UNSET


Sentence: TypeAlias = Callable[[str], str]
"""From the name of who did it to what happened."""


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
        self.context = context
        self.at = context.clock()
        self.values: dict[str, Any] = {}
        self.deltas: list[Delta] = []
        self.told: list[tuple[str, Sentence | None]] = []

    @property
    def assignee(self) -> Ref | None:
        user, bot = self.row.assignee_user_id, self.row.assignee_bot_id
        return Ref("user", user) if user is not None else Ref("bot", bot) if bot is not None else None

    @property
    def co_owners(self) -> tuple[Ref, ...]:
        return tuple(map(Ref.parse, self.row.co_owners))

    def record(self, delta: Delta, words: str, sentence: Sentence | None = None, **values: Any) -> None:
        """``words`` follow the name of who did it; ``sentence`` says it as a whole. No words: another record tells it."""
        self.deltas.append(delta)
        if words:
            self.told.append((words, sentence))
        self.values.update(values)

    def sentence(self, name: str) -> str:
        """What happened, for people."""
        if not any(sentence for _, sentence in self.told):
            return f"{name} {' and '.join(words for words, _ in self.told)}"
        return ". ".join(sentence(name) if sentence else f"{name} {words}" for words, sentence in self.told)

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
            columns=columns(was, stamps | self.values),
            sentence=self.sentence(name),
            at=self.at,
        )
