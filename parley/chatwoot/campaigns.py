"""Campaigns (contract 3.5, internal): kept as they are made; nothing sends them yet. Administrators only, as in the original."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..actions import campaigns as actions
from ..actions.inboxes import require_inbox
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store import people
from ..store.campaigns import CAMPAIGNS, CampaignRow
from ..store.inboxes import INBOXES
from .encode_people import plain_agent
from .encode_types import epoch, iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .inboxes import shown_inbox
from .readers import Json

_ALL = f"{ACCOUNT}/campaigns"
_ONE = f"{_ALL}/{{id}}"
_STATUSES = ("active", "completed")
_TYPES = ("ongoing", "one_off")
_KEPT = "A campaign is kept; nothing sends it yet."
_MORE = """
description                         text(..10000)?      What it is for.
sender_id                           int64?              In whose name.
enabled                             bool                Whether it is to run.
trigger_only_during_business_hours  bool                Whether only in the inbox's hours.
scheduled_at                        time?               When it is to be sent, for sms, twilio_sms and whatsapp.
audience                            [campaign-audience]  Whom it goes to.
trigger_rules                       object              When a web widget shows it: `url` and `time_on_page`.
template_params                     object              What goes into a WhatsApp template.
"""


async def list_campaigns(call: Call) -> list[Json]:
    return await _shown(call, await CAMPAIGNS.find(call.connection, call.tenant_id, {}))


async def list_campaigns_of_inbox(call: Call) -> list[Json]:
    await require_inbox(call.connection, call.principal, call.path["id"])
    return await _shown(call, await CAMPAIGNS.find(call.connection, call.tenant_id, {"inbox_id": call.path["id"]}))


async def show_campaign(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_campaign(call: Call) -> Json:
    return await _one(call, await actions.create_campaign(call.context, call.principal, call.given))


async def update_campaign(call: Call) -> Json:
    await actions.change_campaign(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_campaign(call: Call) -> None:
    await actions.delete_campaign(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    found = await _shown(call, await CAMPAIGNS.find(call.connection, call.tenant_id, {"number": number}))
    if not found:
        raise NotFound()
    return found[0]


async def _shown(call: Call, rows: Sequence[CampaignRow]) -> list[Json]:
    settings = {row.id: msgspec.json.decode(row.settings) for row in rows}
    inboxes = await INBOXES.get(call.connection, call.tenant_id, {row.inbox_id for row in rows if row.inbox_id is not None})
    sender_ids = {one["sender_id"] for one in settings.values() if one.get("sender_id")}
    senders = await people.get_members(call.connection, call.tenant_id, sender_ids)
    shown = []
    for row in rows:
        more = settings[row.id]
        owner, sender = inboxes.get(row.inbox_id or 0), senders.get(more.get("sender_id") or 0)
        beside = {} if owner is None else {"inbox": shown_inbox(call, owner)}
        beside |= {} if sender is None else {"sender": plain_agent(sender, call.wire)}
        shown.append(_campaign(call, row, more, beside))
    return shown


def _campaign(call: Call, row: CampaignRow, more: Json, beside: Json) -> Json:
    kind = _word(_TYPES, more.get("campaign_type", 0))
    shown: Json = {"id": row.number, "title": row.title, "description": more.get("description"), "account_id": call.tenant_id} | beside
    shown |= {
        "message": more.get("message", ""),
        "template_params": more.get("template_params") or {},
        "campaign_status": _word(_STATUSES, more.get("campaign_status", 0)),
        "enabled": more.get("enabled", True),
        "campaign_type": kind,
    }
    if kind == "one_off":
        at = more.get("scheduled_at")
        shown |= {"scheduled_at": epoch(datetime.fromisoformat(at)) if at else 0, "audience": more.get("audience") or []}
    return shown | {
        "trigger_rules": more.get("trigger_rules") or {},
        "trigger_only_during_business_hours": more.get("trigger_only_during_business_hours", False),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def _word(words: tuple[str, ...], value: Any) -> Any:
    """An enum's word; an import keeps its number."""
    return words[value] if isinstance(value, int) and value < len(words) else value


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_campaigns, "List campaigns", "[campaign]", text=_KEPT, access="administrators"),
        Endpoint(
            "GET",
            f"{ACCOUNT}/inboxes/{{id}}/campaigns",
            list_campaigns_of_inbox,
            "List the campaigns of an inbox",
            "[campaign]",
            text=_KEPT,
            access="administrators",
        ),
        Endpoint("GET", _ONE, show_campaign, "Show a campaign", "campaign", text=_KEPT, access="administrators"),
        Endpoint(
            "POST",
            _ALL,
            create_campaign,
            "Make a campaign",
            "campaign",
            text=f"{_KEPT} In a web widget it goes on; over sms, twilio_sms and whatsapp it is to be sent once. Other kinds take none.",
            request=f"""
title*                              text(1..255)        What it is called.
message*                            text(1..150000)     What it says.
inbox_id*                           int64               Over which inbox.{_MORE}""",
            example={"title": "Hello", "message": "May I help?", "inbox_id": 1, "trigger_rules": {"url": "https://example.com"}},
            access="administrators",
            wrap="campaign",
            secret=True,
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_campaign,
            "Change a campaign",
            "campaign",
            request=f"""
title                               text(1..255)        What it is called.
message                             text(1..150000)     What it says.
inbox_id                            int64               Over which inbox.{_MORE}""",
            example={"enabled": False},
            access="administrators",
            wrap="campaign",
            secret=True,
        ),
        Endpoint("DELETE", _ONE, delete_campaign, "Delete a campaign", "", access="administrators"),
    ),
    shapes=(
        shape(
            "campaign-audience",
            "Whom a campaign goes to.",
            """
            id    int64       A label.
            type  text(..50)  `Label`.
            """,
        ),
        shape(
            "campaign",
            "A message to many.",
            """
            id*               int64    Its number.
            title*            text     What it is called.
            description*      text?    What it is for.
            account_id*       int64    The account.
            inbox             inbox    Over which inbox.
            sender            agent    In whose name.
            message*          text     What it says.
            template_params*  object   What goes into a WhatsApp template.
            campaign_status*  <active completed>  Whether it was sent.
            enabled*          bool     Whether it is to run.
            campaign_type*    <ongoing one_off>  Follows from the inbox's kind.
            scheduled_at      int64    When it is to be sent, once.
            audience          [campaign-audience]  Whom it goes to.
            trigger_rules*    object   When a web widget shows it.
            trigger_only_during_business_hours*  bool  Whether only in the inbox's hours.
            created_at*       time     When it was made.
            updated_at*       time     When it was changed last.
            """,
        ),
    ),
)
