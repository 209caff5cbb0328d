"""Inboxes (contract 3.5): an agent sees those that they work in, an administrator sets them up."""

from __future__ import annotations

from ..actions import inboxes as actions
from ..actions.inboxes import require_inbox, require_inboxes
from ..domain.problems import NotFound
from ..store.bots import BOTS
from ..store.inboxes import INBOXES, InboxRow, list_assignable
from .agent_bots import shown_bot
from .agents import shown_agents
from .encode_inboxes import inbox
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .inbox_shapes import SETTINGS, SHAPES
from .readers import Json

_ALL = f"{ACCOUNT}/inboxes"
_ONE = f"{_ALL}/{{id}}"
_CARRIES = (
    "Kinds but `api` are kept and carry no messages yet: `carries_messages` tells. `hmac_token`, `secret` and the channel's passwords "
    "are shown to administrators alone."
)


def shown_inbox(call: Call, row: InboxRow) -> Json:
    """Its secrets are for administrators, and not for their tokens that may only read."""
    return inbox(row, call.wire, with_secrets=call.principal.is_administrator and call.principal.can_write)


async def list_inboxes(call: Call) -> Json:
    mine = None if call.principal.is_administrator else list(call.principal.inbox_ids)
    found = await INBOXES.find(call.connection, call.tenant_id, {"ids": mine, "is_deleted": False})
    return {"payload": [shown_inbox(call, row) for row in sorted(found, key=lambda row: (row.name.lower(), row.id))]}


async def show_inbox(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_inbox(call: Call) -> Json:
    given = dict(call.given)
    kind = given["channel"].pop("type")
    if kind == "telegram":
        given.setdefault("name", given["channel"].get("bot_name") or "Telegram")
    return await _one(call, await actions.create_inbox(call.context, call.principal, kind, given))


async def update_inbox(call: Call) -> Json:
    await actions.change_inbox(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_inbox(call: Call) -> Json:
    await actions.delete_inbox(call.context, call.principal, call.path["id"])
    return {"message": "Your inbox deletion request will be processed in some time."}


async def delete_inbox_avatar(call: Call) -> None:
    await actions.drop_inbox_picture(call.context, call.principal, call.path["id"])


async def show_inbox_agent_bot(call: Call) -> Json:
    row = await require_inbox(call.connection, call.principal, call.path["id"])
    bots = await BOTS.get(call.connection, call.tenant_id, [row.active_bot_id] if row.active_bot_id else [])
    return {"agent_bot": next((shown_bot(call, one) for one in bots.values()), {})}


async def set_inbox_agent_bot(call: Call) -> None:
    await actions.set_inbox_bot(call.context, call.principal, call.path["id"], call.given.get("agent_bot"))


async def list_assignable_agents_of_inbox(call: Call) -> Json:
    await require_inbox(call.connection, call.principal, call.path["id"])
    return await _assignable(call, [call.path["id"]])


async def list_assignable_agents(call: Call) -> Json:
    inbox_ids = call.given.get("inbox_ids") or []
    if not inbox_ids:
        raise NotFound()
    await require_inboxes(call.connection, call.principal, inbox_ids)
    return await _assignable(call, inbox_ids)


async def _assignable(call: Call, inbox_ids: list[int]) -> Json:
    ids = await list_assignable(call.connection, call.tenant_id, inbox_ids)
    return {"payload": await shown_agents(call, ids)}


async def _one(call: Call, inbox_id: int) -> Json:
    return shown_inbox(call, await require_inbox(call.connection, call.principal, inbox_id))


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_inboxes, "List inboxes", "inbox-list", text=f"By name. {_CARRIES}"),
        Endpoint("GET", _ONE, show_inbox, "Show an inbox", "inbox", text=_CARRIES),
        Endpoint(
            "POST",
            _ALL,
            create_inbox,
            "Make an inbox",
            "inbox",
            text=f"{_CARRIES} What a kind needs: `website_url` for web_widget, `email` for email, `phone_number` for whatsapp, sms and "
            "voice, the three keys for line, `bot_token` for telegram.",
            request=f"""
name                           text(1..255)       What it is called; only telegram may leave it out.
channel*                       new-inbox-channel  Its kind and what belongs to it.{SETTINGS}""",
            example={"name": "Shop", "channel": {"type": "api", "webhook_url": "https://example.com/hook"}},
            access="administrators",
            secret=True,
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_inbox,
            "Change an inbox",
            "inbox",
            text="Of `channel` and `working_hours`, too, only what is given changes. The kind stays.",
            request=f"""
name                           text(1..255)       What it is called.
channel                        inbox-channel      What belongs to its kind.
working_hours                  [working-day](..7)  Days of its week.{SETTINGS}""",
            example={"greeting_enabled": True, "greeting_message": "Hello!"},
            access="administrators",
            secret=True,
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_inbox,
            "Delete an inbox",
            "message*  text  What happens now.",
            text="It is gone at once; its conversations go after it, one by one.",
            access="administrators",
        ),
        Endpoint("DELETE", f"{_ONE}/avatar", delete_inbox_avatar, "Delete an inbox's picture", "", access="administrators"),
        Endpoint(
            "GET",
            f"{_ONE}/agent_bot",
            show_inbox_agent_bot,
            "Show an inbox's bot",
            "agent_bot*  agent-bot | object  The bot that answers first, an empty object for none.",
        ),
        Endpoint(
            "POST",
            f"{_ONE}/set_agent_bot",
            set_inbox_agent_bot,
            "Give an inbox a bot",
            "",
            text="New conversations are `pending` then, until the bot hands them over. Null or nothing takes the bot away.",
            request="agent_bot  int64?  The bot.",
            example={"agent_bot": 1},
            access="administrators",
        ),
        Endpoint(
            "GET",
            f"{_ONE}/assignable_agents",
            list_assignable_agents_of_inbox,
            "List who can be assigned in an inbox",
            "agent-list",
            text="Its members and the administrators.",
        ),
        Endpoint(
            "GET",
            f"{ACCOUNT}/assignable_agents",
            list_assignable_agents,
            "List who can be assigned",
            "agent-list",
            text="Those who work in all of these inboxes, and the administrators; 404 without an inbox.",
            query="inbox_ids  [int64](..100)  Inboxes, as `inbox_ids[]`.",
            example={"inbox_ids[]": [1]},
        ),
    ),
    shapes=SHAPES,
)
