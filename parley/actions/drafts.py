"""Drafts of answers: each user has one in a conversation, for themselves."""

from __future__ import annotations

from ..domain.principals import Principal
from ..domain.problems import Forbidden
from ..store import drafts, timeline
from .checks import lock, require_agent
from .context import Context


async def keep_draft(context: Context, principal: Principal, number: int, message: str) -> None:
    """Keeps what the caller has begun to write; an empty one is dropped. Raises NotFound, Forbidden."""
    user_id, tenant_id, at = _user(principal), principal.tenant.id, context.clock()
    async with context.database.write(tenant_id) as connection:
        await lock(connection, principal, number)
        if not message:
            changed = await drafts.delete_draft(connection, tenant_id, user_id, number)
        else:
            changed = await drafts.put_draft(connection, tenant_id, user_id, number, message, at)
        if changed:
            kind = "draft.updated" if message else "draft.deleted"
            await timeline.insert_event(connection, tenant_id, kind, number, None, principal.ref, {}, at)


async def drop_draft(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound, Forbidden."""
    await keep_draft(context, principal, number, "")


def _user(principal: Principal) -> int:
    """Only users write in a browser."""
    require_agent(principal)
    if principal.user_id is None:
        raise Forbidden("only users have drafts")
    return principal.user_id
