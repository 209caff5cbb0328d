"""Posting into a conversation: a reply, a note, or what the customer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg
import msgspec

from ..domain.changes import columns, stage_delta
from ..domain.conversations import Stage
from ..domain.messages import Entry
from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, Forbidden, InvalidValue, NotFound
from ..domain.stages import stage_after_agent_reply, stage_after_contact_message
from ..store import conversation_starts, messages, people, timeline, writes
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

    ``author`` is who speaks where that is not the caller. What ``is_automatic`` is nobody's answer: the customer still waits.
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
    author: Ref | None = None
    is_automatic: bool = False
    content_type: str = "text"
    content_attributes: Mapping[str, Any] | None = None
    additional_attributes: Mapping[str, Any] | None = None
    source_id: str | None = None
    echo_id: str | None = None


async def post_message(context: Context, principal: Principal, number: int, new: NewMessage) -> Entry:
    """Writes the message, moves the stage as the rules say, and returns what was written.

    Raises NotFound, Frozen, Forbidden (a contact writing an internal note), Conflict (a taken ``external_ref``), InvalidValue,
    InvalidId and AttachmentTaken.
    """
    require_write(principal)
    async with context.database.write(principal.tenant.id) as connection:
        conversation = await lock(connection, principal, number)
        return await say(connection, context, principal, conversation, new)


async def say(
    connection: Connection,
    context: Context,
    principal: Principal,
    conversation: writes.Locked,
    new: NewMessage,
    *,
    files_field: str = "artifacts",
) -> Entry:
    """The same inside an open transaction that has locked the conversation; ``files_field`` is what the caller calls the files."""
    if new.expires_at is not None and new.expires_at < context.clock() + _SHORTEST_LIFE:
        raise InvalidValue("expires_at", "expires_at must be at least one minute ahead")
    refuse_frozen(conversation)
    await check_people(connection, principal.tenant.id, "private_to", new.private_to)
    row = await _row(connection, context, principal, conversation.number, new)
    if principal.ref.kind == "contact" and row.visibility == "internal":
        raise Forbidden("a contact may not write an internal note")
    return await _write(connection, principal, conversation, row, new, files_field)


async def post_reply(context: Context, principal: Principal, entry_id: int, new: NewMessage) -> Entry:
    """Answers an entry: a message of its thread. Raises NotFound, and what ``post_message`` does."""
    async with context.database.read(principal.tenant.id) as connection:
        entry = await timeline.find_entry(connection, principal, entry_id)
    if entry is None or entry.kind == "activity":
        raise NotFound("no such entry")
    return await post_message(context, principal, entry.conversation_number, replace(new, thread_id=entry.thread_id or entry.id))


async def _row(connection: Connection, context: Context, principal: Principal, number: int, new: NewMessage) -> writes.NewMessage:
    visibility, private_to = await _audience(connection, principal, number, new)
    author = new.author or principal.ref
    return writes.NewMessage(
        kind="incoming" if author.kind == "contact" else "outgoing",
        visibility=visibility,
        private_to=private_to,
        author=author,
        body=new.body,
        external_ref=new.external_ref,
        labels=list(new.labels) or None,
        at=context.clock(),
        body_type=new.body_type,
        collections=list(dict.fromkeys(new.collections)) or None,
        expires_at=new.expires_at,
        snap_kit_body=_json(new.snap_kit_body),
        thread_id=new.thread_id,
        content_type=new.content_type,
        content_attributes=_json(new.content_attributes),
        additional_attributes=_json(new.additional_attributes),
        source_id=new.source_id,
        echo_id=new.echo_id,
    )


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


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
    connection: Connection, principal: Principal, conversation: writes.Locked, row: writes.NewMessage, new: NewMessage, files_field: str
) -> Entry:
    tenant_id, me = principal.tenant.id, principal.ref
    values: dict[str, Any] = {}
    stage = None if new.is_automatic else await _next_stage(connection, tenant_id, conversation, row)
    if row.visibility != "private":  # of a private one nothing that others can see may move
        moved = _clocks(conversation, row, is_answer=not new.is_automatic)
        values = moved | {"modified_by_kind": me.kind, "modified_by_id": me.id, "modified_at": row.at}
    told = columns(conversation, values, ("waiting_since", "first_reply_at"))
    if stage is not None:
        values |= {"stage_id": stage.id, "status": stage.chatwoot_status} | _reopened(conversation, stage)
    # Told before the message where no status moves, so that the message stays the newest entry: Chatwoot knows no such move.
    is_quiet = stage is not None and stage.chatwoot_status == conversation.status
    if stage is not None and is_quiet:
        await _tell_move(connection, principal, conversation, stage, row)
    try:
        entry = await writes.insert_message(connection, tenant_id, conversation.number, row, values, {"columns": told} if told else None)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("external_ref is taken") from error
    await attach(connection, tenant_id, entry.id, new.artifact_ids, files_field, owner=me if me.kind == "contact" else None)
    if row.thread_id is not None:
        await timeline.count_replies(connection, tenant_id, row.thread_id, 1)
    if stage is not None and not is_quiet:
        await _tell_move(connection, principal, conversation, stage, row)
    return (new.artifact_ids and await messages.get_entry(connection, principal, entry.id)) or entry  # with its files counted


def _reopened(conversation: writes.Locked, stage: Stage) -> dict[str, None]:
    """What ends when the conversation moves to another status."""
    return {"closed_at": None, "snoozed_until": None} if stage.chatwoot_status != conversation.status else {}


def _clocks(conversation: writes.Locked, row: writes.NewMessage, *, is_answer: bool) -> dict[str, Any]:
    """What a message does to the times and counters that the lists show."""
    values: dict[str, Any] = {"last_activity_at": max(conversation.last_activity_at, row.at)}
    if row.visibility == "internal":  # what an API inbox hides from the contact is news for the agents all the same
        news = {"last_incoming_at": row.at, "unread_count": conversation.unread_count + 1}
        return values | (news if row.kind == "incoming" else {})
    values["last_external_message_at"] = row.at
    if row.kind == "incoming":
        values |= {"last_incoming_at": row.at, "unread_count": conversation.unread_count + 1}
        return values | ({"waiting_since": row.at} if conversation.waiting_since is None else {})
    if not is_answer:
        return values
    if row.author.kind == "user" and conversation.first_reply_at is None:
        values["first_reply_at"] = row.at
    return values | {"waiting_since": None}


async def _next_stage(connection: Connection, tenant_id: int, conversation: writes.Locked, row: writes.NewMessage) -> Stage | None:
    """The stage that this message moves the conversation to; None where it stays."""
    if row.visibility not in ("external", "public"):
        return None
    target = await _stage_after(connection, tenant_id, conversation, row.author)
    return None if target == conversation.stage else await find_stage(connection, tenant_id, target)


async def _tell_move(
    connection: Connection, principal: Principal, conversation: writes.Locked, stage: Stage, row: writes.NewMessage
) -> None:
    """The change entry of a move."""
    tenant_id, author = principal.tenant.id, row.author
    is_me = author == principal.ref
    name = await (caller_name(connection, principal) if is_me else people.get_person_name(connection, tenant_id, author))
    moved = writes.NewChange(
        conversation.number,
        author,
        deltas=[stage_delta(conversation.stage, stage.name)],
        columns=columns(conversation, {"status": stage.chatwoot_status, "modified_at": row.at} | _reopened(conversation, stage)),
        sentence=f"The stage became {stage.name} when {name} wrote",
        at=row.at,
    )
    await writes.insert_changes(connection, tenant_id, [moved])


async def _stage_after(connection: Connection, tenant_id: int, conversation: writes.Locked, author: Ref) -> str:
    if author.kind == "user":
        return stage_after_agent_reply(conversation.stage)
    if author.kind != "contact":
        return conversation.stage
    place = await conversation_starts.get_contact_place(connection, tenant_id, conversation.contact_id)
    return stage_after_contact_message(
        conversation.stage,
        active_bot=await conversation_starts.inbox_has_bot(connection, tenant_id, conversation.inbox_id),
        quiet=conversation.is_spam or conversation.is_frozen or bool(place and place.blocked),
    )
