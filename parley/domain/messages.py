"""Messages and changes, as the store hands them out. JSON columns stay text until a face needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

DeliveryStatus = Literal["sent", "delivered", "read", "failed"]


class Entry(Struct, frozen=True, gc=False):
    """One timeline entry, a message or a change (``kind`` activity), with what a timeline shows of it."""

    id: int
    conversation_number: int
    kind: str
    visibility: str
    author_kind: str
    author_id: int | None
    modified_by_kind: str | None
    modified_by_id: int | None
    body: str | None
    body_type: str
    event_type: str | None
    event: str | None
    external_ref: str | None
    labels: list[str] | None
    panels: list[str] | None
    references: str | None
    snap_kit_body: str | None
    snap_widgets: str | None
    thread_id: int | None
    reply_count: int
    attachment_count: int
    reaction_count: int
    is_imported: bool
    created_at: datetime
    updated_at: datetime


class Message(Struct, frozen=True, gc=False):
    """One message or change with everything Chatwoot shows of it."""

    id: int
    conversation_number: int
    kind: str
    visibility: str
    author_kind: str
    author_id: int | None
    body: str | None
    content_type: str
    content_attributes: str | None
    additional_attributes: str | None
    external_source_ids: str | None
    processed_body: str | None
    sentiment: str | None
    status: str
    source_id: str | None
    echo_id: str | None
    attachment_count: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class Attachment(Struct, frozen=True, gc=False):
    """A file's metadata; the bytes are in the blob store under ``blob_key`` or elsewhere at ``external_url``."""

    id: int
    message_id: int | None
    file_type: str
    file_name: str | None
    content_type: str | None
    byte_size: int | None
    width: int | None
    height: int | None
    blob_key: str | None
    external_url: str | None
    fallback_title: str | None
    extension: str | None
    coordinates_lat: float
    coordinates_long: float
    meta: str


class Reaction(Struct, frozen=True, gc=False):
    """How often one emoji stands under a message, and whether the caller is among them."""

    message_id: int
    emoji: str
    total: int
    reacted: bool
