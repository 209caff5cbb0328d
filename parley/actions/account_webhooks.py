"""Webhooks as Chatwoot's clients make them: nobody verifies them, and an account uses an address once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store.database import Connection
from ..store.inboxes import get_existing
from ..store.webhooks import WEBHOOKS, lock_webhook
from .context import Context
from .nouns import change, changing, create, remove
from .webhook_secrets import new_secret

SUBSCRIPTIONS = (
    "conversation_status_changed", "conversation_updated", "conversation_created", "contact_created", "contact_updated",
    "message_created", "message_updated", "webwidget_triggered", "inbox_created", "inbox_updated", "conversation_typing_on",
    "conversation_typing_off",
)  # fmt: skip
_WITHOUT_A_WORD = SUBSCRIPTIONS[:8]
_TAKEN = {"webhooks_chatwoot_url": "url"}


async def create_account_webhook(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id; without a word it gets what happens to conversations, messages and contacts.

    Raises Conflict for a taken url, InvalidValue, InvalidId.
    """
    whole = (
        {"event_types": list(_WITHOUT_A_WORD)} | dict(values) | {"wire": "chatwoot", "status": "active", "secret": new_secret("chatwoot")}
    )
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await _check(connection, context, principal, whole)
        return await create(connection, context, principal, WEBHOOKS, whole)


async def change_account_webhook(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and as ``create_account_webhook``."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        if await lock_webhook(connection, principal.tenant.id, number, "chatwoot") is None:
            raise NotFound("no such webhook")
        await _check(connection, context, principal, values)
        await change(connection, context, principal, WEBHOOKS, number, values)


async def delete_account_webhook(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        if await lock_webhook(connection, principal.tenant.id, number, "chatwoot") is None:
            raise NotFound("no such webhook")
        await remove(connection, context, principal, WEBHOOKS, number, known={"wire": "chatwoot"})


async def _check(connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any]) -> None:
    if "url" in values:
        context.outgoing.check_url(values["url"])
    if "event_types" in values and (not values["event_types"] or not set(values["event_types"]) <= set(SUBSCRIPTIONS)):
        raise InvalidValue("subscriptions", "Subscriptions Invalid events", allowed=SUBSCRIPTIONS)
    inbox_id = values.get("inbox_id")
    if inbox_id is not None and not await get_existing(connection, principal.tenant.id, [inbox_id]):
        raise InvalidId("inbox_id", "Inbox must exist")
