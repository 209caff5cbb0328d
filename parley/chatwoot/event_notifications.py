"""What users are told of, as frames show it (``Notification#push_event_data``)."""

from __future__ import annotations

from typing import Any

from ..domain.conversations import Conversation
from ..store.notifications import Notification
from .encode_notifications import body, title
from .encode_types import epoch, iso_or_none
from .event_data import conversation, said
from .event_subjects import Subjects

Json = dict[str, Any]


def notification(row: Notification, about: Conversation, subjects: Subjects) -> Json:
    """With the head of its conversation; the message or who did it stands beside."""
    shown, page = conversation(about, subjects), subjects.page
    message = subjects.said.get(row.message_id or 0)
    return {
        "id": row.id,
        "notification_type": row.kind,
        "primary_actor_type": "Conversation",
        "primary_actor_id": row.conversation_number,
        "read_at": iso_or_none(row.read_at),
        "secondary_actor": said(message, about, subjects) if message else _actor(row, subjects),
        "user": subjects.people.sender("user", row.user_id),
        "created_at": epoch(row.created_at),
        "last_activity_at": epoch(row.last_activity_at),
        "snoozed_until": iso_or_none(row.snoozed_until),
        "meta": {},
        "account_id": subjects.wire.tenant.id,
        "primary_actor": {name: shown[name] for name in ("id", "meta", "inbox_id")},
        "push_message_title": title(row, page.inboxes[about.inbox_id].name),
        "push_message_body": body(message or page.newest[about.number].message, page),
    }


def _actor(row: Notification, subjects: Subjects) -> Any:
    """Nobody for a message that is gone and for the server itself."""
    if row.message_id is not None or row.actor_id is None or row.actor_kind == "system":
        return None
    return subjects.people.sender(row.actor_kind, row.actor_id)
