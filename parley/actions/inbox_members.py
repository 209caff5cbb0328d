"""Who works in an inbox."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, NotFound
from ..store import inboxes, people
from ..store.database import Connection
from .context import Context
from .nouns import changing, record


async def add_members(context: Context, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    """Who is a member stays one. Raises NotFound, InvalidId for somebody who is not of the tenant."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, inbox_id, user_ids)
        await _add(connection, context, principal, inbox_id, user_ids)


async def set_members(context: Context, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    """These and nobody else. Raises as ``add_members``."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, inbox_id, user_ids)
        now = await inboxes.list_members(connection, principal.tenant.id, inbox_id)
        await _remove(connection, context, principal, inbox_id, sorted(set(now) - set(user_ids)))
        await _add(connection, context, principal, inbox_id, user_ids)


async def remove_members(context: Context, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    """Who is no member stays none. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, inbox_id, [])
        await _remove(connection, context, principal, inbox_id, user_ids)


async def _check(connection: Connection, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    if await inboxes.lock_inbox(connection, principal.tenant.id, inbox_id) is None:
        raise NotFound("no such inbox")
    wanted = {Ref("user", user_id) for user_id in user_ids}
    if wanted - await people.list_existing(connection, principal.tenant.id, wanted):
        raise InvalidId("user_ids", "User must exist")


async def _add(connection: Connection, context: Context, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    for user_id in await inboxes.insert_members(connection, principal.tenant.id, inbox_id, user_ids):
        await record(connection, context, principal, "inbox.member_added", {"id": inbox_id, "member": f"user:{user_id}"})


async def _remove(connection: Connection, context: Context, principal: Principal, inbox_id: int, user_ids: Sequence[int]) -> None:
    for user_id in await inboxes.delete_members(connection, principal.tenant.id, inbox_id, user_ids):
        await record(connection, context, principal, "inbox.member_removed", {"id": inbox_id, "member": f"user:{user_id}"})
