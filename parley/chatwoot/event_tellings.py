"""Stands here for the branch of deliveries alone: h-cwevents has the real one, which replaces it at the merge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ..actions.context import Context
from ..domain.deliveries import Endpoint, Told
from ..domain.principals import Tenant
from ..store.database import Connection
from ..store.events import EventRow
from ..store.webhooks import WEBHOOKS


def teller(_context: Context) -> Callable[[Connection, Tenant, Sequence[EventRow]], Awaitable[list[Told]]]:
    return _tell


async def _tell(connection: Connection, tenant: Tenant, events: Sequence[EventRow]) -> list[Told]:
    hooks = await WEBHOOKS.find(connection, tenant.id, {"wire": "chatwoot", "statuses": ["active"]})
    return [
        Told(
            Endpoint("webhook", hook.id, hook.url),
            "chatwoot",
            event.id,
            "message_created",
            f"conversation:{event.conversation_number}",
            msgspec.json.encode(
                {"event": "message_created", "id": event.message_id, "conversation": {"id": event.conversation_number}}
            ).decode(),
        )
        for event in events
        for hook in hooks
        if event.kind == "message.created" and "message_created" in hook.event_types and event.created_at >= hook.created_at
    ]
