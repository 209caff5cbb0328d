"""What searches find, as this wire shows it (contract 3.1). Pure: rows in, JSON out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..domain.conversations import Conversation
from ..domain.messages import Attachment
from ..domain.people import Contact, Inbox, Member
from ..store.found_messages import FoundMessage
from .encode_messages import DELETED, MESSAGE_TYPES, attachment
from .encode_people import People
from .encode_profile import available_name
from .encode_types import channel, epoch, json_object
from .page import Page
from .wire import Wire


def conversations_with_messages(page: Page, messages: Mapping[int, Sequence[FoundMessage]], wire: Wire) -> list[dict[str, Any]]:
    """The rows of conversations/search."""
    return [_with_messages(row, page, messages.get(row.number, ()), wire) for row in page.conversations]


def _with_messages(row: Conversation, page: Page, messages: Iterable[FoundMessage], wire: Wire) -> dict[str, Any]:
    contact, inbox = page.contacts[row.contact_id], page.inboxes[row.inbox_id]
    return {
        "id": row.number,
        "uuid": row.uuid,
        "created_at": epoch(row.created_at),
        "contact": {"id": contact.id, "name": contact.name},
        "inbox": {"id": inbox.id, "name": inbox.name, "channel_type": channel(inbox.kind)},
        "messages": [_short(one, page) for one in messages],
        "account_id": wire.tenant.id,
    }


def _short(one: FoundMessage, page: Page) -> dict[str, Any]:
    shown: dict[str, Any] = {"content": _content(one), "id": one.id}
    if (name := _author_name(one, page)) is not None:
        shown["sender_name"] = name
    return shown | {"message_type": MESSAGE_TYPES[one.kind], "created_at": epoch(one.created_at)}


def _author_name(one: FoundMessage, page: Page) -> str | None:
    by_kind: dict[str, Mapping[int, Any]] = {"user": page.members, "contact": page.contacts, "bot": page.bots}
    author = by_kind.get(one.author_kind, {}).get(one.author_id or 0)
    return None if author is None else str(author.name)


def conversations(page: Page, first: Mapping[int, FoundMessage], wire: Wire) -> list[dict[str, Any]]:
    """Conversations as ``/search`` shows them."""
    people = People(page, wire)
    return [_conversation(row, page, first.get(row.number), people, wire) for row in page.conversations]


def _conversation(row: Conversation, page: Page, first: FoundMessage | None, people: People, wire: Wire) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": row.number, "account_id": wire.tenant.id, "created_at": epoch(row.created_at)}
    if first is not None:
        shown["message"] = _message(first, page, people, wire)
    shown["contact"] = contact(page.contacts[row.contact_id])
    shown["inbox"] = _inbox(page.inboxes[row.inbox_id])
    member = page.members.get(row.assignee_user_id or 0)
    if member is not None and member.left_at is None:
        shown["agent"] = _agent(member)
    return shown | {"additional_attributes": json_object(row.additional_attributes)}


def messages(found: Sequence[FoundMessage], page: Page, wire: Wire) -> list[dict[str, Any]]:
    """Messages as ``/search`` shows them."""
    people = People(page, wire)
    return [_message(one, page, people, wire) for one in found]


def _message(one: FoundMessage, page: Page, people: People, wire: Wire) -> dict[str, Any]:
    inbox = page.inboxes[next(row.inbox_id for row in page.conversations if row.number == one.conversation_number)]
    shown: dict[str, Any] = {
        "id": one.id,
        "content": _content(one),
        "message_type": MESSAGE_TYPES[one.kind],
        "content_type": one.content_type,
        "source_id": one.source_id,
        "inbox_id": inbox.id,
        "conversation_id": one.conversation_number,
        "created_at": epoch(one.created_at),
    }
    sender = None if one.author_id is None else people.sender(one.author_kind, one.author_id)
    if sender is not None:
        shown["sender"] = sender
    shown["inbox"] = _inbox(inbox)
    files: list[Attachment] = page.attachments.get(one.id, [])
    return shown | ({"attachments": [attachment(file, wire) for file in files]} if files else {})


def contact(person: Contact) -> dict[str, Any]:
    """A contact as ``/search`` shows it."""
    return {
        "email": person.email,
        "id": person.id,
        "name": person.name,
        "phone_number": person.phone_number,
        "identifier": person.identifier,
        "additional_attributes": json_object(person.additional_attributes),
        "last_activity_at": None if person.last_activity_at is None else epoch(person.last_activity_at),
    }


def _inbox(inbox: Inbox) -> dict[str, Any]:
    return {"id": inbox.id, "channel_id": inbox.channel_id, "name": inbox.name, "channel_type": channel(inbox.kind)}


def _agent(person: Member) -> dict[str, Any]:
    return {"id": person.id, "available_name": available_name(person), "email": person.email, "name": person.name, "role": person.role}


def _content(one: FoundMessage) -> str | None:
    """A message deleted here has no body any more."""
    return DELETED if one.deleted_at is not None and one.body is None else one.body
