"""Changing a conversation: assign, set the stage, tag, edit. Each change is one transaction, one entry, one event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ..domain import changes
from ..domain.conversations import Stage
from ..domain.principals import SYSTEM, Principal, Ref
from ..domain.problems import InvalidValue, MissingField, NotFound, Problem
from ..domain.stages import STATUSES, stage_for_status
from ..store import conversations, people, surveys, writes
from ..store.database import Connection
from . import change_care, change_fields, change_links
from .asking import ask_opinion
from .checks import check_people, check_team, find_stage, name_tags, refuse_frozen, require_agent
from .context import Context
from .edits import UNSET, Change, Decide, Edit, Refused, Sentence, Shared, Unset, finish
from .opening import split_owners
from .stages import check_transition
from .vanished import refuse_vanished

_STATUS_SENTENCES: dict[str, Sentence] = {
    "open": lambda name: f"Conversation was reopened by {name}",
    "resolved": lambda name: f"Conversation was marked resolved by {name}",
    "pending": lambda name: f"Conversation was marked as pending by {name}",
    "snoozed": lambda name: f"Conversation was snoozed by {name}",
}

__all__ = ["UNSET", "Edit", "Refused", "Unset", "assign", "edit", "edit_each", "set_stage", "tag"]


async def edit(context: Context, principal: Principal, number: int, wanted: Edit | Decide) -> None:
    """Makes every change asked for in one transaction, or none.

    Raises NotFound, Forbidden, Frozen (unless it unfreezes), InvalidValue, InvalidId and CustomFieldRefused naming the field.
    """
    require_agent(principal)
    await _edit_one(context, principal, number, wanted)


async def edit_each(context: Context, principal: Principal, numbers: Sequence[int], wanted: Edit | Decide) -> None:
    """The same of several conversations at once: all are changed, or none.

    Raises Refused with the problem of each that cannot be; InvalidId where what one of them names was just deleted; Forbidden.
    """
    require_agent(principal)
    with refuse_vanished():
        await _edit(context, principal, numbers, wanted)


async def resolve(context: Context, principal: Principal, number: int) -> None:
    """Whoever it is that may: the caller has asked. Raises NotFound, Frozen, and InvalidValue where a stage diagram stands against it."""
    await _edit_one(context, principal, number, Edit(status="resolved"))


async def _edit_one(context: Context, principal: Principal, number: int, wanted: Edit | Decide) -> None:
    with refuse_vanished():
        try:
            await _edit(context, principal, [number], wanted)
        except Refused as refused:
            raise refused.problems[number] from None


async def _edit(context: Context, principal: Principal, numbers: Sequence[int], wanted: Edit | Decide) -> None:
    """Decides about all first: where one refuses, little was written yet that has to be undone."""
    async with context.database.write(principal.tenant.id) as connection:
        changes = await _begin(connection, context, principal, numbers)
        refusing: dict[int, Problem] = {number: NotFound(f"conversation CONV-{number}") for number in numbers if number not in changes}
        for number, change in changes.items():
            try:
                await _decide(change, wanted)
            except Problem as problem:
                refusing[number] = problem
        if refusing:
            raise Refused(refusing)
        await finish(connection, principal, list(changes.values()))
        for change in changes.values():
            await _ask_opinion(change)


async def _begin(connection: Connection, context: Context, principal: Principal, numbers: Sequence[int]) -> dict[int, Change]:
    """Of each that the caller may open, locked first: what it carries is then as it stays."""
    locked = await writes.lock_conversations(connection, principal, numbers)
    rows = await conversations.get_conversations(connection, principal.tenant.id, list(locked)) if locked else []
    shared = Shared(frozenset(tag_id for row in rows for tag_id in row.tag_ids))
    return {row.number: Change(connection, context, principal, locked[row.number], row, shared) for row in rows}


async def _decide(change: Change, wanted: Edit | Decide) -> None:
    edit = wanted if isinstance(wanted, Edit) else await wanted(change)
    if edit.is_frozen is not False:
        refuse_frozen(change.was)
    for apply in _STEPS:
        await apply(change, edit)


async def _ask_opinion(change: Change) -> None:
    """Of a conversation that was just resolved, where its inbox asks."""
    if change.was.status == "resolved" or change.values.get("status") != "resolved":
        return
    if await change.ask(surveys.inbox_asks, change.values.get("inbox_id", change.was.inbox_id)):
        await ask_opinion(change.connection, change.tenant_id, change.was.number, change.at)


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


async def _texts(change: Change, wanted: Edit) -> None:
    for field, column, words in (
        ("title", "title", "title"),
        ("description", "description", "description"),
        ("metadata.url_context", "url_context", "page"),
    ):
        new, old = getattr(wanted, column), getattr(change.was, column)
        if not isinstance(new, Unset) and new != old:
            change.record(changes.string_delta(field, old, new), f"changed the {words}", **{column: new})


async def _flags(change: Change, wanted: Edit) -> None:
    for field, on, off in (("is_spam", "marked it as spam", "marked it as no spam"), ("is_frozen", "froze it", "unfroze it")):
        new, old = getattr(wanted, field), getattr(change.was, field)
        if not isinstance(new, Unset) and new != old:
            change.record(changes.bool_delta(field, old, new), on if new else off, **{field: new})


async def _stage(change: Change, wanted: Edit) -> None:
    stage = await _wanted_stage(change, wanted)
    if stage is None or stage.id == change.was.stage_id:
        return
    was = change.was
    if change.principal.ref != SYSTEM:  # what the rules do, the diagrams of what people may do do not hold up
        await change.ask(check_transition, "conversation", was.subtype, was.stage_id, stage.id)
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
        None if isinstance(wanted.status, Unset) else _STATUS_SENTENCES[stage.chatwoot_status],
        stage_id=stage.id,
        status=stage.chatwoot_status,
        **closed,
    )


async def _wanted_stage(change: Change, wanted: Edit) -> Stage | None:
    """The stage asked for by name, by id or by a status of Chatwoot's; None where the stage stays."""
    was = change.was
    if not isinstance(wanted.status, Unset):
        if wanted.status not in STATUSES:
            raise InvalidValue("status", f"no status {wanted.status!r}", allowed=STATUSES)
        if not isinstance(wanted.stage, Unset):
            raise InvalidValue("status", "the status follows from the stage: give one of them")
        if wanted.status == was.status:
            return None
        name = stage_for_status(
            wanted.status,
            agent_has_replied=was.first_reply_at is not None,
            contact_spoke_last=was.last_incoming_at is not None and was.last_incoming_at == was.last_external_message_at,
        )
        return await change.ask(find_stage, name)
    if isinstance(wanted.stage, Unset) or wanted.stage == was.stage:
        return None
    field = "stage.stage" if isinstance(wanted.stage, int) else "stage.name"
    return await change.ask(find_stage, wanted.stage, field)


