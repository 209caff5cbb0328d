"""Webhooks of the account (contract 3.5): the resource. Administrators only, since each shows its secret (to tokens that may write)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..actions import account_webhooks as actions
from ..domain.people import Inbox
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store import people
from ..store.webhooks import WEBHOOKS, WebhookRow
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/webhooks"
_ONE = f"{_ALL}/{{webhook_id}}"
_COLUMNS = {"name": "name", "url": "url", "subscriptions": "event_types", "inbox_id": "inbox_id"}


async def list_webhooks(call: Call) -> Json:
    rows = await WEBHOOKS.find(call.connection, call.tenant_id, {"wire": "chatwoot"})
    return {"payload": {"webhooks": await _shown(call, rows)}}


async def create_webhook(call: Call) -> Json:
    return await _one(call, await actions.create_account_webhook(call.context, call.principal, _values(call.given)))


async def update_webhook(call: Call) -> Json:
    await actions.change_account_webhook(call.context, call.principal, call.path["webhook_id"], _values(call.given))
    return await _one(call, call.path["webhook_id"])


async def delete_webhook(call: Call) -> None:
    await actions.delete_account_webhook(call.context, call.principal, call.path["webhook_id"])


def _values(given: Json) -> dict[str, Any]:
    values = {_COLUMNS[name]: value for name, value in given.items()}
    return values | ({"event_types": list(dict.fromkeys(values["event_types"]))} if "event_types" in values else {})


async def _one(call: Call, number: int) -> Json:
    rows = await WEBHOOKS.find(call.connection, call.tenant_id, {"wire": "chatwoot", "ids": [number]})
    if not rows:
        raise NotFound()
    return {"payload": {"webhook": (await _shown(call, rows))[0]}}


async def _shown(call: Call, rows: Iterable[WebhookRow]) -> list[Json]:
    inboxes = await people.get_inboxes(call.connection, call.tenant_id, {row.inbox_id for row in rows if row.inbox_id is not None})
    return [_encoded(row, call.tenant_id, inboxes.get(row.inbox_id or 0), may_write=call.principal.can_write) for row in rows]


def _encoded(row: WebhookRow, account_id: int, inbox: Inbox | None, *, may_write: bool) -> Json:
    shown: Json = {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "account_id": account_id,
        "subscriptions": row.event_types,
    }
    if may_write:
        shown["secret"] = row.secret.decode("ascii", "replace")
    return shown if inbox is None else shown | {"inbox": {"id": inbox.id, "name": inbox.name}}


_FIELDS = """
            name           text(..255)?  What people call it.
            subscriptions  [text](..50)  conversation_created, conversation_updated, conversation_status_changed, message_created,
              message_updated, contact_created, contact_updated, webwidget_triggered, inbox_created, inbox_updated,
              conversation_typing_on, conversation_typing_off; without a word the first eight.
            inbox_id       int64?        An inbox that it belongs to.
            """
_EXAMPLE = {"url": "https://example.com/hook", "name": "Orders", "subscriptions": ["message_created"]}

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_webhooks, "List webhooks", "payload*  webhook-list  All of them.", access="administrators"),
        Endpoint(
            "POST",
            _ALL,
            create_webhook,
            "Make a webhook",
            "payload*  webhook-payload  The webhook.",
            request=f"""
            url*           text(1..2048)  Where events go, by http or https; unique in the account.
            {_FIELDS}""",
            example=_EXAMPLE,
            wrap="webhook",
            access="administrators",
            secret=True,
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_webhook,
            "Change a webhook",
            "payload*  webhook-payload  The webhook.",
            request=f"""
            url            text(1..2048)  Where events go, by http or https; unique in the account.
            {_FIELDS}""",
            example={"name": "Orders"},
            wrap="webhook",
            access="administrators",
            secret=True,
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_webhook, "Delete a webhook", "", access="administrators", refuses=(404,)),
    ),
    shapes=(
        shape("webhook-list", "All webhooks.", "webhooks*  [webhook]  By number."),
        shape("webhook-payload", "One webhook.", "webhook*  webhook  The webhook."),
        shape(
            "webhook",
            "Where events go.",
            """
            id*             int64          Its number.
            name*           text?          What people call it.
            url*            text           Where events go.
            account_id*     int64          The account.
            subscriptions*  [text]         Which events.
            secret          text           What deliveries are signed with; not told to a token that only reads.
            inbox           webhook-inbox  The inbox that it belongs to, where there is one.
            """,
        ),
        shape(
            "webhook-inbox",
            "The inbox of a webhook.",
            """
            id*    int64  Its number.
            name*  text   Its name.
            """,
        ),
    ),
)
