"""Campaigns: making, changing and deleting what is to be said to many. An administrator's business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import people
from ..store.campaigns import CAMPAIGNS, CampaignRow
from ..store.database import Connection
from ..store.inboxes import get_existing
from .context import Context
from .nouns import change, changing, create, remove

_ONE_OFF = frozenset({"sms", "twilio_sms", "whatsapp"})
_ONGOING = frozenset({"web_widget"})
_COLUMNS = ("title", "inbox_id")


async def create_campaign(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's number. Raises InvalidId, and InvalidValue for an inbox that takes no campaigns."""
    async with changing(context, principal, administrator=True) as connection:
        columns = await _columns(connection, context, principal, values, {})
        number = await create(connection, context, principal, CAMPAIGNS, columns)
        return (await CAMPAIGNS.get(connection, principal.tenant.id, [number]))[number].number


async def change_campaign(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and as ``create_campaign``."""
    async with changing(context, principal, administrator=True) as connection:
        was = await _find(connection, principal, number)
        settings = msgspec.json.decode(was.settings)
        columns = await _columns(connection, context, principal, {"inbox_id": was.inbox_id} | dict(values), settings)
        await change(connection, context, principal, CAMPAIGNS, was.id, columns if values else {})


async def delete_campaign(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        was = await _find(connection, principal, number)
        await remove(connection, context, principal, CAMPAIGNS, was.id)


async def _find(connection: Connection, principal: Principal, number: int) -> CampaignRow:
    found = await CAMPAIGNS.find(connection, principal.tenant.id, {"number": number})
    if not found:
        raise NotFound("no such campaign")
    return found[0]


async def _columns(
    connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Its columns, what is no column in ``settings``. The inbox's kind says whether it goes on or is sent once."""
    kind = await _kind(connection, principal, values["inbox_id"])
    sender = values.get("sender_id")
    if sender is not None and not await people.list_existing(connection, principal.tenant.id, [Ref("user", sender)]):
        raise InvalidId("sender_id", "Sender must belong to the same account as the campaign")
    settings = dict(before) | {name: _json(value) for name, value in values.items() if name not in _COLUMNS}
    url = (settings.get("trigger_rules") or {}).get("url")
    if kind in _ONGOING and url and not str(url).startswith(("http://", "https://")):
        raise InvalidValue("url", "Url invalid")
    if kind in _ONE_OFF:
        settings |= {"campaign_type": "one_off", "scheduled_at": settings.get("scheduled_at") or context.clock().isoformat()}
    else:
        settings |= {"campaign_type": "ongoing", "scheduled_at": None}
    return {name: values[name] for name in _COLUMNS if name in values} | {"settings": settings}


async def _kind(connection: Connection, principal: Principal, inbox_id: int) -> str:
    found = (await get_existing(connection, principal.tenant.id, [inbox_id])).get(inbox_id)
    if found is None:
        raise InvalidId("inbox_id", "Inbox must exist")
    if found.kind not in _ONE_OFF | _ONGOING:
        raise InvalidValue("inbox", "Inbox Unsupported Inbox type")
    return found.kind


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
