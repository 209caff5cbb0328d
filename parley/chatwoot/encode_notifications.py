"""What users are told of (``notifications/index.json.jbuilder``, ``Notification#push_message_title`` and its body)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..domain.conversations import Conversation
from ..domain.messages import Message
from ..domain.principals import Principal
from ..store import messages, notifications, people
from ..store.database import Connection
from ..store.notifications import Notification
from . import encode
from .encode_messages import is_deleted, message
from .encode_people import People, user_sender
from .encode_types import epoch, iso, iso_or_none
from .page import Page, read_page
from .wire import Wire

_TITLES = {
    "conversation_creation": "A conversation (#{number}) has been created in {inbox}",
    "conversation_assignment": "A conversation (#{number}) has been assigned to you",
    "assigned_conversation_new_message": "A new message is created in conversation (#{number})",
    "participating_conversation_new_message": "A new message is created in conversation (#{number})",
    "conversation_mention": "You have been mentioned in conversation (#{number})",
}
_MENTION = re.compile(r"\[(@[^\]]*)\]\(mention://[^)]*\)")
_WORDS = 10


async def read(connection: Connection, principal: Principal, rows: Sequence[Notification], wire: Wire) -> list[dict[str, Any]]:
    """In a fixed number of statements."""
    page = await read_page(connection, principal, [row.conversation_number for row in rows])
    about = await notifications.get_messages(connection, principal, [row.message_id for row in rows if row.message_id is not None])
    page = await _with_people(connection, principal, page, rows, about)
    shown = {one["id"]: one for one in encode.conversations(page, wire)}
    known = {one.number: one for one in page.conversations}
    told = _Telling(page, People(page, wire), wire, about)
    return [told.notification(row, known[row.conversation_number], shown[row.conversation_number]) for row in rows]


async def _with_people(
    connection: Connection, principal: Principal, page: Page, rows: Sequence[Notification], about: Mapping[int, Message]
) -> Page:
    """The page with who acted and who wrote, and with the files of what was written."""
    tenant_id = principal.tenant.id
    acting = {(row.actor_kind, row.actor_id) for row in rows} | {(one.author_kind, one.author_id) for one in about.values()}
    ids = {kind: {number for word, number in acting if word == kind and number is not None} for kind in ("user", "contact", "bot")}
    ids["user"] |= {principal.ref.id}
    with_files = [one.id for one in about.values() if one.attachment_count]
    return replace(
        page,
        members=page.members | await people.get_members(connection, tenant_id, ids["user"] - set(page.members)),
        contacts=page.contacts | await people.get_contacts(connection, tenant_id, ids["contact"] - set(page.contacts)),
        bots=page.bots | await people.get_bots(connection, tenant_id, ids["bot"] - set(page.bots)),
        attachments={**page.attachments, **await messages.get_attachments(connection, tenant_id, with_files)},
    )


class _Telling:
    """What one answer's notifications need."""

    def __init__(self, page: Page, people: People, wire: Wire, about: Mapping[int, Message]) -> None:
        self._page, self._people, self._wire, self._about = page, people, wire, about

    def notification(self, row: Notification, conversation: Conversation, shown: Any) -> dict[str, Any]:
        said = self._about.get(row.message_id or 0)
        inbox = self._page.inboxes.get(conversation.inbox_id)
        return {
            "id": row.id,
            "notification_type": row.kind,
            "push_message_title": title(row, inbox.name if inbox else ""),
            "push_message_body": body(said or self._newest(row.conversation_number), self._page),
            "primary_actor_type": "Conversation",
            "primary_actor_id": row.conversation_number,
            "primary_actor": shown,
            "read_at": iso_or_none(row.read_at),
            "secondary_actor": self._secondary(row, said, conversation),
            "user": user_sender(self._page.members[row.user_id], self._wire),
            "created_at": epoch(row.created_at),
            "last_activity_at": epoch(row.last_activity_at),
            "snoozed_until": iso_or_none(row.snoozed_until),
            "meta": {},
            "account_id": self._wire.tenant.id,
        }

    def _secondary(self, row: Notification, said: Message | None, conversation: Conversation) -> Any:
        """The message, or who did it; nothing for a message that is gone and for the server itself."""
        if said is not None:
            return message(said, conversation, self._page, self._people, self._wire)
        if row.message_id is not None or row.actor_id is None or row.actor_kind == "system":
            return None
        return self._people.sender(row.actor_kind, row.actor_id)

    def _newest(self, number: int) -> Message | None:
        found = self._page.newest.get(number)
        return found.message if found else None


def title(row: Notification, inbox_name: str) -> str:
    return _TITLES[row.kind].format(number=row.conversation_number, inbox=inbox_name)


def body(said: Message | None, page: Page) -> str:
    """``Grace: the first words ...``"""
    if said is None or is_deleted(said) or not said.body:
        return ""
    words = _MENTION.sub(r"\1", said.body).split()
    text = " ".join(words[:_WORDS]) + ("..." if len(words) > _WORDS else "")
    rows: dict[str, Mapping[int, Any]] = {"user": page.members, "contact": page.contacts, "bot": page.bots}
    author = rows.get(said.author_kind, {}).get(said.author_id or 0)
    return f"{author.name}: {text}" if author else text


def row(one: Notification, account_id: int) -> dict[str, Any]:
    """The bare row, which changes answer with."""
    return {
        "id": one.id,
        "account_id": account_id,
        "user_id": one.user_id,
        "notification_type": one.kind,
        "primary_actor_type": "Conversation",
        "primary_actor_id": one.conversation_number,
        "secondary_actor_type": "Message" if one.message_id is not None else None,
        "secondary_actor_id": one.message_id,
        "read_at": iso_or_none(one.read_at),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "snoozed_until": iso_or_none(one.snoozed_until),
        "last_activity_at": iso(one.last_activity_at),
        "meta": {},
    }
