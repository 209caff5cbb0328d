"""Bots that answer in inboxes (Chatwoot: agent bots): making them with a token, changing and deleting them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..domain.principals import Principal, Ref
from ..domain.problems import NotFound
from ..store import bots, control, events, inboxes
from ..store.bots import BOTS
from ..store.database import Connection
from .ahead import Touched, do_rest, go_ahead
from .context import Context
from .nouns import change, changing, create, record
from .pictures import link_picture, own_picture

_TOKEN = "agent_bot"  # noqa: S105
_SECRET_BYTES = 24


class NewBot(NamedTuple):
    """``token`` is shown once and kept nowhere."""

    id: int
    token: str


async def create_agent_bot(context: Context, principal: Principal, values: Mapping[str, Any]) -> NewBot:
    """``values``: columns of a bot, and ``avatar`` or ``avatar_url``. Raises InvalidValue."""
    async with changing(context, principal, administrator=True) as connection:
        wanted = await _columns(connection, context, principal, values)
        number = await create(connection, context, principal, BOTS, wanted | {"secret": secrets.token_urlsafe(_SECRET_BYTES)})
        return NewBot(number, await _new_token(connection, principal, number))


async def change_agent_bot(context: Context, principal: Principal, bot_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, also for a bot of the server's own, and InvalidValue."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, bot_id)
        await change(connection, context, principal, BOTS, bot_id, await _columns(connection, context, principal, values))


async def drop_bot_picture(context: Context, principal: Principal, bot_id: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, bot_id)
        await change(connection, context, principal, BOTS, bot_id, {"avatar_id": None})


async def reset_bot_token(context: Context, principal: Principal, bot_id: int) -> str:
    """A new token; the one before ends. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, bot_id)
        await control.revoke_tokens(connection, tenant_id=principal.tenant.id, owner_kind="bot", owner_id=bot_id, name=_TOKEN)
        await record(connection, context, principal, "bot.updated", {"id": bot_id, "changed": ["access_token"]})
        return await _new_token(connection, principal, bot_id)


async def reset_bot_secret(context: Context, principal: Principal, bot_id: int) -> None:
    """Posts to the bot are signed with a new secret from now on. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, bot_id)
        await change(connection, context, principal, BOTS, bot_id, {"secret": secrets.token_urlsafe(_SECRET_BYTES)})


async def delete_agent_bot(context: Context, principal: Principal, bot_id: int) -> None:
    """Its tokens end, its conversations and inboxes are without it; the row stays, because messages name it. Raises NotFound."""
    tenant_id, me = principal.tenant.id, principal.ref
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, bot_id)
    answered = answered_by(tenant_id, bot_id)
    await go_ahead(context, principal, answered, lambda connection: _lock(connection, principal, bot_id))
    async with changing(context, principal, administrator=True) as connection:
        at = context.clock()
        await _lock(connection, principal, bot_id)
        await BOTS.update(connection, tenant_id, bot_id, {"state": "deleted", "avatar_id": None, "secret": None}, me)
        await do_rest(connection, tenant_id, answered)
        await inboxes.drop_bot(connection, tenant_id, bot_id)
        await control.revoke_tokens_of(connection, tenant_id, Ref("bot", bot_id), at, me)
        event_id = await record(connection, context, principal, "bot.deleted", {"id": bot_id})
        await events.insert_tombstone(connection, tenant_id, "bot", bot_id, event_id, me, at)


def answered_by(tenant_id: int, bot_id: int) -> Touched:
    """The conversations that a bot answers, to be nobody's."""
    return Touched(
        lambda connection, after, at_most: bots.list_conversations(connection, tenant_id, bot_id, after, at_most),
        lambda connection, numbers: bots.leave_conversations(connection, tenant_id, bot_id, numbers),
    )


async def _lock(connection: Connection, principal: Principal, bot_id: int) -> None:
    if not await bots.lock_bot(connection, principal.tenant.id, bot_id):
        raise NotFound("no such bot")


async def _columns(connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: value for name, value in values.items() if name not in ("avatar", "avatar_url")}
    if wanted.get("outgoing_url"):
        context.outgoing.check_url(wanted["outgoing_url"], "outgoing_url")
    if values.get("avatar") is not None:
        wanted["avatar_id"] = await own_picture(connection, context, principal, values["avatar"])
    elif values.get("avatar_url"):
        wanted["avatar_id"] = await link_picture(connection, context, principal, values["avatar_url"])
    return wanted


async def _new_token(connection: Connection, principal: Principal, bot_id: int) -> str:
    return await control.insert_token(
        connection, tenant_id=principal.tenant.id, owner_kind="bot", owner_id=bot_id, scope="write", name=_TOKEN
    )
