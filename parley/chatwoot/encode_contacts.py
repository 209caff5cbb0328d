"""Contacts as the contacts endpoints show them: with their addresses in inboxes, and whether they are here now (contract 2.4, 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from ..store import contact_lists, contact_points, people
from ..store.contact_points import Address, InboxRow
from .encode_people import contact
from .encode_types import channel, iso
from .endpoints import Call
from .readers import Json

# As long as the original takes a contact for present after the last sign of life.
PRESENT = timedelta(seconds=90)
# The columns of an inbox that we keep as settings, with the original's defaults.
_BEFORE_TIMEZONE: Json = {
    "enable_auto_assignment": True,
    "greeting_enabled": False,
    "greeting_message": None,
    "email_address": None,
    "working_hours_enabled": False,
    "out_of_office_message": None,
}
_AFTER_TIMEZONE: Json = {
    "enable_email_collect": True,
    "csat_survey_enabled": False,
    "allow_messages_after_resolved": True,
    "auto_assignment_config": {},
}
_LAST: Json = {"portal_id": None, "sender_name_type": "friendly", "business_name": None, "csat_config": {}}


async def shown_contacts(call: Call, ids: Sequence[int], *, with_inboxes: bool = True) -> list[Json]:
    """Contacts in the order of ``ids``, in a fixed number of statements."""
    found = await people.get_contacts(call.connection, call.tenant_id, ids)
    present = await contact_lists.list_present(call.connection, call.tenant_id, found, call.context.clock() - PRESENT)
    addresses = await contact_points.list_addresses(call.connection, call.tenant_id, found) if with_inboxes else None
    shown = []
    for number in ids:
        if number in found:
            one = contact(found[number], call.wire) | _availability(number, present)
            shown.append(one if addresses is None else one | {"contact_inboxes": [_address(each) for each in addresses.get(number, ())]})
    return shown


def _availability(number: int, present: Collection[int]) -> Json:
    return {"availability_status": "online" if number in present else "offline"}


def _address(one: Address) -> Json:
    inbox = slim_inbox(one.inbox_id, one.channel_id, one.inbox_name, one.kind, one.provider)
    return {"source_id": one.source_id, "inbox": inbox}


def slim_inbox(number: int, channel_id: int, name: str, kind: str, provider: str | None) -> Json:
    return {
        "id": number,
        "avatar_url": "",
        "channel_id": channel_id,
        "name": name,
        "channel_type": channel(kind),
        "provider": provider,
    }


def slim(row: InboxRow) -> Json:
    return slim_inbox(row.id, row.channel_id, row.name, row.kind, row.provider)


def whole_inbox(row: InboxRow, tenant_id: int) -> dict[str, Any]:
    """The inbox's columns, as POST contacts shows them."""
    settings = msgspec.json.decode(row.settings)
    return {
        "id": row.id,
        "channel_id": row.channel_id,
        "account_id": tenant_id,
        "name": row.name,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "channel_type": channel(row.kind),
        **_of(settings, _BEFORE_TIMEZONE),
        "timezone": row.timezone,
        **_of(settings, _AFTER_TIMEZONE),
        "lock_to_single_conversation": row.lock_to_single_conversation,
        **_of(settings, _LAST),
    }


def _of(settings: Json, defaults: Json) -> Json:
    return {name: settings.get(name, default) for name, default in defaults.items()}
