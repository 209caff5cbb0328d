"""Inboxes as webhooks tell of them (``Inbox::EventDataPresenter``), and what clients may no longer keep of an account."""

from __future__ import annotations

from typing import Any

import msgspec

from ..domain.inboxes import SETTINGS
from ..store.accounts import CacheKeys
from ..store.inboxes import InboxRow
from .encode_types import channel, iso
from .event_data import account
from .wire import Wire

Json = dict[str, Any]


def webhook_inbox(row: InboxRow, wire: Wire) -> Json:
    """Its settings and its channel, of which the original sends the whole row; here it has no secret."""
    settings = SETTINGS | msgspec.json.decode(row.settings)
    fields: Json = msgspec.json.decode(row.channel)
    return {
        "id": row.id,
        "name": row.name,
        "channel_type": channel(row.kind),
        "account": account(wire),
        "allow_messages_after_resolved": settings["allow_messages_after_resolved"],
        "lock_to_single_conversation": row.lock_to_single_conversation,
        "auto_assignment_config": settings["auto_assignment_config"],
        "enable_auto_assignment": settings["enable_auto_assignment"],
        "enable_email_collect": settings["enable_email_collect"],
        "greeting_enabled": settings["greeting_enabled"],
        "greeting_message": settings["greeting_message"],
        "csat_survey_enabled": settings["csat_survey_enabled"],
        "business_name": settings["business_name"],
        "sender_name_type": settings["sender_name_type"],
        "timezone": row.timezone,
        "out_of_office_message": settings["out_of_office_message"],
        "working_hours_enabled": settings["working_hours_enabled"],
        "working_hours": msgspec.Raw(row.working_hours.encode()),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "channel": fields | {"id": row.channel_id or row.id, "account_id": wire.tenant.id},
    }


def cache_keys(found: CacheKeys) -> dict[str, str]:
    """A new value for each kind of which something changed."""
    return {name: f"{value:010}" for name, value in found._asdict().items()}
