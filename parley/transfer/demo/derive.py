"""The columns of a conversation that follow from its messages, worked out in one walk through them.

The same rules as the actions: internal notes move no clock, private entries move nothing at all, a bot's reply ends the
wait but is no first reply.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...store.load import NewConversation, NewMessage


def derive(conversation: NewConversation, messages: Iterable[NewMessage]) -> None:
    """Sets activity, first reply, waiting and unread; messages come in order of time. The status must be set before."""
    row = conversation
    row.last_activity_at, row.waiting_since = row.created_at, row.created_at
    row.first_reply_at = row.last_incoming_at = row.last_external_message_at = None
    row.unread_count = 0
    for message in messages:
        _follow(row, message)
    if row.status == "resolved":
        row.waiting_since = None


def _follow(row: NewConversation, message: NewMessage) -> None:
    if message.visibility == "private":
        return
    row.last_activity_at = max(row.last_activity_at, message.created_at)
    if message.kind == "activity" or message.visibility == "internal":
        return
    row.last_external_message_at = message.created_at
    if message.kind == "incoming":
        row.last_incoming_at = message.created_at
        row.waiting_since = row.waiting_since or message.created_at
        row.unread_count += row.agent_last_seen_at is None or message.created_at > row.agent_last_seen_at
    elif message.kind == "outgoing":
        row.waiting_since = None
        if message.author_kind == "user":
            row.first_reply_at = row.first_reply_at or message.created_at
