"""Somebody types, or has stopped: an event for who watches, and nothing else."""

from __future__ import annotations

from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import timeline
from .checks import require_write
from .context import Context


async def tell_typing(context: Context, principal: Principal, number: int, *, is_on: bool, is_private: bool) -> None:
    """Raises NotFound, Forbidden. The conversation is not locked: it does not change."""
    require_write(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        if not await timeline.sees_conversation(connection, principal, number):
            raise NotFound(f"conversation CONV-{number}")
        kind = "conversation.typing_on" if is_on else "conversation.typing_off"
        data = {"is_private": is_private}
        await timeline.insert_event(connection, tenant_id, kind, number, None, principal.ref, data, context.clock())
