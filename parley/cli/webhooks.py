"""``parley webhooks``: how webhooks do, what was delivered to them, and sending it again."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Annotated, Any

import typer

from ..actions import redelivery, webhook_secrets
from ..actions.context import Context
from ..domain.principals import Principal
from ..domain.problems import MissingField, NotFound
from ..native.encode_deliveries import encode_delivery, encode_webhook, encode_whole
from ..store import delivery_log
from ..store.deliveries import Wanted
from ..store.delivery_log import AskedDeliveries
from . import show
from .operating import moment, operate
from .options import DEFAULT_DATA, Data, Json, TenantRef

app = typer.Typer(no_args_is_help=True)
Shown = dict[str, Any]


class State(StrEnum):
    pending = "pending"
    sending = "sending"
    delivered = "delivered"
    failed = "failed"


WebhookId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The webhook's id, as `parley webhooks list` shows it.")]
DeliveryId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The delivery's id, as `parley webhooks deliveries` shows it.")]
OfWebhook = Annotated[int | None, typer.Option("--webhook", metavar="ID", min=1, help="Only of this webhook.")]
InState = Annotated[State | None, typer.Option("--state", metavar="STATE", help="Only those pending, sending, delivered or failed.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only those made from then on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only those made before.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback()
def webhooks() -> None:
    """Webhooks of both wires: how they do, the log of deliveries, sending again."""


@app.command("list")
def list_(tenant: TenantRef, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List a tenant's webhooks and how they do."""

    async def work(context: Context, principal: Principal) -> list[Shown]:
        async with context.database.read(principal.tenant.id) as connection:
            found = await delivery_log.list_webhooks(connection, principal.tenant.id)
        return [encode_webhook(one, context.clock()) for one in found]

    found = operate(data, "webhooks list", tenant, work)
    if as_json:
        show.json({"webhooks": found})
    else:
        rows = [(w["id"], w["wire"], w["url"], w["status"], w["health"]["state"], w["waiting"], w["health"]["last_error"]) for w in found]
        show.table(("id", "wire", "url", "status", "health", "waiting", "last error"), rows)


@app.command()
def deliveries(
    tenant: TenantRef,
    webhook: OfWebhook = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="How many, the newest first.")] = 50,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Show the delivery log."""
    kind = None if webhook is None else "webhook"
    asked = AskedDeliveries(kind, webhook, state, since=moment(since, "--since"), until=moment(until, "--until"))

    async def work(context: Context, principal: Principal) -> list[Shown]:
        async with context.database.read(principal.tenant.id) as connection:
            return [encode_delivery(one) for one in await delivery_log.list_deliveries(connection, principal.tenant.id, asked, limit)]

    found = operate(data, "webhooks deliveries", tenant, work)
    if as_json:
        show.json({"deliveries": found})
    else:
        show.table(("id", "made (UTC)", "endpoint", "event", "state", "attempts", "last answer", "next (UTC)"), map(_row, found))


@app.command("show")
def show_(tenant: TenantRef, delivery_id: DeliveryId, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show one delivery: its body and every attempt."""

    async def work(context: Context, principal: Principal) -> Shown:
        tenant_id = principal.tenant.id
        async with context.database.read(tenant_id) as connection:
            found = await delivery_log.list_deliveries(connection, tenant_id, AskedDeliveries(id=delivery_id), 1)
            if not found:
                raise NotFound(f"{principal.tenant.slug} has no delivery {delivery_id}")
            body = await delivery_log.get_body(connection, tenant_id, delivery_id) or ""
            return encode_whole(found[0], body, await delivery_log.list_attempts(connection, tenant_id, delivery_id))

    found = operate(data, "webhooks show", tenant, work)
    if as_json:
        show.json(found)
        return
    for name in ("id", "message_id", "event_type", "url", "lane", "state", "reason", "next_attempt_at", "body"):
        typer.echo(f"{name}: {'' if found[name] is None else found[name]}")
    rows = [(t["number"], _minute(t["started_at"]), t["status"], t["latency_ms"], t["error"], t["answer"]) for t in found["tries"]]
    show.table(("attempt", "at (UTC)", "status", "ms", "error", "answer"), rows)


@app.command()
def redeliver(
    tenant: TenantRef,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", min=1, help="Deliveries; else say which by the options.")] = None,
    webhook: OfWebhook = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Send deliveries again, under the ids that their receivers know."""
    from_, to = moment(since, "--since"), moment(until, "--until")
    kind = None if webhook is None else "webhook"
    if not (ids or webhook or state or from_ or to):
        raise MissingField("ID", "say which deliveries: by their ids, --webhook, --state, --since or --until")
    if not ids and not yes and not as_json:
        typer.confirm("Send every delivery that fits again?", abort=True, err=True)
    wanted = Wanted(ids=ids or None, endpoint_kind=kind, endpoint_id=webhook, state=state, since=from_, until=to)  # type: ignore[arg-type]

    async def work(context: Context, principal: Principal) -> int:
        return await redelivery.send_range_again(context, principal, wanted)

    count = operate(data, "webhooks redeliver", tenant, work)
    _say(as_json, {"redelivered": count}, f"{count} deliveries will be sent again.")


@app.command("test")
def send_test(tenant: TenantRef, webhook_id: WebhookId, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Send a test event to a webhook."""

    async def work(context: Context, principal: Principal) -> int:
        return await redelivery.send_test(context, principal, webhook_id)

    number = operate(data, "webhooks test", tenant, work)
    _say(as_json, {"delivery_id": number}, f"Delivery {number} is on its way; `parley webhooks show {number}` says how it went.")


@app.command()
def activate(tenant: TenantRef, webhook_id: WebhookId, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Send to a webhook again: ends a pause, and what a 410 did."""

    async def work(context: Context, principal: Principal) -> Shown:
        await redelivery.activate_endpoint(context, principal, "webhook", webhook_id)
        async with context.database.read(principal.tenant.id) as connection:
            found = await delivery_log.list_webhooks(connection, principal.tenant.id, webhook_id)
        return encode_webhook(found[0], context.clock())

    found = operate(data, "webhooks activate", tenant, work)
    _say(as_json, found, f"Webhook {webhook_id} is {found['status']}.")


@app.command("rotate-secret")
def rotate_secret(tenant: TenantRef, webhook_id: WebhookId, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Give a webhook a new secret and print it, as libraries of Standard Webhooks take it; for a day both sign."""

    async def work(context: Context, principal: Principal) -> bytes:
        return await webhook_secrets.rotate(context, principal, webhook_id)

    secret = f"whsec_{base64.b64encode(operate(data, 'webhooks rotate-secret', tenant, work)).decode()}"
    _say(as_json, {"secret": secret}, secret)


def _say(as_json: bool, value: object, words: str) -> None:
    if as_json:
        show.json(value)
    else:
        typer.echo(words)


def _row(one: Shown) -> tuple[object, ...]:
    endpoint = f"{one['endpoint']['kind']} {one['endpoint']['id']}"
    last = one["last_status"] or one["last_error"] or one["reason"]
    made, following = _minute(one["created_at"]), _minute(one["next_attempt_at"])
    return one["id"], made, endpoint, one["event_type"], one["state"], one["attempts"], last, following


def _minute(at: str | None) -> str:
    return "" if at is None else at[:19].replace("T", " ")