async def _team(change: Change, wanted: Edit) -> None:
    if isinstance(wanted.team_id, Unset) or wanted.team_id == change.was.team_id:
        return
    await change.ask(check_team, wanted.team_id)
    old, new = change.was.team_id, wanted.team_id
    names = await change.ask(people.get_teams, tuple(one for one in (old, new) if one is not None), None)
    named = f"Assigned to {names[new].name}" if new is not None else f"Unassigned from {names[old].name}" if old in names else ""
    told = (lambda name: f"{named} by {name}") if named else None
    change.record(changes.noun_delta("group", "team", old, new), "changed the group", told, team_id=new)


async def _owners(change: Change, wanted: Edit) -> None:
    if isinstance(wanted.owners, Unset):
        return
    await change.ask(check_people, "owned_by", tuple(wanted.owners))
    was = tuple(owner for owner in (change.assignee, *change.co_owners) if owner)
    assignee, co_owners = split_owners(tuple(dict.fromkeys(wanted.owners)))
    now = tuple(owner for owner in (assignee, *co_owners) if owner)
    if now == was:
        return
    await writes.set_co_owners(change.connection, change.tenant_id, change.was.number, co_owners)
    words = f"assigned it to {await change.ask(people.get_person_name, assignee)}" if assignee else "unassigned it"
    change.record(
        changes.person_list_delta("owned_by", was, now),
        words,
        assignee_user_id=assignee.id if assignee and assignee.kind == "user" else None,
        assignee_bot_id=assignee.id if assignee and assignee.kind == "bot" else None,
    )


async def _tags(change: Change, wanted: Edit) -> None:
    wanted_set = None if isinstance(wanted.tags_set, Unset) else dict(wanted.tags_set)
    if wanted_set is None and not wanted.tags_add and not wanted.tags_remove:
        return
    old = dict(zip(change.row.tag_ids, change.row.tag_values, strict=True))
    new = (old if wanted_set is None else wanted_set) | dict(wanted.tags_add)
    new = {tag_id: value for tag_id, value in new.items() if tag_id not in wanted.tags_remove}
    # A value that the conversation has already may stay, whatever the tag allows today.
    asked = [one for one in new.items() if one not in old.items()] + [(tag_id, None) for tag_id in (*old, *wanted.tags_remove)]
    ids = change.shared.tag_ids.union(tag_id for tag_id, _ in asked)
    names = name_tags(await change.ask(writes.get_tags_for_writing, tuple(sorted(ids))) if asked else {}, asked)
    if new == old:
        return
    added = tuple((tag_id, value) for tag_id, value in new.items() if tag_id not in old or old[tag_id] != value)
    removed = tuple(tag_id for tag_id in old if tag_id not in new)
    change.tags = writes.NewTags(change.was.number, added, removed)
    labels = [_labels(tags, names) for tags in (old, new)]
    words = [f"added {names[tag_id]}" for tag_id, _ in added] + [f"removed {names[tag_id]}" for tag_id in removed]
    change.record(changes.tag_delta(*labels), " and ".join(words))


def _labels(tags: dict[int, str | None], names: dict[int, str]) -> list[str]:
    return [names[tag_id] + (f": {value}" if value is not None else "") for tag_id, value in tags.items()]


_STEPS: tuple[Callable[[Change, Edit], Awaitable[None]], ...] = (
    _texts,
    _flags,
    _stage,
    _team,
    _owners,
    _tags,
    *change_care.STEPS,
    *change_links.STEPS,
    *change_fields.STEPS,
)
