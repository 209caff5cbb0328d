"""Who belongs to a team of users, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Principal, Ref
from ..domain.problems import NotFound
from ..store import teams
from ..store.database import Connection
from .checks import check_people
from .context import Context
from .nouns import changing, record


async def add_members(context: Context, principal: Principal, team_id: int, user_ids: Sequence[int]) -> list[int]:
    """Who is a member stays one. The ids of the new ones. Raises NotFound, InvalidId for somebody who is not of the tenant."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, team_id, user_ids)
        return await _add(connection, context, principal, team_id, user_ids)


async def set_members(context: Context, principal: Principal, team_id: int, user_ids: Sequence[int]) -> None:
    """These and nobody else. Raises as ``add_members``."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, team_id, user_ids)
        now = await teams.list_users(connection, principal.tenant.id, team_id)
        await _remove(connection, context, principal, team_id, sorted(set(now) - set(user_ids)))
        await _add(connection, context, principal, team_id, user_ids)


async def remove_members(context: Context, principal: Principal, team_id: int, user_ids: Sequence[int]) -> None:
    """Who is no member stays none. Raises as ``add_members``."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, team_id, user_ids)
        await _remove(connection, context, principal, team_id, user_ids)


async def _check(connection: Connection, principal: Principal, team_id: int, user_ids: Sequence[int]) -> None:
    if await teams.lock_team(connection, principal.tenant.id, team_id) != "dev_user":
        raise NotFound("no such team of users")
    await check_people(connection, principal.tenant.id, "user_ids", [Ref("user", user_id) for user_id in user_ids])


async def _add(connection: Connection, context: Context, principal: Principal, team_id: int, user_ids: Sequence[int]) -> list[int]:
    added = await teams.insert_users(connection, principal.tenant.id, team_id, user_ids)
    for user_id in added:
        await record(connection, context, principal, "team.member_added", {"id": team_id, "member": f"user:{user_id}"})
    return added


async def _remove(connection: Connection, context: Context, principal: Principal, team_id: int, user_ids: Sequence[int]) -> None:
    for user_id in await teams.delete_users(connection, principal.tenant.id, team_id, user_ids):
        await record(connection, context, principal, "team.member_removed", {"id": team_id, "member": f"user:{user_id}"})
