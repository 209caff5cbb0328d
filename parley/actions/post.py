"""Posting into a conversation: a reply, a note, or what the customer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from ..domain.changes import stage_delta
from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, Forbidden
from ..domain.stages import stage_after_agent_reply, stage_after_contact_message
from ..store import people, writes
from ..store.database import Connection
from .checks import check_people, find_stage, lock, refuse_frozen, require_write
from .context import Context

Visibility = Literal["private", "internal", "external", "public"]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What the caller says. ``private_to`` counts with visibility private only."""

    body: str
    visibility: Visibility = "external"
    private_to: tuple[Ref, ...] = ()
    external_ref: str | None = None
    labels: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return self.visibility in ("external", "public")


async def post_message(context: Context, principal: Principal, number: int, new: NewMessage) -> int:
    """Writes the message, moves the stage as the rules say, and returns the message's id.

    Raises NotFound, Frozen, Forbidden (a contact writing an internal note), Conflict (a taken ``external_ref``).
    """
    require_write(principal)
    from_contact = principal.ref.kind == "contact"
    if from_contact and new.visibility == "internal":
        raise Forbidden("a contact may not write an internal note")
    async with context.database.write(principal.tenant.id) as connection:
        conversation = await lock(connection, principal, number)
        refuse_frozen(conversation)
        await check_people(connection, principal.tenant.id, "private_to", new.private_to)
        return await _write(connection, context, principal, conversation, new)


async def _write(connection: Connection, context: Context, principal: Principal, conversation: writes.Locked, new: NewMessage) -> int:
    tenant_id, at = principal.tenant.id, context.clock()
    row = writes.NewMessage(
        kind="incoming" if principal.ref.kind == "contact" else "outgoing",
        visibility=new.visibility,
        private_to=[str(ref) for ref in new.private_to] or None,
        author=principal.ref,
        body=new.body,
        external_ref=new.external_ref,
        labels=list(new.labels) or None,
        at=at,
    )
    try:
        message_id = await writes.insert_message(connection, tenant_id, conversation.number, row)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("external_ref is taken") from error
    if new.visibility == "private":
        return message_id  # nothing that others can see may move
    values = _clocks(conversation, row) | {"modified_by_kind": principal.ref.kind, "modified_by_id": principal.ref.id, "modified_at": at}
    values |= await _move(connection, principal, conversation, new, row)
    await writes.update_conversation(connection, tenant_id, conversation.number, values)
    return message_id


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


async def _move(
    connection: Connection, principal: Principal, conversation: writes.Locked, new: NewMessage, row: writes.NewMessage
) -> dict[str, Any]:
    """The stage after this message, with its change entry when it moved."""
    if not new.is_public:
        return {}
    target = await _stage_after(connection, principal, conversation)
    if target == conversation.stage:
        return {}
    stage = await find_stage(connection, principal.tenant.id, target)
    name = await people.get_person_name(connection, principal.tenant.id, principal.ref)
    await writes.insert_change(
        connection,
        principal.tenant.id,
        conversation.number,
        author=principal.ref,
        deltas=[stage_delta(conversation.stage, stage.name)],
        sentence=f"The stage became {stage.name} when {name} wrote",
        at=row.at,
    )
    reopened = {"closed_at": None, "snoozed_until": None} if stage.chatwoot_status != conversation.status else {}
    return {"stage_id": stage.id, "status": stage.chatwoot_status, **reopened}


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
