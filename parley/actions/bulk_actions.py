"""Bulk actions: asked for at once, done a few targets at a time as whoever asked, each target all or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue, MissingField, NotFound, Problem
from ..domain.stages import STATUSES
from ..store import bulk_actions as store
from ..store.bulk_actions import BULK_ACTIONS, BulkAction, Waiting
from ..store.database import Connection
from ..store.savepoints import savepoint
from ..store.tags import list_named
from . import assigning, change, contact_end, labelling
from .checks import lock
from .contacts import change_contact, find_contact
from .context import Context
from .customers import Carried
from .edits import UNSET, Edit
from .nouns import changing, create, record

AT_ONCE = 10
MOST = 1_000_000


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
    """The next few targets of the oldest bulk action, in one transaction; how many that was."""
    await _go_ahead(context, tenant_id)
    async with context.database.write(tenant_id) as connection:
        waiting = await store.lock_next(connection, tenant_id, at_most=AT_ONCE)
        if waiting is None:
            return 0
        asker = await store.get_asker(connection, tenant_id, Ref.parse(waiting.created_by))
        failures = []
        for target in waiting.next:
            if error := await _try(connection, context, asker, waiting, target):
                failures.append({"id": target, "error": error})
        seen, at = len(waiting.next), context.clock()
        await store.keep_progress(connection, tenant_id, waiting.id, seen=seen, failures=failures, at=at)
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


async def _try(connection: Connection, context: Context, asker: Principal | None, waiting: Waiting, target: int) -> str:
    """Why it failed; empty where it did not."""
    if asker is None:
        return "who asked for this has left the account"
    wanted: dict[str, Any] = msgspec.json.decode(waiting.change)
    inside = context.inside(connection, asker.tenant.id)
    try:
        async with savepoint(connection):
            await _APPLY[waiting.type](connection, inside, asker, target, wanted)
    except Problem as problem:
        return problem.message
    return ""


async def _apply_conversation(connection: Connection, context: Context, asker: Principal, number: int, wanted: Mapping[str, Any]) -> None:
    await lock(connection, asker, number)
    if "team_id" in wanted:
        await assigning.assign_team(context, asker, number, wanted["team_id"])
    assignee = wanted.get("assignee_id")
    until = wanted.get("snoozed_until")
    missing = await labelling.list_missing(connection, context, asker, number, wanted.get("add", []))
    carried = await labelling.list_carried(connection, asker, number, wanted.get("remove", []))
    edit = Edit(
        status=wanted.get("status", UNSET),
        snoozed_until=datetime.fromisoformat(until) if until else None if wanted.get("status") == "snoozed" else UNSET,
        assignee=(Ref("user", assignee) if assignee else None) if "assignee_id" in wanted else UNSET,
        tags_add=tuple((tag_id, None) for tag_id in missing),
        tags_remove=tuple(carried),
    )
    await change.edit(context, asker, number, edit)


async def _apply_contact(connection: Connection, context: Context, asker: Principal, number: int, wanted: Mapping[str, Any]) -> None:
    if wanted.get("delete"):
        await contact_end.delete_contact(context, asker, number)
        return
    row = await find_contact(connection, asker.tenant.id, number)
    tags = dict(zip(row.tag_ids, row.tag_values, strict=True))
    found = await list_named(connection, asker.tenant.id, wanted.get("remove") or [])
    kept = {tag_id: value for tag_id, value in tags.items() if tag_id not in {one for one, _ in found}}
    added = await labelling.find_or_make(connection, context, asker, wanted["add"]) if wanted.get("add") else []
    await change_contact(context, asker, number, {}, Carried(tags=kept | {tag_id: kept.get(tag_id) for tag_id in added}))


_APPLY: dict[str, Callable[[Connection, Context, Principal, int, Mapping[str, Any]], Awaitable[None]]] = {
    "Conversation": _apply_conversation,
    "Contact": _apply_contact,
}


async def _check(connection: Connection, principal: Principal, wanted: Mapping[str, Any]) -> None:
    if not wanted:
        raise MissingField("fields", "fields or labels say what is to change")
    if "status" in wanted and wanted["status"] not in STATUSES:
        raise InvalidValue("fields.status", "Status is not included in the list", allowed=STATUSES)
    if any(not name or len(name) > labelling.LONGEST for side in ("add", "remove") for name in wanted.get(side, ())):
        raise InvalidValue("labels", f"a label takes 1 to {labelling.LONGEST} characters")
    await assigning.check_assignment(connection, principal.tenant.id, wanted.get("assignee_id"), wanted.get("team_id"), "fields.")
