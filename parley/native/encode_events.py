"""An event as this API tells it, to one caller."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..domain.event_kinds import told_data
from ..domain.principals import Principal, Ref
from ..store.event_feed import ConversationSeen, MessageSeen, SeenEvent, decoded

Json = dict[str, Any]


def encode_event(principal: Principal, seen: SeenEvent) -> Json:
    event = seen.event
    is_contact = principal.ref.kind == "contact"
    return {
        "id": f"evt_{principal.tenant.id}_{event.id}",
        "position": event.position,
        "type": event.kind,
        "created_at": moment(event.created_at),
        "actor": person(event.actor),
        "conversation": event.conversation_number,
        "message": None if is_contact and not event.kind.startswith("message.") else event.message_id,
        "data": told_data(principal, event.kind, decoded(event)),
        "object": _object(principal, seen),
    }


def _object(principal: Principal, seen: SeenEvent) -> Json | None:
    """What the event is about as it is now; None where it is gone, or neither a conversation nor an entry of one."""
    noun = seen.event.kind.partition(".")[0]
    is_contact = principal.ref.kind == "contact"
    if noun == "message" and seen.message is not None:
        message = _message(seen.message)
        return {key: message[key] for key in message.keys() - _NOT_FOR_CONTACTS} if is_contact else message
    if noun == "conversation" and seen.conversation is not None:
        whole = _conversation(seen.conversation)
        return {key: whole[key] for key in _FOR_CONTACTS} if is_contact else whole
    return None


_FOR_CONTACTS = ("number", "title", "status", "created_at", "last_activity_at")
_NOT_FOR_CONTACTS = {"visibility", "external_ref", "labels"}


def _conversation(one: ConversationSeen) -> Json:
    assignee = None
    if one.assignee_user_id is not None:
        assignee = person(Ref("user", one.assignee_user_id))
    elif one.assignee_bot_id is not None:
        assignee = person(Ref("bot", one.assignee_bot_id))
    return {
        "number": one.number,
        "title": one.title,
        "status": one.status,
        "stage": one.stage,
        "priority": one.priority,
        "inbox_id": one.inbox_id,
        "contact_id": one.contact_id,
        "company_id": one.company_id,
        "team_id": one.team_id,
        "assignee": assignee,
        "tags": one.tags,
        "is_spam": one.is_spam,
        "unread_count": one.unread_count,
        "snoozed_until": moment(one.snoozed_until),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.modified_at),
        "last_activity_at": moment(one.last_activity_at),
        "closed_at": moment(one.closed_at),
    }


def _message(one: MessageSeen) -> Json:
    return {
        "id": one.id,
        "conversation": one.conversation_number,
        "kind": one.kind,
        "visibility": one.visibility,
        "author": person(Ref(one.author_kind, one.author_id or 0)),  # type: ignore[arg-type]
        "body": one.body,
        "body_type": one.body_type,
        "content_type": one.content_type,
        "status": one.delivery,
        "thread": one.thread_id,
        "external_ref": one.external_ref,
        "labels": one.labels or [],
        "attachments": one.attachment_count,
        "is_deleted": one.deleted_at is not None,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
    }


def person(ref: Ref) -> Json:
    """The server itself has no id."""
    return {"kind": ref.kind, "id": ref.id or None}


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with microseconds."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
