"""Teams and their members (contract 3.5, 11.17): bare answers, names in lower case. Groups of contacts are no teams here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ..actions import team_members
from ..actions import teams as actions
from ..domain.problems import InvalidId, MissingField, NotFound
from ..store import people, teams
from ..store.teams import TEAMS
from .agents import shown_agents
from .encode_people import team
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .errors import InvalidUserIds
from .readers import Json

_ALL = f"{ACCOUNT}/teams"
_ONE = f"{_ALL}/{{team_id}}"
_MEMBERS = f"{_ONE}/team_members"
_USERS = "user_ids*  [int64](..1000)  Users of the account; 401 `Invalid User IDs` where one is not."
_HOLDS_USERS = "dev_user"
_MORE = """
description        text(..100000)?  What it does.
allow_auto_assign  bool             Whether conversations may be given to its members by themselves.
"""


async def list_teams(call: Call) -> list[Json]:
    found = await TEAMS.find(call.connection, call.tenant_id, {"member_types": [_HOLDS_USERS]})
    return await _shown(call, [one.id for one in found])


async def show_team(call: Call) -> Json:
    return await _one(call)


async def create_team(call: Call) -> Json:
    number = await actions.create_team(call.context, call.principal, _values(call))
    return (await _shown(call, [number]))[0]


async def update_team(call: Call) -> Json:
    await _one(call)
    await actions.change_team(call.context, call.principal, call.path["team_id"], _values(call))
    return await _one(call)


async def delete_team(call: Call) -> None:
    await _one(call)
    await actions.delete_team(call.context, call.principal, call.path["team_id"])


async def list_team_members(call: Call) -> list[Json]:
    await _one(call)
    return await _members(call)


async def add_team_members(call: Call) -> list[Json]:
    """Only the new ones, as the original answers."""
    async with _known_users():
        added = await team_members.add_members(call.context, call.principal, call.path["team_id"], call.given["user_ids"])
    return await _members(call, added)


async def update_team_members(call: Call) -> list[Json]:
    async with _known_users():
        await team_members.set_members(call.context, call.principal, call.path["team_id"], call.given["user_ids"])
    return await _members(call)


async def remove_team_members(call: Call) -> None:
    async with _known_users():
        await team_members.remove_members(call.context, call.principal, call.path["team_id"], call.given["user_ids"])


@asynccontextmanager
async def _known_users() -> AsyncIterator[None]:
    try:
        yield
    except InvalidId as error:
        raise InvalidUserIds() from error


async def _one(call: Call) -> Json:
    found = await _shown(call, [call.path["team_id"]])
    if not found:
        raise NotFound()
    return found[0]


async def _shown(call: Call, ids: Sequence[int]) -> list[Json]:
    rows = await people.get_teams(call.connection, call.tenant_id, ids, call.principal.user_id)
    return [team(rows[one], call.wire) for one in ids if one in rows and rows[one].member_type == _HOLDS_USERS]


async def _members(call: Call, among: Sequence[int] | None = None) -> list[Json]:
    ids = await teams.list_users(call.connection, call.tenant_id, call.path["team_id"])
    wanted = ids if among is None else [one for one in ids if one in set(among)]
    return await shown_agents(call, wanted)


def _values(call: Call) -> Json:
    if not call.given.get("name", "x").strip():
        raise MissingField("name", "name is required")
    return call.given | ({"name": call.given["name"].lower()} if "name" in call.given else {})


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_teams, "List teams", "[team]"),
        Endpoint("GET", _ONE, show_team, "Show a team", "team"),
        Endpoint(
            "POST",
            _ALL,
            create_team,
            "Make a team",
            "team",
            request=f"name*              text(1..255)     What it is called; put into lower case, unique in the account.{_MORE}",
            example={"name": "returns", "description": "Parcels that come back"},
            access="administrators",
            wrap="team",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_team,
            "Change a team",
            "team",
            request=f"name               text(1..255)     What it is called; put into lower case, unique in the account.{_MORE}",
            example={"description": "Everything that comes back"},
            access="administrators",
            wrap="team",
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_team,
            "Delete a team",
            "",
            text="Its conversations stay, without a team.",
            access="administrators",
        ),
        Endpoint("GET", _MEMBERS, list_team_members, "List the members of a team", "[agent]", text="By name."),
        Endpoint(
            "POST",
            _MEMBERS,
            add_team_members,
            "Add members to a team",
            "[agent]",
            text="Answers with those who were not members before.",
            request=_USERS,
            example={"user_ids": [1]},
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _MEMBERS,
            update_team_members,
            "Set the members of a team",
            "[agent]",
            text="These and nobody else.",
            request=_USERS,
            example={"user_ids": [1]},
            access="administrators",
        ),
        Endpoint(
            "DELETE",
            _MEMBERS,
            remove_team_members,
            "Remove members from a team",
            "",
            request=_USERS,
            example={"user_ids": [1]},
            access="administrators",
        ),
    ),
)
