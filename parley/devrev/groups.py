"""groups.*: teams of dev users, or of rev users, and their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import teams as actions
from ..domain.principals import Ref
from ..domain.problems import InvalidValue
from ..reference.notation import shape, table
from ..store import conversations, people, teams
from ..store.teams import TEAM_PEOPLE, TEAMS, TeamPerson, TeamRow
from . import filters
from .dons import Id
from .encode_origins import sync_metadata
from .encode_people import TYPES, without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, numbers, people_of, stamps
from .persons import bounds
from .viewer import Viewer

_KINDS = {wire: kind for kind, wire in TYPES.items()}
COUNT_LIMIT = 100_000
"""How far members are counted; beyond it `has_more`."""


async def create_group(call: Call) -> Json:
    _refuse_dynamic(call.given)
    member_type = {"member_type": call.given["member_type"]} if "member_type" in call.given else {}
    number = await actions.create_team(call.context, call.principal, _values(call.given) | member_type)
    return {"group": await _one(call, number)}


async def get_group(call: Call) -> Json:
    return {"group": await _one(call, call.given["id"].number)}


async def list_groups(call: Call) -> Json:
    rows, cursors = await list_page(call, TEAMS, _asked(call))
    return {"groups": await encode(call, rows), **cursors}


async def update_group(call: Call) -> Json:
    _refuse_dynamic(call.given)
    number = call.given["id"].number
    await actions.change_team(call.context, call.principal, number, _values(call.given))
    return {"group": await _one(call, number)}


async def add_member(call: Call) -> Json:
    await actions.add_member(call.context, call.principal, call.given["group"].number, *_member(call.given))
    return {}


async def remove_member(call: Call) -> Json:
    await actions.remove_member(call.context, call.principal, call.given["group"].number, *_member(call.given))
    return {}


async def list_members(call: Call) -> Json:
    number = call.given["group"].number
    await find_row(call, TEAMS, number, "group")
    rows, cursors = await list_page(call, TEAM_PEOPLE, {"team_id": number})
    return {"members": await _encode_members(call, rows), **cursors}


async def count_members(call: Call) -> Json:
    number = call.given["group"].number
    await find_row(call, TEAMS, number, "group")
    found = await teams.count_people(call.connection, call.tenant_id, number, COUNT_LIMIT + 1)
    return {"count": min(found, COUNT_LIMIT), "has_more": found > COUNT_LIMIT}


def _refuse_dynamic(given: Mapping[str, Any]) -> None:
    if "dynamic_group_info" in given:
        raise InvalidValue("dynamic_group_info", "dynamic_group_info is not supported yet")
    if given.get("type") == "dynamic":
        raise InvalidValue("type", "a dynamic group is not supported yet", allowed=["static"])


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: given[key] for key in ("name", "description") if key in given}
    if "owner" in given:
        values["owner"] = str(_ref(given["owner"])) if given["owner"] else None
    return values


def _member(given: Mapping[str, Any]) -> tuple[Ref, int | None]:
    if given["member"].type == "group":
        raise InvalidValue("member", "a group inside a group is not supported yet")
    return _ref(given["member"]), given["member_rev_org"].number if "member_rev_org" in given else None


def _ref(one: Id) -> Ref:
    """SYSU-0 is the server itself, other system users are bots."""
    kind = "bot" if one.type == "sys_user" and one.number else _KINDS[one.type]
    return Ref(kind, one.number)  # type: ignore[arg-type]


def _asked(call: Call) -> Json:
    given = call.given
    if given.get("space"):
        raise InvalidValue("space", "space is not supported yet")
    asked = {
        "created_by": [str(_ref(one)) for one in given.get("created_by", ())] or None,
        "group_types": list(given.get("group_type", ())) or None,
        "is_default": given.get("is_default"),
        "sources": list(given.get("ingestion_source", ())) or None,
        "member_types": list(given.get("member_type", ())) or None,
        "names": list(given.get("name", ())) or None,
    }
    return asked | _origin(call, given.get("sync_metadata", {}))


def _origin(call: Call, given: Mapping[str, Any]) -> Json:
    """The filters on where a group came from."""
    asked: Json = {
        "external_references": list(given.get("external_reference", ())) or None,
        "origin_systems": list(given.get("origin_system", ())) or None,
    }
    for way in ("in", "out"):
        sync = given.get(f"last_sync_{way}", {})
        if sync.get("sync_history"):
            field = f"sync_metadata.last_sync_{way}.sync_history"
            raise InvalidValue(field, f"{field} is not supported yet")
        asked[f"{way}_statuses"] = list(sync.get("status", ())) or None
        asked[f"{way}_units"] = numbers(sync, "sync_unit")
        asked |= bounds(call, way, sync.get("sync_date"))
    return asked


async def _one(call: Call, number: int) -> Json:
    return (await encode(call, [await find_row(call, TEAMS, number, "group")]))[0]


async def encode(viewer: Viewer, rows: Sequence[TeamRow]) -> list[Json]:
    owners = {row.id: Ref.parse(row.owner) for row in rows if row.owner}
    shown = await people_of(viewer, rows, owners.values())
    origins = await conversations.get_origins(viewer.connection, viewer.tenant_id, "team", [row.id for row in rows])
    return [
        without_none(
            {
                **viewer.names.ids("group", row.id),
                "name": row.name,
                "description": row.description,
                "member_type": row.member_type,
                "is_default": False,
                "owner": shown.person(owners[row.id].kind, owners[row.id].id) if row.id in owners else None,
                "sync_metadata": sync_metadata(viewer.names, origins[row.id]) if row.id in origins else None,
                **stamps(row, shown),
            }
        )
        for row in rows
    ]


async def _encode_members(call: Call, rows: Sequence[TeamPerson]) -> list[Json]:
    shown = await people_of(call, (), [Ref(row.kind, row.id) for row in rows])
    wanted = {row.workspace_id for row in rows if row.workspace_id is not None}
    workspaces = await people.get_workspaces(call.connection, call.tenant_id, wanted)
    members: list[Json] = []
    for row in rows:
        workspace = workspaces.get(row.workspace_id or 0)
        rev_org = (
            {"type": "rev_org", **call.names.ids("rev_org", workspace.id), "display_name": workspace.name}
            if workspace is not None
            else None
        )
        members.append(without_none({"member": shown.person(row.kind, row.id), "member_rev_org": rev_org}))
    return members


_ID = "id*  id:GROUP  The group."
_ANSWER = "group*  group-full  The group."
_GROUP = "group*  id:GROUP  The group."
_MEMBER = """
    member*         id:DEVU/REVU/GROUP  Who; a group inside a group is not supported yet.
    member_rev_org  id:REV              For which workspace, where the member is a rev user.
