"""Changing and deleting what was said, by who said it or an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from ..domain.principals import Principal
from ..domain.problems import Conflict, Forbidden, InvalidValue, NotFound
from ..store import attachments, events, timeline, writes
from ..store.database import Connection
from ..store.timeline import LockedMessage
from .attach import attach
from .checks import lock, refuse_frozen, require_agent, require_write
from .context import Context
from .edits import UNSET, Unset

_MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """What to change; what is left out stays. ``files_set`` goes without the other two."""

    body: str | Unset = UNSET
    body_type: str | Unset = UNSET
    external_ref: str | Unset | None = UNSET
    labels: tuple[str, ...] | Unset = UNSET
    snap_kit_body: Mapping[str, Any] | Unset = UNSET
    files_set: tuple[int, ...] | Unset = UNSET
    files_add: tuple[int, ...] = ()
    files_remove: tuple[int, ...] = ()


async def update_message(context: Context, principal: Principal, message_id: int, wanted: MessageEdit) -> None:
    """Changes a message; what changes nothing writes nothing.

    Raises NotFound, Forbidden, Frozen, Conflict (a taken ``external_ref``), InvalidValue, InvalidId and AttachmentTaken.
    """
    tenant_id, me = principal.tenant.id, principal.ref
    async with context.database.write(tenant_id) as connection:
        message = await lock_own(connection, principal, message_id)
        if message.deleted_at is not None:
            raise InvalidValue("id", "the entry was deleted")
        at, values = context.clock(), _changed(message, wanted)
        files = await _change_files(connection, principal, message, wanted)
        if not values and not files:
            return
        try:
            await timeline.update_message(connection, tenant_id, message_id, values, me, at)
        except asyncpg.UniqueViolationError as error:
            raise Conflict("external_ref is taken") from error
        changed = sorted({*(values.keys() - {"processed_body"}), *(["artifacts"] if files else [])})
        number = message.conversation_number
        await timeline.insert_event(connection, tenant_id, "message.updated", number, message_id, me, {"changed": changed}, at)
        await touch(connection, context, principal, message)


async def delete_message(context: Context, principal: Principal, message_id: int, *, of_anybody: bool = False) -> None:
    """Takes away what a message said; its row stays with the time. Deleting it again changes nothing.

    ``of_anybody``: also of another author, where the caller is an agent. Raises NotFound, Forbidden, Frozen.
    """
    tenant_id, me = principal.tenant.id, principal.ref
    if of_anybody:
        require_agent(principal)
    async with context.database.write(tenant_id) as connection:
        message = await (lock_seen if of_anybody else lock_own)(connection, principal, message_id)
        if message.deleted_at is not None:
            return
        at, number = context.clock(), message.conversation_number
        await timeline.delete_body(connection, tenant_id, message_id, me, at)
        if message.thread_id is not None:
            await timeline.count_replies(connection, tenant_id, message.thread_id, -1)
        event_id = await timeline.insert_event(connection, tenant_id, "message.deleted", number, message_id, me, {}, at)
        await events.insert_tombstone(connection, tenant_id, "message", message_id, event_id, me, at)
        await touch(connection, context, principal, message)


async def lock_seen(connection: Connection, principal: Principal, message_id: int) -> LockedMessage:
    """A message that the caller sees, locked with its conversation. Raises NotFound, Frozen, Forbidden."""
    require_write(principal)
    entry = await timeline.find_entry(connection, principal, message_id)
    if entry is None or entry.kind == "activity":
        raise NotFound("no such entry")
    refuse_frozen(await lock(connection, principal, entry.conversation_number))
    message = await timeline.lock_message(connection, principal.tenant.id, message_id)
    if message is None:
        raise NotFound("no such entry")
    return message


async def lock_own(connection: Connection, principal: Principal, message_id: int) -> LockedMessage:
    """A message that the caller may change: its author, an administrator or a bot. Raises NotFound, Frozen, Forbidden."""
    message = await lock_seen(connection, principal, message_id)
    is_author = (message.author_kind, message.author_id) == (principal.ref.kind, principal.ref.id)
    if not is_author and not principal.is_administrator and principal.ref.kind != "bot":
        raise Forbidden("only its author or an administrator may change an entry")
    return message


def _changed(message: LockedMessage, wanted: MessageEdit) -> dict[str, Any]:
    """The columns that get another value."""
    given: dict[str, Any] = {name: getattr(wanted, name) for name in ("body", "body_type", "external_ref")}
    given["labels"] = wanted.labels if isinstance(wanted.labels, Unset) else list(wanted.labels) or None
    values = {name: value for name, value in given.items() if not isinstance(value, Unset) and value != getattr(message, name)}
    kit, before = wanted.snap_kit_body, message.snap_kit_body
    if not isinstance(kit, Unset) and (before is None or msgspec.json.decode(before) != kit):
        values["snap_kit_body"] = msgspec.json.encode(kit).decode()
    return values | ({"processed_body": values["body"]} if "body" in values else {})


async def _change_files(connection: Connection, principal: Principal, message: LockedMessage, wanted: MessageEdit) -> bool:
    """Whether the files of the message are others now."""
    tenant_id, add, remove, field = principal.tenant.id, wanted.files_add, set(wanted.files_remove), "artifacts.add"
    if isinstance(wanted.files_set, Unset) and not add and not remove:
        return False
    before = await attachments.list_of_message(connection, tenant_id, message.id)
    if not isinstance(wanted.files_set, Unset):
        add, remove, field = wanted.files_set, set(before) - set(wanted.files_set), "artifacts.set"
    owner = principal.ref if principal.ref.kind == "contact" else None
    fresh, gone = [number for number in dict.fromkeys(add) if number not in before], remove & set(before)
    if len(before) + len(fresh) - len(gone) > _MOST_FILES:
        raise InvalidValue(field, f"an entry takes at most {_MOST_FILES} files")
    if gone:
        await attachments.remove(connection, tenant_id, message.id, sorted(gone))
    await attach(connection, tenant_id, message.id, fresh, field, owner=owner)
    return bool(fresh or gone)


async def touch(connection: Connection, context: Context, principal: Principal, message: LockedMessage) -> None:
    """The conversation shows the message, so it changed too; of a private one nothing that others see may move."""
    if message.visibility == "private":
        return
    stamps = {"modified_at": context.clock(), "modified_by_kind": principal.ref.kind, "modified_by_id": principal.ref.id}
    await writes.update_conversation(connection, principal.tenant.id, message.conversation_number, stamps)
