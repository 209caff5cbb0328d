"""Teams: making and changing them, and who belongs to them. An administrator's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, InvalidId, InvalidValue, NotFound
from ..store import people, teams
from ..store.database import Connection
from ..store.teams import TEAMS
from ..store.tenants import allocate_ids
from .ahead import Touched, do_rest, go_ahead
from .checks import check_people
from .context import Context
from .nouns import change, changing, create, record, remove

_HOLDS = {"dev_user": "user", "rev_user": "contact"}


async def create_team(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new team's id. Raises Conflict when the name is taken, InvalidId for an unknown owner."""
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal.tenant.id, values, 0)
        return await create(connection, context, principal, TEAMS, values)


async def change_team(context: Context, principal: Principal, team_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and as ``create_team``."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal.tenant.id, team_id, None)
        await _check(connection, principal.tenant.id, values, team_id)
        await change(connection, context, principal, TEAMS, team_id, values)


async def delete_team(context: Context, principal: Principal, team_id: int) -> None:
    """Its conversations and works are nobody's. Raises NotFound, and Conflict while a service level names it."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        await _check_deletion(connection, tenant_id, team_id)
    touched = _held(tenant_id, team_id)
    for one in touched:
        await go_ahead(context, principal, one, lambda connection: _check_deletion(connection, tenant_id, team_id))
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, tenant_id, team_id, None)
        for one in touched:
            await do_rest(connection, tenant_id, one)
        await remove(connection, context, principal, TEAMS, team_id)


def _held(tenant_id: int, team_id: int) -> tuple[Touched, Touched]:
    """What a team has, which it leaves."""
    return (
        Touched(
            lambda connection, after, at_most: teams.list_conversations(connection, tenant_id, team_id, after, at_most),
            lambda connection, numbers: teams.leave_conversations(connection, tenant_id, team_id, numbers),
        ),
        Touched(
            lambda connection, after, at_most: teams.list_works(connection, tenant_id, team_id, after, at_most),
            lambda connection, ids: teams.leave_works(connection, tenant_id, team_id, ids),
            "works",
        ),
    )


async def _check_deletion(connection: Connection, tenant_id: int, team_id: int) -> None:
    await _lock(connection, tenant_id, team_id, None)
    if await teams.is_selected(connection, tenant_id, team_id):
        raise Conflict("something else still refers to this")


async def add_member(context: Context, principal: Principal, team_id: int, person: Ref, workspace_id: int | None) -> None:
    """Who is a member stays one. Raises InvalidId for an unknown group or person, InvalidValue for one whom the group does not hold."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id = principal.tenant.id
        await _lock(connection, tenant_id, team_id, person)
        await check_people(connection, tenant_id, "member", [person])
        if workspace_id is None and person.kind == "contact":
            workspace_id = (await people.get_contacts(connection, tenant_id, [person.id]))[person.id].workspace_id
        elif workspace_id is not None:
            await _check_workspace(connection, tenant_id, person, workspace_id)
        if await teams.insert_person(connection, tenant_id, team_id, person, workspace_id):
            await record(connection, context, principal, "team.member_added", {"id": team_id, "member": str(person)})


async def remove_member(context: Context, principal: Principal, team_id: int, person: Ref, workspace_id: int | None) -> None:
    """Raises NotFound when there is no such group or the person is no member of it."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal.tenant.id, team_id, None)
        if not await teams.delete_person(connection, principal.tenant.id, team_id, person, workspace_id):
            raise NotFound("no such member of this group")
        await record(connection, context, principal, "team.member_removed", {"id": team_id, "member": str(person)})


async def _lock(connection: Connection, tenant_id: int, team_id: int, person: Ref | None) -> None:
    holds = await teams.lock_team(connection, tenant_id, team_id)
    if holds is None:
        raise NotFound("no such group")
    if person is not None and _HOLDS[holds] != person.kind:
        raise InvalidValue("member", f"this group holds a {holds} as member")


async def _check_workspace(connection: Connection, tenant_id: int, person: Ref, workspace_id: int) -> None:
    if person.kind != "contact":
        raise InvalidValue("member_rev_org", "only a rev user has a rev org")
    contact = (await people.get_contacts(connection, tenant_id, [person.id]))[person.id]
    if contact.workspace_id != workspace_id:
        raise InvalidId("member_rev_org", "the rev user does not belong to this rev org")


async def _check(connection: Connection, tenant_id: int, values: Mapping[str, Any], team_id: int) -> None:
    """Taking no ids holds the allocator's row, so that two of one name wait for each other."""
    if values.get("owner"):
        await check_people(connection, tenant_id, "owner", [Ref.parse(values["owner"])])
    if "name" in values:
        await allocate_ids(connection, tenant_id, "team", 0)
        if await teams.has_other_named(connection, tenant_id, values["name"], team_id):
            raise Conflict("name is taken", field="name")
