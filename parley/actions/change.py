"""Changing a conversation: assign, set the stage, tag, edit. Each change is one transaction, one entry, one event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..domain import changes
from ..domain.changes import Delta
from ..domain.principals import Principal, Ref
from ..domain.problems import MissingField
from ..store import conversations, people, writes
from ..store.database import Connection
from .checks import check_people, check_tags, check_team, find_stage, lock, refuse_frozen, require_agent
from .context import Context
from .opening import split_owners
from .stages import check_transition


@dataclass(frozen=True, slots=True)
class Unset:
    """Marks a field that the caller did not give, where None is a value."""


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; what is left out stays."""

    title: str | Unset | None = UNSET
    description: str | Unset | None = UNSET
    stage: str | Unset = UNSET
    team_id: int | Unset | None = UNSET
    owners: tuple[Ref, ...] | Unset = UNSET
    tags_set: tuple[tuple[int, str | None], ...] | Unset = UNSET
    tags_add: tuple[tuple[int, str | None], ...] = ()
    tags_remove: tuple[int, ...] = ()
    is_spam: bool | Unset = UNSET
    is_frozen: bool | Unset = UNSET
    url_context: str | Unset | None = UNSET


class _Change:
    """One change in the making: the columns to set, the deltas to record, the words to say."""

    def __init__(self, connection: Connection, context: Context, principal: Principal, conversation: writes.Locked) -> None:
        self.connection = connection
        self.principal = principal
        self.tenant_id = principal.tenant.id
        self.was = conversation
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


async def edit(context: Context, principal: Principal, number: int, wanted: Edit) -> None:
    """Makes every change asked for in one transaction, or none.

    Raises NotFound, Forbidden, Frozen (unless it unfreezes), InvalidValue and InvalidId naming the field.
    """
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        conversation = await lock(connection, principal, number)
        if wanted.is_frozen is not False:
            refuse_frozen(conversation)
        change = _Change(connection, context, principal, conversation)
        for apply in _STEPS:
            await apply(change, wanted)
        await change.finish()


async def assign(context: Context, principal: Principal, number: int, owners: tuple[Ref, ...]) -> None:
    """Makes these the owners, the first human the assignee; none unassigns."""
    await edit(context, principal, number, Edit(owners=owners))


async def set_stage(context: Context, principal: Principal, number: int, stage: str) -> None:
    """Moves the conversation to a stage by name."""
    if not stage:
        raise MissingField("stage.name")
    await edit(context, principal, number, Edit(stage=stage))


async def tag(context: Context, principal: Principal, number: int, *, add: tuple[int, ...] = (), remove: tuple[int, ...] = ()) -> None:
    """Puts tags on and takes tags off."""
    await edit(context, principal, number, Edit(tags_add=tuple((tag_id, None) for tag_id in add), tags_remove=remove))


async def _texts(change: _Change, wanted: Edit) -> None:
    for field in ("title", "description"):
        new, old = getattr(wanted, field), getattr(change.was, field)
        if not isinstance(new, Unset) and new != old:
            change.record(changes.string_delta(field, old, new), f"changed the {field}", **{field: new})
    if not isinstance(wanted.url_context, Unset):
        delta = changes.string_delta("metadata.url_context", None, wanted.url_context)
        change.record(delta, "changed the page", url_context=wanted.url_context)


async def _flags(change: _Change, wanted: Edit) -> None:
    for field, on, off in (("is_spam", "marked it as spam", "marked it as no spam"), ("is_frozen", "froze it", "unfroze it")):
        new, old = getattr(wanted, field), getattr(change.was, field)
        if not isinstance(new, Unset) and new != old:
            change.record(changes.bool_delta(field, old, new), on if new else off, **{field: new})


