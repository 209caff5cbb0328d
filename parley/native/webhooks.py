"""Webhooks of both wires in one list, with how they do, and what an operator does to them. Administrators and bots only.

They are made and changed on the wire whose events they get.
"""

from __future__ import annotations

import base64
from typing import Any

from starlette.responses import Response

from ..actions import redelivery, webhook_secrets
from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import delivery_log
from .encode_deliveries import encode_webhook
from .exchange import Exchange, answer, overseeing
from .query import read_query, whole


async def list_webhooks(exchange: Exchange) -> Response:
    read_query(exchange.request.query_params, {})
    async with overseeing(exchange) as (connection, principal):
        found = await delivery_log.list_webhooks(connection, principal.tenant.id)
    now = exchange.context.clock()
    return answer({"webhooks": [encode_webhook(one, now) for one in found]})


async def send_test(exchange: Exchange) -> Response:
    """The delivery of the test event, which says later how it went."""
    principal, webhook_id = await _writer(exchange)
    return answer({"delivery_id": await redelivery.send_test(exchange.context, principal, webhook_id)}, 202)


async def activate_webhook(exchange: Exchange) -> Response:
    principal, webhook_id = await _writer(exchange)
    await redelivery.activate_endpoint(exchange.context, principal, "webhook", webhook_id)
    return answer({"webhook": await _one(exchange, webhook_id)})


async def rotate_secret(exchange: Exchange) -> Response:
    """The new secret, in the two forms in which it is used; shown here and on the webhook's own wire."""
    principal, webhook_id = await _writer(exchange)
    secret = await webhook_secrets.rotate(exchange.context, principal, webhook_id)
    shown = await _one(exchange, webhook_id)
    own = secret.decode() if shown["wire"] == "chatwoot" else base64.b64encode(secret).decode()
    return answer({"webhook": shown, "secret": own, "standard_webhooks_secret": f"whsec_{base64.b64encode(secret).decode()}"})


async def _writer(exchange: Exchange) -> tuple[Principal, int]:
    """Raises InvalidValue for an id that is none, and as ``overseeing``."""
    webhook_id = int(whole(1)("id", exchange.request.path_params["id"]))
    async with overseeing(exchange, writes=True) as (_, principal):
        return principal, webhook_id


async def _one(exchange: Exchange, webhook_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    async with overseeing(exchange) as (connection, principal):
        found = await delivery_log.list_webhooks(connection, principal.tenant.id, webhook_id)
    if not found:
        raise NotFound("no such webhook")
    return encode_webhook(found[0], exchange.context.clock())
