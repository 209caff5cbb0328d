"""Bulk actions: asked for at once, done a few targets at a time as whoever asked, each target all or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue, MissingField, NotFound, Problem
from ..domain.stages import STATUSES
from ..store import bulk_actions as store
from ..store import writes
from ..store.bulk_actions import BULK_ACTIONS, BulkAction, Waiting
from ..store.database import Connection
from ..store.savepoints import savepoint
from ..store.tags import list_named
from . import assigning, change, contact_end, labelling
from .contacts import change_contact, find_contact
from .context import Context
from .customers import Carried
from .edits import UNSET, Change, Edit
from .nouns import changing, create, record

# So many conversations are changed together, and others in the same transaction until it is so old: nobody waits long for one.
AT_ONCE, OLD_S = 16, 0.03
_MOST_AT_ONCE = 200
_LEFT = "who asked for this has left the account"
MOST = 1_000_000

_Do = Callable[[Connection, Context, Principal, Waiting, Sequence[int]], Awaitable[dict[int, str]]]
"""Changes some targets; why those failed that did."""


async def ask(context: Context, principal: Principal, kind: str, wanted: Mapping[str, Any], targets: Sequence[int]) -> int:
    """The new bulk action's id. ``wanted`` may have status, snoozed_until, assignee_id, team_id, add, remove, and for contacts
    delete.

    Raises InvalidValue, InvalidId and MissingField naming the field; Forbidden for an agent who would delete contacts.
    """
    if principal.ref.kind != "user" or (wanted.get("delete") and not principal.is_administrator):
        raise Forbidden()
    if len(targets) > MOST:
        raise InvalidValue("ids", f"a bulk action takes up to {MOST} ids")
    async with changing(context, principal) as connection:
        await _check(connection, principal, wanted)
        # In one order, so that two of them do not wait for each other.
        values = {"type": kind, "change": wanted, "targets": sorted(set(targets))}
        done = {} if targets else {"state": "done", "finished_at": context.clock()}
        return await create(connection, context, principal, BULK_ACTIONS, values | done)


async def get_bulk_action(connection: Connection, principal: Principal, number: int) -> BulkAction:
    """Raises NotFound, also for somebody else's where the caller is no administrator."""
    found = (await BULK_ACTIONS.get(connection, principal.tenant.id, [number])).get(number)
    if found is None or (found.created_by != str(principal.ref) and not principal.is_administrator):
        raise NotFound("no such bulk_action")
    return found


async def go_on(context: Context, tenant_id: int) -> int:
    """The next few targets of the oldest bulk action, in one short transaction; how many that was."""
    await _go_ahead(context, tenant_id)
    try:
        return await _go_on(context, tenant_id, _together)
    except (change.Refused, Problem):
        return await _go_on(context, tenant_id, _each)


async def _go_on(context: Context, tenant_id: int, do: _Do) -> int:
    began = monotonic()
    async with context.database.write(tenant_id) as connection:
        waiting = await store.lock_next(connection, tenant_id, at_most=_MOST_AT_ONCE)
        if waiting is None:
            return 0
        asker = await store.get_asker(connection, tenant_id, Ref.parse(waiting.created_by))
        seen, failures, (_, at_once, most) = 0, list[dict[str, Any]](), _KINDS[waiting.type]
        while seen < min(len(waiting.next), most) and (not seen or monotonic() - began < OLD_S):
            targets = waiting.next[seen : seen + at_once]
            errors = await do(connection, context, asker, waiting, targets) if asker else dict.fromkeys(targets, _LEFT)
            failures += [{"id": target, "error": errors[target]} for target in targets if target in errors]
            seen += len(targets)
        await store.keep_progress(connection, tenant_id, waiting.id, seen=seen, failures=failures, at=context.clock())
        if asker and waiting.seen + seen >= waiting.total:
            told = {"id": waiting.id, "done": waiting.done + seen - len(failures), "failed": waiting.failed + len(failures)}
            await record(connection, context, asker, "bulk_action.finished", told)
        return seen


async def _go_ahead(context: Context, tenant_id: int) -> None:
    """A contact that is to be deleted may have a great many conversations: they are not of that one transaction."""
    async with context.database.write_quietly(tenant_id) as connection:
        waiting = await store.lock_next(connection, tenant_id, at_most=AT_ONCE)
        asker = await store.get_asker(connection, tenant_id, Ref.parse(waiting.created_by)) if waiting else None
    if waiting and asker and waiting.type == "Contact" and msgspec.json.decode(waiting.change).get("delete"):
        for number in waiting.next:
            with suppress(Problem):  # it is told when the target's turn comes
                await contact_end.go_ahead_of_deletion(context, asker, number)


