"""What the public API shows (contract 3.7): fewer keys of messages, and contacts as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..domain.conversations import Conversation
from ..domain.messages import Message
from ..store import conversations, messages, people, public_inboxes
from ..store.database import Connection
from ..store.messages import Between
from ..store.public_inboxes import Point, PublicInbox, Record
from .encode_messages import DELETED, DELETED_ATTRIBUTES, MESSAGE_TYPES, attachment, is_deleted
from .encode_people import People, hidden_contact
from .encode_types import EMPTY, custom_attributes, epoch, epoch_or_zero, iso, iso_or_none, json_object
from .endpoints import Call
from .page import Page
from .readers import Json
from .wire import Wire

_SETTINGS = ("working_hours_enabled", "csat_survey_enabled", "greeting_enabled")


@dataclass(frozen=True, slots=True)
class Said:
    """Messages, and what they refer to."""

    rows: list[Message] = field(default_factory=list)
    page: Page = field(default_factory=Page)


async def read_said(call: Call, connection: Connection, rows: list[Message]) -> Said:
    """In a fixed number of statements."""
    authors = {kind: {row.author_id for row in rows if row.author_kind == kind and row.author_id} for kind in ("contact", "user", "bot")}
    page = Page(
        attachments=await messages.get_attachments(connection, call.tenant_id, [row.id for row in rows if row.attachment_count]),
        contacts=await people.get_contacts(connection, call.tenant_id, authors["contact"]),
        members=await people.get_members(connection, call.tenant_id, authors["user"]),
        bots=await people.get_bots(connection, call.tenant_id, authors["bot"]),
    )
    return Said(rows, page)


async def show_messages(call: Call, connection: Connection, rows: list[Message]) -> list[Json]:
    said, wire = await read_said(call, connection, rows), call.wire
    people_ = People(said.page, wire)
    return [_message(row, said.page, people_, call, wire) for row in rows]


async def show_conversations(call: Call, connection: Connection, numbers: list[int]) -> list[Json]:
    """Each with all that was said in it, in a fixed number of statements."""
    rows = await conversations.get_conversations(connection, call.tenant_id, numbers)
    said = await messages.list_said(connection, call.principal, numbers)
    by_number: dict[int, list[Json]] = {number: [] for number in numbers}
    for row, shown in zip(said, await show_messages(call, connection, said), strict=True):
        by_number[row.conversation_number].append(shown)
    records = await public_inboxes.get_records(connection, call.tenant_id, {row.contact_id for row in rows})
    found = {
        row.number: _conversation(row, by_number[row.number], contact_record(records[row.contact_id], call.visit.point, call))
        for row in rows
    }
    return [found[number] for number in numbers if number in found]


async def read_messages(call: Call, connection: Connection, asked: Between, *, limit: int) -> list[Json]:
    """The newest messages asked for, oldest first."""
    rows = await messages.list_messages(connection, call.principal, call.path["conversation_id"], asked, limit=limit, newest=True)
    return await show_messages(call, connection, rows)


def inbox(row: PublicInbox) -> Json:
    settings = msgspec.json.decode(row.settings)
    return {
        "identifier": row.identifier,
        "identity_validation_enabled": row.hmac_mandatory,
        "name": row.name,
        "timezone": row.timezone,
        "working_hours": msgspec.Raw(row.working_hours.encode()),
    } | {name: bool(settings.get(name, False)) for name in _SETTINGS}


def contact(row: Record, point: Point, said: Json) -> Json:
    """Who comes by a source id. Of a contact that they have only named, they see what they said themselves: ``said``."""
    shown = {"name": row.name, "email": row.email, "phone_number": row.phone_number}
    if point.is_unproven:
        shown = {name: value if value and value == said.get(name) else None for name, value in shown.items()}
    return {"source_id": point.source_id, "pubsub_token": point.pubsub_token, "id": row.id} | shown


def contact_record(row: Record, point: Point, call: Call) -> Json:
    """A contact as the original's row; hidden from who has only named it."""
    known = not point.is_unproven
    return {
        "id": row.id,
        "name": row.name if known else None,
        "email": row.email if known else None,
        "phone_number": row.phone_number if known else None,
        "account_id": call.tenant_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "additional_attributes": json_object(row.additional_attributes) if known else EMPTY,
        "identifier": row.identifier if known else None,
        "custom_attributes": custom_attributes(row.custom_fields) if known else EMPTY,
        "last_activity_at": iso_or_none(row.last_activity_at),
        "contact_type": row.kind,
        "middle_name": row.middle_name if known else None,
        "last_name": row.last_name if known else None,
        "location": row.location if known else None,
        "country_code": row.country_code if known else None,
        "blocked": row.blocked,
        "company_id": row.company_id if known else None,
        "label_list": row.labels if known else [],
    }


def _conversation(row: Conversation, said: list[Json], person: Json) -> Json:
    return {
        "id": row.number,
        "uuid": row.uuid,
        "inbox_id": row.inbox_id,
        "contact_last_seen_at": epoch_or_zero(row.contact_last_seen_at),
        "status": row.status,
        "agent_last_seen_at": epoch_or_zero(row.agent_last_seen_at),
        "messages": said,
        "contact": person,
    }


def _message(row: Message, page: Page, people_: People, call: Call, wire: Wire) -> Json:
    shown: dict[str, Any] = {
        "id": row.id,
        "content": DELETED if is_deleted(row) else row.body,
        "message_type": MESSAGE_TYPES[row.kind],
        "content_type": row.content_type,
        "content_attributes": DELETED_ATTRIBUTES if is_deleted(row) else json_object(row.content_attributes),
        "created_at": epoch(row.created_at),
        "conversation_id": row.conversation_number,
    }
    if files := page.attachments.get(row.id):
        shown["attachments"] = [attachment(file, wire) for file in files]
    sender = (
        hidden_contact(row.author_id)
        if _is_me(row, call)
        else None
        if row.author_id is None
        else people_.sender(row.author_kind, row.author_id)
    )
    return shown if sender is None else shown | {"sender": sender}


def _is_me(row: Message, call: Call) -> bool:
    """Said by a contact whom the caller has only named."""
    return row.author_kind == "contact" and call.visit.point.is_unproven
