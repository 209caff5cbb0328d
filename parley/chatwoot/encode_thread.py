"""Messages as their own endpoints show them, and what stands above a page of them (contract 2.3, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..domain.conversations import Conversation
from ..domain.messages import Message
from ..domain.principals import Principal
from ..store import conversations, messages, people
from ..store.database import Connection
from .encode_messages import DELETED, DELETED_ATTRIBUTES, MESSAGE_TYPES, PRIVATE, attachment, is_deleted
from .encode_people import People
from .encode_types import epoch, iso_or_none, json_object
from .page import Page
from .wire import Wire


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation and some of its messages; ``page`` has what they refer to."""

    conversation: Conversation
    messages: list[Message] = field(default_factory=list)
    page: Page = field(default_factory=Page)


async def read_thread(connection: Connection, principal: Principal, number: int, rows: list[Message], *, whole: bool = True) -> Thread:
    """What an answer with these messages shows, in a fixed number of statements; ``whole`` with what stands above them."""
    tenant_id = principal.tenant.id
    (one,) = await conversations.get_conversations(connection, tenant_id, [number])
    authors = {kind: {row.author_id for row in rows if row.author_kind == kind and row.author_id} for kind in ("contact", "user", "bot")}
    assignee = {one.assignee_user_id} if whole and one.assignee_user_id is not None else set()
    return Thread(
        one,
        rows,
        Page(
            attachments=await messages.get_attachments(connection, tenant_id, [row.id for row in rows if row.attachment_count]),
            contacts=await people.get_contacts(connection, tenant_id, authors["contact"] | ({one.contact_id} if whole else set())),
            members=await people.get_members(connection, tenant_id, authors["user"] | assignee),
            bots=await people.get_bots(connection, tenant_id, authors["bot"]),
            tags=await conversations.get_tags(connection, tenant_id, one.tag_ids if whole else ()),
        ),
    )


def listed(thread: Thread, wire: Wire) -> dict[str, Any]:
    """A page of messages and what stands above it. Here the last-seen times are ISO strings, elsewhere they are seconds."""
    one, people_ = thread.conversation, People(thread.page, wire)
    meta: dict[str, Any] = {
        "labels": thread.page.labels(one),
        "additional_attributes": json_object(one.additional_attributes),
        "contact": people_.sender("contact", one.contact_id),
    }
    assignee = None if one.assignee_user_id is None else people_.sender("user", one.assignee_user_id)
    if assignee is not None:
        meta["assignee"] = assignee
    meta["agent_last_seen_at"] = iso_or_none(one.agent_last_seen_at)
    meta["assignee_last_seen_at"] = iso_or_none(one.assignee_last_seen_at)
    return {"meta": meta, "payload": shown(thread, wire)}


def shown(thread: Thread, wire: Wire) -> list[dict[str, Any]]:
    """The messages alone."""
    people_ = People(thread.page, wire)
    return [_message(row, thread, people_, wire) for row in thread.messages]


def _message(row: Message, thread: Thread, people_: People, wire: Wire) -> dict[str, Any]:
    """``_message.json.jbuilder``: fewer keys than a message has inside a conversation."""
    found: dict[str, Any] = {
        "id": row.id,
        "content": DELETED if is_deleted(row) else row.body,
        "inbox_id": thread.conversation.inbox_id,
    }
    if row.echo_id is not None:
        found["echo_id"] = row.echo_id
    found |= {
        "conversation_id": row.conversation_number,
        "message_type": MESSAGE_TYPES[row.kind],
        "content_type": row.content_type,
        "status": row.status,
        "content_attributes": DELETED_ATTRIBUTES if is_deleted(row) else json_object(row.content_attributes),
        "created_at": epoch(row.created_at),
        "private": row.visibility in PRIVATE,
        "source_id": row.source_id,
    }
    sender = None if row.author_id is None else people_.sender(row.author_kind, row.author_id)
    if sender is not None:
        found["sender"] = sender
    if files := thread.page.attachments.get(row.id):
        found["attachments"] = [attachment(file, wire) for file in files]
    return found