"""
_NEW = """
    name*               text(1..256)         Its name, unique in the dev org.
    description*        text(..65536)        What it is for.
    member_type         <dev_user rev_user>  Whom it holds; dev users when absent.
    owner               id:DEVU              Who answers for it.
    type                <dynamic static>     How members come in; static is the only way yet.
    dynamic_group_info  object               Not supported yet.
"""
_EDITS = """
    name                text(1..256)   Its new name.
    description         text(..65536)  What it is for.
    owner               id:DEVU?       Who answers for it; null: nobody.
    dynamic_group_info  object         Not supported yet.
"""
_LIST = """
    created_by        [id:person]            Made by any of these.
    group_type        [<dynamic static>]     Of any of these types; every group is static.
    ingestion_source  [<airdrop scim>]       Came from any of these; an import is an airdrop.
    is_default        bool                   Default groups or others; no group is a default one.
    member_type       [<dev_user rev_user>]  Holding any of these.
    name              [text]                 With any of these names.
    space             [text]                 Not supported yet.
    sync_metadata     group-sync-filter      By where it was imported from.
"""
_WRITES: Json = {"is_write": True, "access": "administrators"}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/groups.create",
            create_group,
            "Make a group",
            _NEW,
            _ANSWER,
            example={"name": "Tier 1", "description": "First line"},
            status=201,
            refuses=(409,),
            **_WRITES,
        ),
        Endpoint("/groups.get", get_group, "Get a group", _ID, _ANSWER, example={"id": "GROUP-1"}, refuses=(404,)),
        Endpoint(
            "/groups.list",
            list_groups,
            "List groups",
            table(_LIST, PAGING, SORTING),
            table("groups*  [group-full]  The groups.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/groups.update",
            update_group,
            "Change a group",
            table(_ID, _EDITS),
            _ANSWER,
            example={"id": "GROUP-1", "description": "First line"},
            refuses=(404, 409),
            **_WRITES,
        ),
        Endpoint(
            "/groups.members.add",
            add_member,
            "Add a member to a group",
            table(_GROUP, _MEMBER),
            "",
            example={"group": "GROUP-1", "member": "DEVU-1"},
            refuses=(404,),
            **_WRITES,
        ),
        Endpoint(
            "/groups.members.remove",
            remove_member,
            "Take a member out of a group",
            table(_GROUP, _MEMBER),
            "",
            example={"group": "GROUP-1", "member": "DEVU-1"},
            refuses=(404,),
            **_WRITES,
        ),
        Endpoint(
            "/groups.members.list",
            list_members,
            "List a group's members",
            table(_GROUP, PAGING),
            table("members*  [group-member]  The members, in the order in which they joined.", CURSORS),
            example={"group": "GROUP-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/groups.members.count",
            count_members,
            "Count a group's members",
            _GROUP,
            table("count*  int32  How many, up to 100,000.", "has_more*  bool  Whether there are more."),
            example={"group": "GROUP-1"},
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "group-full",
            "A group of users: a team.",
            """
            id*            don            Its id.
            display_id     text           Its short id.
            name           text           Its name.
            description    text           What it is for.
            member_type    <dev_user rev_user>  Whom it holds.
            is_default*    bool           Whether everybody is in it.
            owner          user           Who answers for it.
            sync_metadata  sync-metadata  Where it was imported from.
            created_by     user           Who made it.
            created_date   time           When.
            modified_by    user           Who changed it last.
            modified_date  time           When.
            """,
        ),
        shape(
            "group-member",
            "A member of a group.",
            """
            member*         user          Who.
            member_rev_org  organization  For which workspace, where it is a rev user.
            """,
        ),
        shape(
            "group-sync-filter",
            "Where something was imported from.",
            """
            external_reference  [text]          With any of these ids there.
            origin_system       [text]          From any of these systems.
            last_sync_in        group-sync-in   By its last import.
            last_sync_out       group-sync-out  By its last export.
            """,
            closed=True,
        ),
        *(
            shape(
                f"group-sync-{way}",
                "A synchronisation.",
                f"""
                status        [<{statuses}>]  Ended in any of these ways.
                sync_date     date-filter     When it was.
                sync_history  [text]          Not supported yet.
                sync_unit     [id:SYNC]       By any of these units.
                """,
                closed=True,
            )
            for way, statuses in (("in", "failed modified staged succeeded"), ("out", "failed modified succeeded"))
        ),
    ),
    own={"date-filter": filters.date_filter},
)
