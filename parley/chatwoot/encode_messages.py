"""Messages inside a conversation, with their attachments (contract 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..domain.conversations import Conversation
from ..domain.messages import Attachment, Message
from .encode_people import People
from .encode_types import epoch, iso, json_object
from .page import Page
from .wire import Wire

MESSAGE_TYPES = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
SENDER_TYPES = {"contact": "Contact", "user": "User", "bot": "AgentBot"}
PRIVATE = ("internal", "private")
DELETED = "This message was deleted"
DELETED_ATTRIBUTES = {"deleted": True}
UNREAD_CAP = 10


def message(row: Message, conversation: Conversation, page: Page, people: People, wire: Wire) -> dict[str, Any]:
    """``Message#push_event_data``: the columns in order, then what only some messages have."""
    shown: dict[str, Any] = {
        "id": row.id,
        "content": DELETED if is_deleted(row) else row.body,
        "account_id": wire.tenant.id,
        "inbox_id": conversation.inbox_id,
        "conversation_id": row.conversation_number,
        "message_type": MESSAGE_TYPES[row.kind],
        "created_at": epoch(row.created_at),
        "updated_at": iso(row.updated_at),
        "private": row.visibility in PRIVATE,
        "status": row.status,
        "source_id": row.source_id,
        "content_type": row.content_type,
        "content_attributes": DELETED_ATTRIBUTES if is_deleted(row) else json_object(row.content_attributes),
        "sender_type": SENDER_TYPES.get(row.author_kind),
        "sender_id": None if row.author_kind == "system" else row.author_id,
        "external_source_ids": json_object(row.external_source_ids),
        "additional_attributes": json_object(row.additional_attributes),
        "processed_message_content": DELETED if is_deleted(row) else row.processed_body,
        "sentiment": json_object(row.sentiment),
        "conversation": _conversation(conversation, page),
    }
    if row.echo_id is not None:
        shown["echo_id"] = row.echo_id
    if attachments := page.attachments.get(row.id):
        files = [attachment(file, wire) for file in attachments]
        # The original sends the list, the reference page documents the single one.
        shown |= {"attachments": files, "attachment": files[0]}
    sender = None if row.author_id is None else people.sender(row.author_kind, row.author_id)
    if sender is not None:
        shown["sender"] = sender
    return shown


def is_deleted(row: Message) -> bool:
    """Deleted here: an import keeps the words that the original left in the place of the body."""
    return row.deleted_at is not None and row.body is None


def unread(conversation: Conversation) -> int:
    """The original loads the last ten unread messages and counts those."""
    return min(conversation.unread_count, UNREAD_CAP)


def _conversation(conversation: Conversation, page: Page) -> dict[str, Any]:
    point = page.contact_points.get(conversation.contact_point_id or 0)
    return {
        "assignee_id": conversation.assignee_user_id,
        "unread_count": unread(conversation),
        "last_activity_at": epoch(conversation.last_activity_at),
        "contact_inbox": {"source_id": point and point.source_id},
    }


def attachment(file: Attachment, wire: Wire) -> dict[str, Any]:
    """``Attachment#push_event_data``: what follows the first four keys depends on the file type."""
    shown = {"id": file.id, "message_id": file.message_id, "file_type": file.file_type, "account_id": wire.tenant.id}
    return shown | _BY_FILE_TYPE.get(file.file_type, _stored)(file, wire)


def _location(file: Attachment, _wire: Wire) -> dict[str, Any]:
    return {
        "coordinates_lat": file.coordinates_lat,
        "coordinates_long": file.coordinates_long,
        "fallback_title": file.fallback_title,
        "data_url": file.external_url,
    }


def _fallback(file: Attachment, _wire: Wire) -> dict[str, Any]:
    return {"fallback_title": file.fallback_title, "data_url": file.external_url}


def _contact(file: Attachment, _wire: Wire) -> dict[str, Any]:
    return {"fallback_title": file.fallback_title, "meta": json_object(file.meta)}


def _embed(file: Attachment, _wire: Wire) -> dict[str, Any]:
    return {"data_url": file.external_url}


def _audio(file: Attachment, wire: Wire) -> dict[str, Any]:
    if not is_stored(file):
        return _stored(file, wire)
    return _stored(file, wire) | {"transcribed_text": _AUDIO_META.decode(file.meta).transcribed_text or ""}


def _stored(file: Attachment, wire: Wire) -> dict[str, Any]:
    if not is_stored(file):
        return {"data_url": file.external_url, "thumb_url": ""}
    url = wire.file_url(file.id, file.file_name)
    return {
        "extension": file.extension,
        "content_type": file.content_type,
        "data_url": url,
        "thumb_url": url if file.file_type == "image" else "",
        "file_size": file.byte_size,
        "width": file.width,
        "height": file.height,
    }


def is_stored(file: Attachment) -> bool:
    """A file of our own, or one whose bytes an import has still to bring."""
    return file.blob_key is not None or file.file_name is not None


class _AudioMeta(msgspec.Struct):
    transcribed_text: str | None = None


_AUDIO_META = msgspec.json.Decoder(_AudioMeta)
_BY_FILE_TYPE: dict[str, Callable[[Attachment, Wire], dict[str, Any]]] = {
    "audio": _audio,
    "location": _location,
    "fallback": _fallback,
    "contact": _contact,
    "embed": _embed,
}