async def _together(connection: Connection, context: Context, asker: Principal, waiting: Waiting, targets: Sequence[int]) -> dict[int, str]:
    """Changes them all; where one refuses, what it raises has to end the transaction.

    There is no savepoint, for what is written behind one does not look written by this transaction: as it commits, every
    conversation would be updated once more to raise its version (``cool_conversation``).
    """
    await _KINDS[waiting.type][0](
        connection, context.inside(connection, asker.tenant.id), asker, targets, msgspec.json.decode(waiting.change)
    )
    return {}


async def _each(connection: Connection, context: Context, asker: Principal, waiting: Waiting, targets: Sequence[int]) -> dict[int, str]:
    """Changes each that does not refuse; why the others do."""
    errors, left = dict[int, str](), list(targets)
    while left:
        try:
            async with savepoint(connection):
                await _together(connection, context, asker, waiting, left)
            return errors
        except change.Refused as refused:
            errors |= {target: problem.message for target, problem in refused.problems.items()}
            left = [target for target in left if target not in errors]
        except Problem as problem:
            if len(left) == 1:
                return errors | {left[0]: problem.message}
            # Whose it is nobody knows until each is tried alone.
            for target in left:
                errors |= await _each(connection, context, asker, waiting, [target])
            return errors
    return errors


async def _apply_conversations(
    connection: Connection, context: Context, asker: Principal, numbers: Sequence[int], wanted: Mapping[str, Any]
) -> None:
    if "team_id" in wanted:
        team_id = await assigning.find_team(connection, asker.tenant.id, wanted["team_id"])
        await change.edit_each(context, asker, numbers, partial(assigning.to_team, team_id))
    tags = await _find_tags(connection, context, asker, numbers, wanted)
    await change.edit_each(context, asker, numbers, partial(_to_what_is_wanted, wanted, *tags))


async def _find_tags(
    connection: Connection, context: Context, asker: Principal, numbers: Sequence[int], wanted: Mapping[str, Any]
) -> tuple[list[int], list[int]]:
    """The tags to put on, made where there are none, and those to take off."""
    add, remove = wanted.get("add"), wanted.get("remove")
    if add:
        # Making tags makes others wait who hold a conversation: they would wait for each other if these were not held first.
        await writes.lock_conversations(connection, asker, numbers)
    added = await labelling.find_or_make(connection, context, asker, add) if add else []
    return added, [tag_id for tag_id, _ in await list_named(connection, asker.tenant.id, remove)] if remove else []


async def _to_what_is_wanted(wanted: Mapping[str, Any], add: Sequence[int], remove: Sequence[int], change: Change) -> Edit:
    """All but the team."""
    assignee, until, carried = wanted.get("assignee_id"), wanted.get("snoozed_until"), change.row.tag_ids
    return Edit(
        status=wanted.get("status", UNSET),
        snoozed_until=datetime.fromisoformat(until) if until else None if wanted.get("status") == "snoozed" else UNSET,
        assignee=(Ref("user", assignee) if assignee else None) if "assignee_id" in wanted else UNSET,
        tags_add=tuple((tag_id, None) for tag_id in add if tag_id not in carried),
        tags_remove=tuple(tag_id for tag_id in remove if tag_id in carried),
    )


async def _apply_contact(
    connection: Connection, context: Context, asker: Principal, numbers: Sequence[int], wanted: Mapping[str, Any]
) -> None:
    (number,) = numbers
    if wanted.get("delete"):
        await contact_end.delete_contact(context, asker, number)
        return
    row = await find_contact(connection, asker.tenant.id, number)
    tags = dict(zip(row.tag_ids, row.tag_values, strict=True))
    found = await list_named(connection, asker.tenant.id, wanted.get("remove") or [])
    kept = {tag_id: value for tag_id, value in tags.items() if tag_id not in {one for one, _ in found}}
    added = await labelling.find_or_make(connection, context, asker, wanted["add"]) if wanted.get("add") else []
    await change_contact(context, asker, number, {}, Carried(tags=kept | {tag_id: kept.get(tag_id) for tag_id in added}))


_Apply = Callable[[Connection, Context, Principal, Sequence[int], Mapping[str, Any]], Awaitable[None]]
# How each kind is changed, how many of it together, and how many in one transaction.
_KINDS: dict[str, tuple[_Apply, int, int]] = {
    "Conversation": (_apply_conversations, AT_ONCE, _MOST_AT_ONCE),
    "Contact": (_apply_contact, 1, AT_ONCE),
}


async def _check(connection: Connection, principal: Principal, wanted: Mapping[str, Any]) -> None:
    if not wanted:
        raise MissingField("fields", "fields or labels say what is to change")
    if "status" in wanted and wanted["status"] not in STATUSES:
        raise InvalidValue("fields.status", "Status is not included in the list", allowed=STATUSES)
    if any(not name or len(name) > labelling.LONGEST for side in ("add", "remove") for name in wanted.get(side, ())):
        raise InvalidValue("labels", f"a label takes 1 to {labelling.LONGEST} characters")
    await assigning.check_assignment(connection, principal.tenant.id, wanted.get("assignee_id"), wanted.get("team_id"), "fields.")
