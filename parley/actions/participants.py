"""Participants: the users among a conversation's members, who are told what happens in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidValue
from ..store import conversations, participants
from ..store.database import Connection
from . import change
from .checks import lock, refuse_frozen, require_agent
from .context import Context
from .edits import Edit

_Pick = Callable[[list[int]], list[int]]


async def add_participants(context: Context, principal: Principal, number: int, user_ids: Sequence[int]) -> list[int]:
    """Those who take part from now on and did not before. Raises NotFound, Forbidden, Frozen, InvalidValue."""
    before, after = await _change(context, principal, number, lambda now: [*now, *user_ids])
    return [user_id for user_id in after if user_id not in before]


async def set_participants(context: Context, principal: Principal, number: int, user_ids: Sequence[int]) -> list[int]:
    """Exactly these take part. Raises NotFound, Forbidden, Frozen, InvalidValue."""
    _, after = await _change(context, principal, number, lambda now: [*(one for one in now if one in user_ids), *user_ids])
    return after


async def remove_participants(context: Context, principal: Principal, number: int, user_ids: Sequence[int]) -> None:
    """These take part no more. Raises NotFound, Forbidden, Frozen."""
    await _change(context, principal, number, lambda now: [one for one in now if one not in user_ids])


async def _change(context: Context, principal: Principal, number: int, pick: _Pick) -> tuple[list[int], list[int]]:
    """Who took part before, and who does now."""
    require_agent(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        was = await lock(connection, principal, number)
        refuse_frozen(was)
        (row,) = await conversations.get_conversations(connection, tenant_id, [number])
        members = [Ref.parse(text) for text in row.members]
        before = [ref.id for ref in members if ref.kind == "user"]
        after = list(dict.fromkeys(pick(before)))
        await _require_access(connection, tenant_id, was.inbox_id, [one for one in after if one not in before])
        others = [ref for ref in members if ref.kind != "user"]
        everybody = (Ref("contact", was.contact_id), *others, *(Ref("user", one) for one in after))
        await change.edit(context.inside(connection, tenant_id), principal, number, Edit(members=everybody))
        return before, after


async def _require_access(connection: Connection, tenant_id: int, inbox_id: int, user_ids: Sequence[int]) -> None:
    if set(user_ids) - await participants.list_with_access(connection, tenant_id, inbox_id, user_ids):
        raise InvalidValue("user", "User must have inbox access")
