"""Contacts as the contacts endpoints show them: with their addresses in inboxes, and whether they are here now (contract 2.4, 3.4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..domain.inboxes import SETTINGS
from ..store import contact_points, people
from ..store.contact_points import Address
from ..store.inboxes import InboxRow
from .encode_people import contact
from .encode_types import channel, iso
from .endpoints import Call
from .readers import Json
from .wire import Wire


async def shown_contacts(call: Call, ids: Sequence[int], *, with_inboxes: bool = True) -> list[Json]:
    """Contacts in the order of ``ids``, in a fixed number of statements."""
    found = await people.get_contacts(call.connection, call.tenant_id, ids)
    addresses = await contact_points.list_addresses(call.connection, call.tenant_id, found) if with_inboxes else None
    shown = []
    for number in ids:
        if number in found:
            one = contact(found[number], call.wire)
            shown.append(
                one if addresses is None else one | {"contact_inboxes": [_address(each, call.wire) for each in addresses.get(number, ())]}
            )
    return shown


def _address(one: Address, wire: Wire) -> Json:
    picture = wire.picture_url(one.picture_id, one.picture_name)
    return {"source_id": one.source_id, "inbox": _slim(one.inbox_id, picture, one.channel_id, one.inbox_name, one.kind, one.provider)}


def slim_inbox(row: InboxRow, wire: Wire) -> Json:
    picture = wire.picture_url(row.avatar_id, row.picture_name)
    return _slim(row.id, picture, row.channel_id or row.id, row.name, row.kind, row.provider)


def _slim(number: int, picture: str, channel_id: int, name: str, kind: str, provider: str | None) -> Json:
    return {
        "id": number,
        "avatar_url": picture,
        "channel_id": channel_id,
        "name": name,
        "channel_type": channel(kind),
        "provider": provider,
    }


def whole_inbox(row: InboxRow, tenant_id: int) -> Json:
    """The inbox's columns, as POST contacts shows them."""
    settings = SETTINGS | msgspec.json.decode(row.settings)
    return {
        "id": row.id,
        "channel_id": row.channel_id or row.id,
        "account_id": tenant_id,
        "name": row.name,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "channel_type": channel(row.kind),
        "enable_auto_assignment": settings["enable_auto_assignment"],
        "greeting_enabled": settings["greeting_enabled"],
        "greeting_message": settings["greeting_message"],
        "email_address": settings.get("email_address"),
        "working_hours_enabled": settings["working_hours_enabled"],
        "out_of_office_message": settings["out_of_office_message"],
        "timezone": row.timezone,
        "enable_email_collect": settings["enable_email_collect"],
        "csat_survey_enabled": settings["csat_survey_enabled"],
        "allow_messages_after_resolved": settings["allow_messages_after_resolved"],
        "auto_assignment_config": settings["auto_assignment_config"],
        "lock_to_single_conversation": row.lock_to_single_conversation,
        "portal_id": settings.get("portal_id"),
        "sender_name_type": settings["sender_name_type"],
        "business_name": settings["business_name"],
        "csat_config": settings["csat_config"],
    }
