"""A conversation's status as Chatwoot's clients write it: toggled or set, with who answers and until when it sleeps."""

from __future__ import annotations

from datetime import datetime

from ..domain.principals import Principal
from ..domain.stages import Status
from ..store import timeline, writes
from . import change
from .checks import lock, require_agent
from .context import Context
from .edits import UNSET, Edit, Unset


async def toggle_status(
    context: Context, principal: Principal, number: int, status: Status | None, snoozed_until: datetime | Unset | None = UNSET
) -> None:
    """Without a status what is open is resolved and everything else opened. An agent who opens it answers it.

    A bot that opens what was pending hands it over to people. Raises NotFound, Forbidden, Frozen, InvalidValue.
    """
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        was = await lock(connection, principal, number)
        wanted: Status = status or ("resolved" if was.status == "open" else "open")
        takes = wanted == "open" and principal.role == "agent"
        edit = Edit(status=wanted, snoozed_until=snoozed_until, assignee=principal.ref if takes else UNSET)
        inside = context.inside(connection, principal.tenant.id)
        await change.edit(inside, principal, number, edit)
        if principal.ref.kind == "bot" and was.status == "pending" and status == "open":
            await _hand_over(inside, principal, number, was)


async def _hand_over(context: Context, principal: Principal, number: int, was: writes.Locked) -> None:
    """From now on the contact waits for people."""
    at, tenant_id = context.clock(), principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        if was.waiting_since is None:
            await writes.update_conversation(connection, tenant_id, number, {"waiting_since": at})
        data = {"columns": {"waiting_since": [None, at]}} if was.waiting_since is None else {}
        await timeline.insert_event(connection, tenant_id, "conversation.bot_handoff", number, None, principal.ref, data, at)


async def mute(context: Context, principal: Principal, number: int) -> None:
    """Blocks the contact and resolves the conversation. Raises NotFound, Forbidden, Frozen."""
    await change.edit(context, principal, number, Edit(status="resolved", is_muted=True))


async def unmute(context: Context, principal: Principal, number: int) -> None:
    """The contact is blocked no more. Raises NotFound, Forbidden, Frozen."""
    await change.edit(context, principal, number, Edit(is_muted=False))
