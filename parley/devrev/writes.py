"""conversations.create and .update, timeline-entries.create. The answer is read back, so it is what a reader sees."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from ..actions import change, opening, post
from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import messages
from . import changes, page
from .caller import get_principal
from .encode_conversations import conversations as encode_conversations
from .encode_conversations import entry as encode_entry
from .exchange import Exchange, JsonResponse


async def create_conversation(exchange: Exchange) -> Response:
    """Opens a conversation: 201 with it."""
    payload = await exchange.payload()
    principal = await get_principal(exchange)
    wanted = changes.new_conversation(payload.text(), principal.tenant.slug)
    number = await opening.open_conversation(exchange.context, principal, wanted)
    return await _conversation(exchange, principal, number, 201)


async def update_conversation(exchange: Exchange) -> Response:
    """Changes a conversation: 200 with it."""
    payload = await exchange.payload()
    principal = await get_principal(exchange)
    number, wanted = changes.edit(payload.text(), principal.tenant.slug)
    await change.edit(exchange.context, principal, number, wanted)
    return await _conversation(exchange, principal, number, 200)


async def create_timeline_entry(exchange: Exchange) -> Response:
    """Posts a message into a conversation: 201 with it."""
    payload = await exchange.payload()
    principal = await get_principal(exchange)
    number, wanted = changes.new_entry(payload.text(), principal.tenant.slug)
    message_id = await post.post_message(exchange.context, principal, number, wanted)
    async with exchange.context.database.read(principal.tenant.id, vary=False) as connection:
        entry = await messages.get_entry(connection, principal, message_id)
        if entry is None:
            raise NotFound("the entry was written and has expired since")
        loaded = await page.load_entry(connection, principal, entry, await page.load_schema(connection, principal.tenant.id))
    return JsonResponse(msgspec.json.encode({"timeline_entry": encode_entry(loaded, entry)}), 201)


async def _conversation(exchange: Exchange, principal: Principal, number: int, status: int) -> Response:
    """The conversation as the caller sees it after the write."""
    async with exchange.context.database.read(principal.tenant.id, vary=False) as connection:
        schema = await page.load_schema(connection, principal.tenant.id)
        loaded = await page.load(connection, principal, [number], schema, with_changes=exchange.is_beta)
    (shown,) = encode_conversations(loaded, is_beta=exchange.is_beta)
    return JsonResponse(msgspec.json.encode({"conversation": shown}), status)
