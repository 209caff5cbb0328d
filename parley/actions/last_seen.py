"""Reading a conversation: when agents and its assignee last looked, and what is unread since."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..domain.principals import Principal
from ..store import last_seen, timeline, writes
from ..store.database import Connection
from . import notifications
from .checks import lock, require_agent
from .context import Context

# Who looks again and again at what holds nothing new writes once an hour.
THROTTLE = timedelta(hours=1)
_BEFORE = timedelta(seconds=1)


async def mark_read(context: Context, principal: Principal, number: int) -> None:
    """The caller looks at the conversation now, and has read what they were told of it. Raises NotFound, Forbidden."""
    require_agent(principal)
    tenant_id, now = principal.tenant.id, context.clock()
    async with context.database.write(tenant_id) as connection:
        was = await lock(connection, principal, number)
        is_assignee = was.assignee_user_id is not None and was.assignee_user_id == principal.user_id
        seen_at = was.assignee_last_seen_at if is_assignee else was.agent_last_seen_at
        newest = await last_seen.find_newest(connection, tenant_id, number)
        has_news = newest is not None and (seen_at is None or newest > seen_at)
        watched = (was.agent_last_seen_at, was.assignee_last_seen_at) if is_assignee else (was.agent_last_seen_at,)
        if has_news or any(at is None or at < now - THROTTLE for at in watched):
            values = {"agent_last_seen_at": now} | ({"assignee_last_seen_at": now} if is_assignee else {})
            await _write(connection, principal, number, "conversation.read", values, now)
        if principal.user_id is not None:
            await notifications.read_all(context.inside(connection, tenant_id), principal, number)


async def mark_unread(context: Context, principal: Principal, number: int) -> None:
    """The contact's last message is news again, to everybody. Raises NotFound, Forbidden."""
    require_agent(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        await lock(connection, principal, number)
        last = await last_seen.find_last_incoming(connection, tenant_id, number)
        seen_at = None if last is None else last - _BEFORE
        values = {"agent_last_seen_at": seen_at, "assignee_last_seen_at": seen_at}
        await _write(connection, principal, number, "conversation.unread", values, context.clock())


async def _write(connection: Connection, principal: Principal, number: int, kind: str, values: dict[str, Any], at: datetime) -> None:
    """Looking is no change: modified_at stays."""
    tenant_id = principal.tenant.id
    values["unread_count"] = await last_seen.count_unread(connection, tenant_id, number, values["agent_last_seen_at"])
    await writes.update_conversation(connection, tenant_id, number, values)
    await timeline.insert_event(connection, tenant_id, kind, number, None, principal.ref, {}, at)
