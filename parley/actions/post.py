"""Posting into a conversation: a reply, a note, or what the customer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg
import msgspec

from ..domain.changes import stage_delta
from ..domain.conversations import Stage
from ..domain.messages import Entry
from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, Forbidden, InvalidValue, NotFound
from ..domain.stages import stage_after_agent_reply, stage_after_contact_message
from ..store import messages, timeline, writes
from ..store.database import Connection
from .attach import attach
from .checks import caller_name, check_people, find_stage, lock, refuse_frozen, require_write
from .context import Context

Visibility = Literal["private", "internal", "external", "public"]
# From the fewest readers to the most.
_WIDTH = ("private", "internal", "external", "public")
_SHORTEST_LIFE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What the caller says. ``private_to`` counts with visibility private only; without a visibility an answer to an entry
    (``thread_id``) has that of the entry, and anything else is external. ``snap_kit_body`` is JSON as it came.
    """

    body: str | None = None
    visibility: Visibility | None = None
    private_to: tuple[Ref, ...] = ()
    external_ref: str | None = None
    labels: tuple[str, ...] = ()
    body_type: str = "text"
    artifact_ids: tuple[int, ...] = ()
    collections: tuple[str, ...] = ()
    expires_at: datetime | None = None
    snap_kit_body: Mapping[str, Any] | None = None
    thread_id: int | None = None


async def post_message(context: Context, principal: Principal, number: int, new: NewMessage) -> Entry:
    """Writes the message, moves the stage as the rules say, and returns what was written.

    Raises NotFound, Frozen, Forbidden (a contact writing an internal note), Conflict (a taken ``external_ref``), InvalidValue,
    InvalidId and AttachmentTaken.
    """
    require_write(principal)
    if new.expires_at is not None and new.expires_at < context.clock() + _SHORTEST_LIFE:
        raise InvalidValue("expires_at", "expires_at must be at least one minute ahead")
    async with context.database.write(principal.tenant.id) as connection:
        conversation = await lock(connection, principal, number)
        refuse_frozen(conversation)
        await check_people(connection, principal.tenant.id, "private_to", new.private_to)
        row = await _row(connection, context, principal, number, new)
        if principal.ref.kind == "contact" and row.visibility == "internal":
            raise Forbidden("a contact may not write an internal note")
        return await _write(connection, principal, conversation, row, new.artifact_ids)


async def post_reply(context: Context, principal: Principal, entry_id: int, new: NewMessage) -> Entry:
    """Answers an entry: a message of its thread. Raises NotFound, and what ``post_message`` does."""
    async with context.database.read(principal.tenant.id) as connection:
        entry = await timeline.find_entry(connection, principal, entry_id)
    if entry is None or entry.kind == "activity":
        raise NotFound("no such entry")
    return await post_message(context, principal, entry.conversation_number, replace(new, thread_id=entry.thread_id or entry.id))


async def _row(connection: Connection, context: Context, principal: Principal, number: int, new: NewMessage) -> writes.NewMessage:
    visibility, private_to = await _audience(connection, principal, number, new)
    return writes.NewMessage(
        kind="incoming" if principal.ref.kind == "contact" else "outgoing",
        visibility=visibility,
        private_to=private_to,
        author=principal.ref,
        body=new.body,
        external_ref=new.external_ref,
        labels=list(new.labels) or None,
        at=context.clock(),
        body_type=new.body_type,
        collections=list(dict.fromkeys(new.collections)) or None,
        expires_at=new.expires_at,
        snap_kit_body=None if new.snap_kit_body is None else msgspec.json.encode(new.snap_kit_body).decode(),
        thread_id=new.thread_id,
    )


