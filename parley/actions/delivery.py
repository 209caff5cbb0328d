"""How far a message came: what its channel reports, and sending again what failed."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from ..domain.messages import DeliveryStatus
from ..domain.principals import Principal
from ..store import timeline
from ..store.database import Connection
from ..store.timeline import LockedMessage
from .checks import require_agent
from .context import Context
from .timeline import lock_seen, touch

STATUSES: tuple[str, ...] = get_args(DeliveryStatus)
_ERROR = "external_error"


async def report_delivery(context: Context, principal: Principal, message_id: int, status: str, error: str | None) -> None:
    """Notes what the channel says; ``error`` counts with status failed. What cannot be is let be: an unknown status, and
    delivered after read. Raises NotFound, Forbidden, Frozen.
    """
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        message = await lock_seen(connection, principal, message_id)
        if status in STATUSES and (message.status, status) != ("read", "delivered"):
            await _change(connection, context, principal, message, status, error if status == "failed" else None)


async def send_again(context: Context, principal: Principal, message_id: int) -> None:
    """A failed message counts as sent anew, and its event says so to whoever delivers; any other stays as it is.

    Raises NotFound, Forbidden, Frozen.
    """
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        message = await lock_seen(connection, principal, message_id)
        if message.status == "failed" and message.deleted_at is None:
            await _change(connection, context, principal, message, "sent", None, again=True)


async def _change(
    connection: Connection,
    context: Context,
    principal: Principal,
    message: LockedMessage,
    status: str,
    error: str | None,
    *,
    again: bool = False,
) -> None:
    """Writes the status with its error; what changes nothing writes nothing."""
    attributes: dict[str, Any] = msgspec.json.decode(message.content_attributes or "{}")
    told = {name: value for name, value in attributes.items() if name != _ERROR} | ({} if error is None else {_ERROR: error})
    if (status, told) == (message.status, attributes):
        return
    at, me, tenant_id = context.clock(), principal.ref, principal.tenant.id
    values = {"status": status, "content_attributes": msgspec.json.encode(told).decode() if told else None}
    await timeline.update_message(connection, tenant_id, message.id, values, me, at)
    data: dict[str, Any] = {"changed": ["status"], "columns": {"status": [message.status, status]}} | ({"again": True} if again else {})
    await timeline.insert_event(connection, tenant_id, "message.updated", message.conversation_number, message.id, me, data, at)
    await touch(connection, context, principal, message)
