"""What a change of a conversation asks for, and a change in the making; the steps are in ``change`` and ``change_links``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from ..domain.changes import Delta, columns
from ..domain.conversations import Conversation
from ..domain.principals import Principal, Ref
from ..domain.problems import Problem
from ..store import writes
from ..store.database import Connection
from .checks import caller_name
from .context import Context
from .custom_fields import SchemaSpec

_P = ParamSpec("_P")
_T = TypeVar("_T")


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


class Refused(Exception):
    """An edit of several conversations that was not made: the problem of each that refuses it, by number."""

    def __init__(self, problems: Mapping[int, Problem]) -> None:
        super().__init__(f"refused by {sorted(problems)}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Shared:
    """What the changes of one edit have in common: the tags that any of the conversations carries, and the answers so far."""

    tag_ids: frozenset[int]
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)


class Change:
    """One change in the making: the columns to set, the deltas to record, the words to say."""

    def __init__(
        self,
        connection: Connection,
        context: Context,
        principal: Principal,
        conversation: writes.Locked,
        row: Conversation,
        shared: Shared,
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
        self.tags: writes.NewTags | None = None
        self.shared = shared

    async def ask(self, question: Callable[Concatenate[Connection, int, _P], Awaitable[_T]], *about: _P.args, **how: _P.kwargs) -> _T:
        """The answer to what is not about this conversation: of all that are edited together, the first asks."""
        key = (question, *about, *how.items())
        answers = self.shared.answers
        if key not in answers:
            answers[key] = await question(self.connection, self.tenant_id, *about, **how)
        answer: _T = answers[key]
        return answer

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

    def entry(self, name: str) -> writes.NewChange:
        """What is written of a change by somebody of this name."""
        me, was = self.principal.ref, self.was
        stamps = {"modified_at": self.at, "modified_by_kind": me.kind, "modified_by_id": me.id, "last_activity_at": self.at}
        values = stamps | self.values
        return writes.NewChange(was.number, me, self.deltas, columns(was, values), self.sentence(name), self.at, values)


async def finish(connection: Connection, principal: Principal, changes: Sequence[Change]) -> None:
    """Writes the rows and their entries; a change that changes nothing writes nothing."""
    made = [change for change in changes if change.deltas]
    if made:
        name = await caller_name(connection, principal)
        await writes.change_tags(connection, principal.tenant.id, [change.tags for change in made if change.tags])
        await writes.insert_changes(connection, principal.tenant.id, [change.entry(name) for change in made])


Decide: TypeAlias = Callable[[Change], Awaitable[Edit]]
"""What to change of a conversation, by how it is now. Raises a Problem to refuse."""
