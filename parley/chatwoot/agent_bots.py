"""Agent bots (contract 3.5): everybody sees them, administrators make and change them."""

from __future__ import annotations

from ..actions import agent_bots as actions
from ..domain.problems import InvalidEnumValue, NotFound
from ..reference.notation import shape
from ..store.bots import BOTS, BotRow
from .encode_types import json_object
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/agent_bots"
_ONE = f"{_ALL}/{{id}}"
_SYSTEM, _WEBHOOK = "system", "webhook"
_TOKEN = "Its `access_token` opens what bots may do; it is shown here and never again."  # noqa: S105
_MORE = """
description   text(..10000)?  What it does.
outgoing_url  text(..2048)?   Where events are posted to.
bot_type      text(..20)      How it is called: `webhook`, or 0, is the only way.
bot_config    object          Whatever it needs to know.
avatar        binary          A picture: PNG, JPEG or GIF.
avatar_url    text(..2048)    Where a picture lies; it stays there, nothing is fetched.
"""


async def list_agent_bots(call: Call) -> list[Json]:
    found = await BOTS.find(call.connection, call.tenant_id, {"is_deleted": False})
    return [shown_bot(call, one) for one in found]


async def show_agent_bot(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_agent_bot(call: Call) -> Json:
    made = await actions.create_agent_bot(call.context, call.principal, _values(call))
    return await _one(call, made.id, made.token)


async def update_agent_bot(call: Call) -> Json:
    await actions.change_agent_bot(call.context, call.principal, call.path["id"], _values(call))
    return await _one(call, call.path["id"])


async def delete_agent_bot(call: Call) -> None:
    await actions.delete_agent_bot(call.context, call.principal, call.path["id"])


async def delete_agent_bot_avatar(call: Call) -> Json:
    await actions.drop_bot_picture(call.context, call.principal, call.path["id"])
    return await _one(call, call.path["id"])


async def reset_agent_bot_access_token(call: Call) -> Json:
    return await _one(call, call.path["id"], await actions.reset_bot_token(call.context, call.principal, call.path["id"]))


async def reset_agent_bot_secret(call: Call) -> Json:
    await actions.reset_bot_secret(call.context, call.principal, call.path["id"])
    return await _one(call, call.path["id"])


def shown_bot(call: Call, one: BotRow, token: str | None = None) -> Json:
    """``token``: only in the answer that made it."""
    is_system = one.kind == _SYSTEM
    shown: Json = {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "thumbnail": call.wire.picture_url(one.avatar_id, one.picture_name),
    }
    if not is_system:
        shown["outgoing_url"] = one.outgoing_url
    shown |= {"bot_type": one.bot_type, "bot_config": json_object(one.config), "account_id": None if is_system else call.tenant_id}
    if token is not None:
        shown["access_token"] = token
    if not is_system and call.principal.is_administrator and call.principal.can_write:
        shown["secret"] = one.secret
    return shown | {"system_bot": is_system}


async def _one(call: Call, bot_id: int, token: str | None = None) -> Json:
    found = (await BOTS.get(call.connection, call.tenant_id, [bot_id])).get(bot_id)
    if found is None or found.state == "deleted":
        raise NotFound()
    return shown_bot(call, found, token)


def _values(call: Call) -> Json:
    """A bot's fields as columns."""
    kind = call.given.get("bot_type", _WEBHOOK)
    if kind not in ("0", _WEBHOOK):
        raise InvalidEnumValue("bot_type", kind, [_WEBHOOK])
    given = {name: value for name, value in call.given.items() if name != "bot_type"}
    return {"config" if name == "bot_config" else name: value for name, value in given.items()}


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_agent_bots, "List agent bots", "[agent-bot]", text="Those of the account and of the server."),
        Endpoint("GET", _ONE, show_agent_bot, "Show an agent bot", "agent-bot"),
        Endpoint(
            "POST",
            _ALL,
            create_agent_bot,
            "Make an agent bot",
            "agent-bot",
            text=_TOKEN,
            request=f"name*         text(1..255)    What it is called.{_MORE}",
            example={"name": "Triage", "outgoing_url": "https://example.com/bot"},
            access="administrators",
            wrap="agent_bot",
            secret=True,
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_agent_bot,
            "Change an agent bot",
            "agent-bot",
            request=f"name          text(1..255)    What it is called.{_MORE}",
            example={"description": "Asks first"},
            access="administrators",
            wrap="agent_bot",
            secret=True,
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_agent_bot,
            "Delete an agent bot",
            "",
            text="Its token ends. Conversations assigned to it are nobody's, and its messages still name it.",
            access="administrators",
        ),
        Endpoint(
            "DELETE",
            f"{_ONE}/avatar",
            delete_agent_bot_avatar,
            "Delete an agent bot's picture",
            "agent-bot",
            access="administrators",
            secret=True,
        ),
        Endpoint(
            "POST",
            f"{_ONE}/reset_access_token",
            reset_agent_bot_access_token,
            "Give an agent bot a new token",
            "agent-bot",
            text=f"The one before ends. {_TOKEN}",
            access="administrators",
            secret=True,
        ),
        Endpoint(
            "POST",
            f"{_ONE}/reset_secret",
            reset_agent_bot_secret,
            "Give an agent bot a new secret",
            "agent-bot",
            text="Posts to it are signed with the new one.",
            access="administrators",
            secret=True,
        ),
    ),
    shapes=(
        shape(
            "agent-bot",
            "A bot that answers in inboxes.",
            """
            id*            int64   Its number.
            name*          text    What it is called.
            description*   text?   What it does.
            thumbnail*     text    A picture's URL, or nothing.
            outgoing_url   text?   Where events are posted to; absent for the server's own.
            bot_type*      text    How it is called.
            bot_config*    object  Whatever it needs to know.
            account_id*    int64?  The account; null for the server's own.
            access_token   text    What it signs in with; only in the answer that made it.
            secret         text?   What posts to it are signed with; shown to administrators.
            system_bot*    bool    Whether it is the server's own.
            """,
        ),
    ),
)
