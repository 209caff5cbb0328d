"""Conversations, messages, attachments, SLA trackers: one source row becomes one row of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ..domain.custom_fields import TENANT_NAMESPACE
from ..store.import_rows import Staged
from .chatwoot_people import bot_id, image_size
from .chatwoot_values import (
    CONTENT_TYPES,
    FILE_TYPES,
    MESSAGE_STATUSES,
    MESSAGE_TYPES,
    SLA_EVENTS,
    SLA_STAGES,
    SLA_STATUSES,
    STATUSES,
    at,
    blank,
    decode_json,
    json_object,
    json_text,
    named,
    nested,
    utc,
)  # fmt: skip

Row = Mapping[str, Any]

# (noun, the source's id) -> our id, or null where the row did not come in.
Ids = Callable[[str, int | None], int | None]


def conversation(row: Row, ids: Ids, *, kind: str | None, verified: bool, extra: object) -> Staged:
    """A conversation's own columns. What follows from its messages is filled in later; ``extra`` is what hangs on it."""
    attributes = decode_json(row["additional_attributes"])
    attributes = attributes if isinstance(attributes, dict) else {}
    status = named(STATUSES, row["status"], "open")
    values = {
        "uuid": str(row["uuid"] or uuid5(NAMESPACE_OID, f"chatwoot conversation {row['id']}")),
        "title": _text(attributes.get("mail_subject")),
        "status": status,
        "priority": row["priority"],
        "inbox_id": ids("inbox", row["inbox_id"]),
        "contact_id": ids("contact", row["contact_id"]),
        "contact_point_id": ids("contact_point", row["contact_inbox_id"]),
        "team_id": ids("team", row["team_id"]),
        "campaign_id": ids("campaign", row["campaign_id"]),
        "sla_policy_id": ids("sla_policy", row["sla_policy_id"]),
        "assignee_user_id": ids("user", row["assignee_id"]),
        "assignee_bot_id": None if row["assignee_id"] is not None else row["assignee_agent_bot_id"],
        "source_channel": kind,
        "is_creator_verified": verified,
        "url_context": _text(attributes.get("referer")),
        "identifier": row["identifier"],
        "additional_attributes": json_object(row["additional_attributes"]),
        "custom_fields": nested(row["custom_attributes"], TENANT_NAMESPACE),
        "created_at": at(row["created_at"]),
        "modified_at": at(row["updated_at"]),
        "closed_at": at(row["updated_at"]) if status == "resolved" else None,
        "snoozed_until": utc(row["snoozed_until"]),
        "first_reply_at": utc(row["first_reply_created_at"]),
        "waiting_since": utc(row["waiting_since"]),
        "last_activity_at": at(row["last_activity_at"], row["updated_at"]),
        "agent_last_seen_at": utc(row["agent_last_seen_at"]),
        "assignee_last_seen_at": utc(row["assignee_last_seen_at"]),
        "contact_last_seen_at": utc(row["contact_last_seen_at"]),
    }
    return Staged(row["display_id"], values, external_id=str(row["id"]), extra=extra, status=status)


def message(row: Row, number: int, ids: Ids) -> Staged:
    """A message, or a change: Chatwoot's sentence, word for word, without deltas. A deleted one keeps the words in its place."""
    kind = named(MESSAGE_TYPES, row["message_type"], "activity")
    attributes = decode_json(row["content_attributes"])
    deleted = isinstance(attributes, dict) and attributes.get("deleted") is True
    author_kind, author_id = _author(row["sender_type"], row["sender_id"], ids)
    values = {
        "conversation_number": number,
        "kind": kind,
        "visibility": "internal" if row["private"] else "external",
        "author_kind": author_kind,
        "author_id": author_id,
        "body": row["content"],
        "content_type": named(CONTENT_TYPES, row["content_type"], "text"),
        "content_attributes": json_text(row["content_attributes"]),
        "additional_attributes": json_text(row["additional_attributes"]),
        "external_source_ids": json_text(row["external_source_ids"]),
        "processed_body": row["processed_message_content"],
        "sentiment": json_text(row["sentiment"]),
        "status": named(MESSAGE_STATUSES, row["status"], "sent"),
        "source_id": row["source_id"],
        "event_type": "annotated" if kind == "activity" else None,
        "is_imported": True,
        "deleted_at": at(row["updated_at"], row["created_at"]) if deleted else None,
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def attachment(row: Row) -> Staged:
    """An attachment with its stored file. Its message is named by the source's id until it is staged."""
    width, height = image_size(row["blob_metadata"])
    values = {
        "message_id": row["message_id"],
        "file_type": named(FILE_TYPES, row["file_type"], "file"),
        "file_name": row["blob_filename"],
        "content_type": row["blob_content_type"],
        "byte_size": row["blob_byte_size"],
        "width": width,
        "height": height,
        "blob_key": row["blob_key"],
        "external_url": blank(row["external_url"]),
        "fallback_title": row["fallback_title"],
        "extension": row["extension"],
        "coordinates_lat": row["coordinates_lat"] or 0.0,
        "coordinates_long": row["coordinates_long"] or 0.0,
        "meta": json_object(row["meta"]),
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def sla_tracker(row: Row, number: int, policy_id: int | None, policy_name: str | None) -> Staged:
    """An applied SLA, as of its last change in the source."""
    status = named(SLA_STATUSES, row["sla_status"], "active")
    changed_at = at(row["updated_at"], row["created_at"])
    values = {
        "conversation_number": number,
        "sla_policy_id": policy_id,
        "policy_name": policy_name,
        "stage": SLA_STAGES[status],
        "status": status,
        "as_of": changed_at,
        "created_at": at(row["created_at"]),
        "updated_at": changed_at,
    }
    return Staged(row["id"], values)


def sla_event(row: Row, tracker_id: int | None) -> Staged:
    values = {
        "tracker_id": tracker_id,
        "kind": named(SLA_EVENTS, row["event_type"], "frt"),
        "meta": json_object(row["meta"]),
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def _author(sender_type: str | None, sender_id: int | None, ids: Ids) -> tuple[str, int | None]:
    if sender_type is None or sender_id is None:
        return "system", None
    if sender_type in ("User", "Contact"):
        kind = sender_type.lower()
        author_id = ids(kind, sender_id)
        return (kind, author_id) if author_id is not None else ("system", None)
    return "bot", bot_id(sender_type, sender_id)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
