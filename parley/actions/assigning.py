"""Who answers a conversation: a user, a bot or a team, as Chatwoot's clients assign."""

from __future__ import annotations

from functools import partial

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId
from ..store import participants, people
from ..store.database import Connection
from . import change
from .checks import require_agent
from .context import Context
from .edits import UNSET, Change, Edit


async def check_assignment(connection: Connection, tenant_id: int, user_id: int | None, team_id: int | None, inside: str = "") -> None:
    """Raises InvalidId naming ``assignee_id`` or ``team_id``, ``inside`` what holds them, for one that the account does not have."""
    if user_id is not None and not await people.list_existing(connection, tenant_id, [Ref("user", user_id)]):
        raise InvalidId(f"{inside}assignee_id", "Assignee must exist")
    if team_id is not None and not await people.get_teams(connection, tenant_id, [team_id], None):
        raise InvalidId(f"{inside}team_id", "Team must exist")


async def assign_user(context: Context, principal: Principal, number: int, user_id: int | None) -> int | None:
    """The user who answers now; one whom the account does not have means nobody. Raises NotFound, Forbidden, Frozen."""
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        wanted = None if user_id is None else Ref("user", user_id)
        found = wanted if wanted and wanted in await people.list_existing(connection, principal.tenant.id, [wanted]) else None
        await change.edit(context.inside(connection, principal.tenant.id), principal, number, Edit(assignee=found))
        return found.id if found else None


async def assign_bot(context: Context, principal: Principal, number: int, bot_id: int | None) -> int | None:
    """The bot that answers now; one that the account does not have changes nothing. Raises NotFound, Forbidden, Frozen."""
    require_agent(principal)
    async with context.database.write(principal.tenant.id) as connection:
        wanted = None if bot_id is None else Ref("bot", bot_id)
        if wanted is None or not await people.list_existing(connection, principal.tenant.id, [wanted]):
            return None
        await change.edit(context.inside(connection, principal.tenant.id), principal, number, Edit(assignee=wanted))
        return wanted.id


async def assign_team(context: Context, principal: Principal, number: int, team_id: int | None) -> int | None:
    """The team that answers now; one that the account does not have means none.

    A user who answers and is not of the team answers no more. Raises NotFound, Forbidden, Frozen.
    """
    require_agent(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        found = await find_team(connection, tenant_id, team_id)
        await change.edit(context.inside(connection, tenant_id), principal, number, partial(to_team, found))
        return found


async def find_team(connection: Connection, tenant_id: int, team_id: int | None) -> int | None:
    """The team of this id; none where the account does not have it."""
    return team_id if team_id is not None and await people.get_teams(connection, tenant_id, [team_id], None) else None


async def to_team(team_id: int | None, change: Change) -> Edit:
    """What has to change for this team to answer: a user who answers and is not of it answers no more."""
    was = change.was
    if team_id is None or team_id == was.team_id or was.assignee_user_id is None:
        return Edit(team_id=team_id)
    stays = await change.ask(participants.is_in_team, team_id, was.assignee_user_id)
    return Edit(team_id=team_id, assignee=UNSET if stays else None)
