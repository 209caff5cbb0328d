"""Sending deliveries again by hand, trying a webhook out, and making an endpoint active again. Administrators only."""

from __future__ import annotations

from typing import Any

import msgspec

from ..domain.deliveries import VERIFY, EndpointKind
from ..domain.principals import Principal
from ..domain.problems import Conflict, NotFound
from ..store import deliveries, endpoints
from ..store.database import Connection
from ..store.deliveries import Trial, Wanted
from ..store.webhooks import WEBHOOKS, WebhookRow
from .context import Context
from .nouns import change, changing
from .webhooks import WebhookChange, change_webhook

TEST_TYPES = {"devrev": "test", "chatwoot": "webhook_test"}


async def send_again(context: Context, principal: Principal, delivery_id: int) -> None:
    """A delivery is sent as if it were new, under the same id and at once, even where its endpoint is paused.

    Raises NotFound; Conflict while it is under way, for a verify request, and where its endpoint gets nothing.
    """
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        found = await deliveries.lock_delivery(connection, tenant_id, delivery_id)
        if found is None:
            raise NotFound("no such delivery")
        if found.state == "sending":
            raise Conflict("the delivery is under way")
        if found.event_type == VERIFY:
            raise Conflict("a verify request is made anew by activating the webhook")
        await _refuse_closed(connection, tenant_id, found.endpoint_kind, found.endpoint_id)
        await endpoints.end_pause(connection, tenant_id, found.endpoint_kind, found.endpoint_id)
        await deliveries.send_again(connection, tenant_id, Wanted(ids=[delivery_id]))


async def send_range_again(context: Context, principal: Principal, wanted: Wanted) -> int:
    """How many deliveries are sent as if they were new; those under way and verify requests are not.

    An endpoint that gets nothing (inactive, disabled) lets them fail again, and the log says why.
    """
    async with changing(context, principal, administrator=True) as connection:
        return await deliveries.send_again(connection, principal.tenant.id, wanted)


async def send_test(context: Context, principal: Principal, webhook_id: int) -> int:
    """Sends a test event in the webhook's own wire; the delivery's id. Raises NotFound, Conflict for a webhook that gets nothing."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        row, wire = await _find(connection, tenant_id, webhook_id)
        await _refuse_closed(connection, tenant_id, "webhook", webhook_id)
        delivery_id, type_ = await deliveries.next_id(connection), TEST_TYPES[wire]
        key = f"test_{tenant_id}_{delivery_id}"
        said = _devrev_test(context, principal, webhook_id, key) if wire == "devrev" else _chatwoot_test(principal)
        body = msgspec.json.encode(said).decode()
        await endpoints.end_pause(connection, tenant_id, "webhook", webhook_id)
        await deliveries.insert_trial(connection, tenant_id, Trial(delivery_id, webhook_id, wire, row.url, type_, key, key, body))
        return delivery_id


async def activate_endpoint(context: Context, principal: Principal, kind: EndpointKind, endpoint_id: int) -> None:
    """Ends its pause and what a 410 did; a webhook becomes active, as far as its wire lets it. Raises NotFound, InvalidValue."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        if kind == "webhook":
            row, wire = await _find(connection, tenant_id, endpoint_id)
            if wire == "devrev" and row.status != "active":
                inside = context.inside(connection, tenant_id)
                await change_webhook(inside, principal, wire, endpoint_id, WebhookChange(action="activate"))
            elif row.status != "active":
                await change(connection, context, principal, WEBHOOKS, endpoint_id, {"status": "active"})
        await endpoints.forget_health(connection, tenant_id, kind, endpoint_id)
        await deliveries.announce(connection, tenant_id)


async def _find(connection: Connection, tenant_id: int, webhook_id: int) -> tuple[WebhookRow, Any]:
    """A webhook with its wire. Raises NotFound."""
    row = (await WEBHOOKS.get(connection, tenant_id, [webhook_id])).get(webhook_id)
    wire = await endpoints.find_wire(connection, tenant_id, webhook_id)
    if row is None or wire is None:
        raise NotFound("no such webhook")
    return row, wire


async def _refuse_closed(connection: Connection, tenant_id: int, kind: EndpointKind, endpoint_id: int) -> None:
    """Raises Conflict where nothing is sent to the endpoint."""
    if kind == "webhook":
        row = (await WEBHOOKS.get(connection, tenant_id, [endpoint_id])).get(endpoint_id)
        if row is None:
            raise Conflict("the webhook is gone")
        if row.status != "active":
            raise Conflict(f"the webhook is {row.status}: activate it first")
    elif await endpoints.is_disabled(connection, tenant_id, kind, endpoint_id):
        raise Conflict("the endpoint answered 410 (gone): activate it first")


def _devrev_test(context: Context, principal: Principal, webhook_id: int, key: str) -> dict[str, Any]:
    """The envelope of contract 2.3, with an object of its type that says what it is."""
    webhook = f"don:integration:dvrv-us-1:devo/{principal.tenant.slug}:webhook/{webhook_id}"
    at = context.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": key, "webhook_id": webhook, "timestamp": at, "type": "test", "test": {"message": "A test event of Parley"}}


def _chatwoot_test(principal: Principal) -> dict[str, Any]:
    account = {"id": principal.tenant.id, "name": principal.tenant.name}
    return {"account": account, "message": "A test event of Parley", "event": "webhook_test"}