async def _stage(change: _Change, wanted: Edit) -> None:
    if isinstance(wanted.stage, Unset) or wanted.stage == change.was.stage:
        return
    stage, was = await find_stage(change.connection, change.tenant_id, wanted.stage), change.was
    await check_transition(change.connection, change.tenant_id, "conversation", was.subtype, was.stage_id, stage.id)
    closed = {"closed_at": change.at if stage.state_is_final else None}
    if stage.chatwoot_status != "snoozed":
        closed["snoozed_until"] = None
    if stage.chatwoot_status == "resolved":
        closed["waiting_since"] = None
    was_closed = change.was.status == "resolved" and stage.chatwoot_status == "resolved"
    if was_closed:
        closed.pop("closed_at")
    change.record(
        changes.stage_delta(change.was.stage, stage.name),
        f"set the stage to {stage.name}",
        stage_id=stage.id,
        status=stage.chatwoot_status,
        **closed,
    )


async def _team(change: _Change, wanted: Edit) -> None:
    if isinstance(wanted.team_id, Unset) or wanted.team_id == change.was.team_id:
        return
    await check_team(change.connection, change.tenant_id, wanted.team_id)
    change.record(changes.noun_delta("group", "team", change.was.team_id, wanted.team_id), "changed the group", team_id=wanted.team_id)


async def _owners(change: _Change, wanted: Edit) -> None:
    if isinstance(wanted.owners, Unset):
        return
    await check_people(change.connection, change.tenant_id, "owned_by", wanted.owners)
    was = await _owners_of(change)
    assignee, co_owners = split_owners(tuple(dict.fromkeys(wanted.owners)))
    now = tuple(owner for owner in (assignee, *co_owners) if owner)
    if now == was:
        return
    await writes.set_co_owners(change.connection, change.tenant_id, change.was.number, co_owners)
    words = f"assigned it to {await people.get_person_name(change.connection, change.tenant_id, assignee)}" if assignee else "unassigned it"
    change.record(
        changes.person_list_delta("owned_by", was, now),
        words,
        assignee_user_id=assignee.id if assignee and assignee.kind == "user" else None,
        assignee_bot_id=assignee.id if assignee and assignee.kind == "bot" else None,
    )


async def _owners_of(change: _Change) -> tuple[Ref, ...]:
    (row,) = await conversations.get_conversations(change.connection, change.tenant_id, [change.was.number])
    user, bot = row.assignee_user_id, row.assignee_bot_id
    assignee = Ref("user", user) if user is not None else Ref("bot", bot) if bot is not None else None
    return tuple(owner for owner in (assignee, *map(Ref.parse, row.co_owners)) if owner)


async def _tags(change: _Change, wanted: Edit) -> None:
    wanted_set = None if isinstance(wanted.tags_set, Unset) else dict(wanted.tags_set)
    if wanted_set is None and not wanted.tags_add and not wanted.tags_remove:
        return
    (row,) = await conversations.get_conversations(change.connection, change.tenant_id, [change.was.number])
    old = dict(zip(row.tag_ids, row.tag_values, strict=True))
    new = dict(wanted_set) if wanted_set is not None else old | dict(wanted.tags_add)
    new = {tag_id: value for tag_id, value in new.items() if tag_id not in wanted.tags_remove}
    names = await check_tags(change.connection, change.tenant_id, [*new.items(), *((tag_id, None) for tag_id in old)])
    if new == old:
        return
    added = tuple((tag_id, value) for tag_id, value in new.items() if tag_id not in old or old[tag_id] != value)
    removed = tuple(tag_id for tag_id in old if tag_id not in new)
    await writes.change_tags(change.connection, change.tenant_id, change.was.number, add=added, remove=removed)
    labels = [_labels(tags, names) for tags in (old, new)]
    words = [f"added {names[tag_id]}" for tag_id, _ in added] + [f"removed {names[tag_id]}" for tag_id in removed]
    change.record(changes.tag_delta(*labels), " and ".join(words))


def _labels(tags: dict[int, str | None], names: dict[int, str]) -> list[str]:
    return [names[tag_id] + (f": {value}" if value is not None else "") for tag_id, value in tags.items()]


_STEPS: tuple[Callable[[_Change, Edit], Awaitable[None]], ...] = (_texts, _flags, _stage, _team, _owners, _tags)
