"""Deleting a conversation, for good: a tombstone and an event are what is left (design.md, 7)."""

from __future__ import annotations

from ..domain.principals import Principal
from ..store import events, timeline
from .checks import lock, refuse_frozen, require_agent
from .context import Context


async def delete_conversation(context: Context, principal: Principal, number: int) -> None:
    """Deletes the row and all that it carries; its number is never given out again. Raises NotFound, Forbidden, Frozen."""
    require_agent(principal)
    tenant_id, me = principal.tenant.id, principal.ref
    async with context.database.write(tenant_id) as connection:
        refuse_frozen(await lock(connection, principal, number))
        at = context.clock()
        was = await timeline.delete_conversation(connection, tenant_id, number)
        event_id = await timeline.insert_event(connection, tenant_id, "conversation.deleted", number, None, me, was, at)
        await events.insert_tombstone(connection, tenant_id, "conversation", number, event_id, me, at)
