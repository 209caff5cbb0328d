"""What a contact does with its own conversations beside writing: start one, read it, and end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..store import conversation_starts, public_inboxes, timeline, writes
from ..store.public_inboxes import Point, PublicInbox
from .change import resolve
from .checks import lock, require_write
from .context import Context
from .opening import NewConversation, open_conversation


async def start_own(context: Context, principal: Principal, inbox: PublicInbox, point: Point, attributes: Mapping[str, Any]) -> int:
    """The number of the new conversation, or of the last one where the inbox keeps one for each contact point.

    Who is blocked is not answered, and where a bot answers first it does so here. Raises Forbidden.
    """
    require_write(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        if inbox.is_single:
            await conversation_starts.lock_point(connection, tenant_id, point.id)
            last = await conversation_starts.find_last(connection, tenant_id, point.id)
            if last is not None:
                return last
        place = await conversation_starts.get_contact_place(connection, tenant_id, point.contact_id)
        stage = "resolved" if place and place.blocked else "suspended" if inbox.has_bot else None
        new = NewConversation(inbox_id=inbox.id, contact_point_id=point.id, attributes=attributes, stage=stage)
        return await open_conversation(context.inside(connection, tenant_id), principal, new, by_rule=True)


async def read_own(context: Context, principal: Principal, number: int) -> None:
    """The contact has seen all that was sent to it until now. Looking is no change. Raises NotFound, Forbidden."""
    require_write(principal)
    tenant_id, at = principal.tenant.id, context.clock()
    async with context.database.write(tenant_id) as connection:
        await lock(connection, principal, number)
        await writes.update_conversation(connection, tenant_id, number, {"contact_last_seen_at": at})
        total = await public_inboxes.mark_read(connection, tenant_id, number, at)
        await timeline.insert_event(connection, tenant_id, "conversation.read", number, None, principal.ref, {"messages": total}, at)


async def end_own(context: Context, principal: Principal, number: int) -> None:
    """The contact has what it came for. Raises NotFound, Forbidden, Frozen, and InvalidValue where a stage diagram stands against it."""
    require_write(principal)
    await resolve(context, principal, number)