async def _audience(connection: Connection, principal: Principal, number: int, new: NewMessage) -> tuple[str, list[str] | None]:
    """Who sees it. An answer is seen by no more people than what it answers. Raises NotFound, InvalidValue."""
    named = [str(ref) for ref in new.private_to] or None
    if new.thread_id is None:
        return new.visibility or "external", named
    first = await timeline.lock_message(connection, principal.tenant.id, new.thread_id)
    if first is None or first.conversation_number != number:
        raise NotFound("no such entry")
    if first.deleted_at is not None:
        raise InvalidValue("object", "the entry was deleted")
    visibility = new.visibility or first.visibility
    if _WIDTH.index(visibility) > _WIDTH.index(first.visibility):
        raise InvalidValue("visibility", f"an answer to a {first.visibility} entry is {first.visibility} too, or seen by fewer")
    if first.visibility == "private" and named is None:
        inside = dict.fromkeys([*(first.private_to or ()), f"{first.author_kind}:{first.author_id}"])
        return visibility, list(inside)
    return visibility, named


async def _write(
    connection: Connection, principal: Principal, conversation: writes.Locked, row: writes.NewMessage, artifact_ids: tuple[int, ...]
) -> Entry:
    tenant_id, me = principal.tenant.id, principal.ref
    values: dict[str, Any] = {}
    stage = await _next_stage(connection, principal, conversation, row)
    if row.visibility != "private":  # of a private one nothing that others can see may move
        values = _clocks(conversation, row) | {"modified_by_kind": me.kind, "modified_by_id": me.id, "modified_at": row.at}
    if stage is not None:
        reopened = {"closed_at": None, "snoozed_until": None} if stage.chatwoot_status != conversation.status else {}
        values |= {"stage_id": stage.id, "status": stage.chatwoot_status, **reopened}
    try:
        entry = await writes.insert_message(connection, tenant_id, conversation.number, row, values)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("external_ref is taken") from error
    await attach(connection, tenant_id, entry.id, artifact_ids, "artifacts", owner=me if me.kind == "contact" else None)
    if row.thread_id is not None:
        await timeline.count_replies(connection, tenant_id, row.thread_id, 1)
    if stage is not None:
        await _tell_move(connection, principal, conversation, stage, row.at)
    return (artifact_ids and await messages.get_entry(connection, principal, entry.id)) or entry  # with its files counted


def _clocks(conversation: writes.Locked, row: writes.NewMessage) -> dict[str, Any]:
    """What a message does to the times and counters that the lists show."""
    values: dict[str, Any] = {"last_activity_at": max(conversation.last_activity_at, row.at)}
    if row.visibility == "internal":
        return values
    values["last_external_message_at"] = row.at
    if row.kind == "incoming":
        values |= {"last_incoming_at": row.at, "unread_count": conversation.unread_count + 1}
        return values | ({"waiting_since": row.at} if conversation.waiting_since is None else {})
    if row.author.kind == "user" and conversation.first_reply_at is None:
        values["first_reply_at"] = row.at
    return values | {"waiting_since": None}


async def _next_stage(connection: Connection, principal: Principal, conversation: writes.Locked, row: writes.NewMessage) -> Stage | None:
    """The stage that this message moves the conversation to; None where it stays."""
    if row.visibility not in ("external", "public"):
        return None
    target = await _stage_after(connection, principal, conversation)
    return None if target == conversation.stage else await find_stage(connection, principal.tenant.id, target)


async def _tell_move(connection: Connection, principal: Principal, conversation: writes.Locked, stage: Stage, at: datetime) -> None:
    """The change entry of a move."""
    name = await caller_name(connection, principal)
    await writes.insert_change(
        connection,
        principal.tenant.id,
        conversation.number,
        author=principal.ref,
        deltas=[stage_delta(conversation.stage, stage.name)],
        sentence=f"The stage became {stage.name} when {name} wrote",
        at=at,
    )


async def _stage_after(connection: Connection, principal: Principal, conversation: writes.Locked) -> str:
    if principal.ref.kind == "user":
        return stage_after_agent_reply(conversation.stage)
    if principal.ref.kind != "contact":
        return conversation.stage
    place = await writes.get_contact_place(connection, principal.tenant.id, conversation.contact_id)
    return stage_after_contact_message(
        conversation.stage,
        active_bot=await writes.inbox_has_bot(connection, principal.tenant.id, conversation.inbox_id),
        quiet=conversation.is_spam or conversation.is_frozen or bool(place and place.blocked),
    )
