"""Teams (DevRev: groups) of users or of contacts, and their members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import PersonKind, Ref
from . import queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("teams")


class TeamRow(NamedTuple):
    """A team with its stamps. ``owner`` is ``kind:id``; ``member_type`` dev_user or rev_user."""

    id: int
    name: str
    description: str | None
    member_type: str
    owner: str | None
    allow_auto_assign: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class TeamPerson(NamedTuple):
    """A member of a team. ``workspace_id``: for which of a contact's workspaces."""

    kind: PersonKind
    id: int
    workspace_id: int | None


def _came(condition: str) -> str:
    """A filter on where a team came from."""
    return f"EXISTS (SELECT FROM origins o WHERE o.tenant_id = $1 AND o.noun = 'team' AND o.local_id = n.id AND {condition})"


TEAMS = Noun(
    table="teams",
    kind="team",
    row=TeamRow,
    columns=(
        "n.id, n.name, n.description, n.member_type, n.owner, n.allow_auto_assign, n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    writable=frozenset({"name", "description", "member_type", "owner", "allow_auto_assign"}),
    filters={
        "created_by": "n.created_by = ANY ({}::text[])",
        # Every team is static, none is a default one, and an import is the only other source there is.
        "group_types": "'static' = ANY ({}::text[])",
        "is_default": "{}::boolean IS FALSE",
        "sources": _came("'airdrop' = ANY ({}::text[])"),
        "member_types": "n.member_type = ANY ({}::text[])",
        "names": "n.name = ANY ({}::text[])",
        "external_references": _came("o.external_id = ANY ({}::text[])"),
        "origin_systems": _came("o.system = ANY ({}::text[])"),
        "in_statuses": _came("o.in_status = ANY ({}::text[])"),
        "in_units": _came("o.in_at IS NOT NULL AND o.sync_unit_id = ANY ({}::bigint[])"),
        "in_after": _came("o.in_at >= {}::timestamptz"),
        "in_before": _came("o.in_at <= {}::timestamptz"),
        "out_statuses": _came("o.out_status = ANY ({}::text[])"),
        "out_units": _came("o.out_at IS NOT NULL AND o.sync_unit_id = ANY ({}::bigint[])"),
        "out_after": _came("o.out_at >= {}::timestamptz"),
        "out_before": _came("o.out_at <= {}::timestamptz"),
    },
)
TEAM_PEOPLE = Noun(
    table="team_people",
    kind="team",
    row=TeamPerson,
    columns="n.kind, n.id, n.workspace_id",
    writable=frozenset(),
    filters={"team_id": "n.team_id = {}::bigint"},
    orders=frozenset({"created_at"}),
)


async def lock_team(connection: Connection, tenant_id: int, team_id: int) -> str | None:
    """Whom the team holds, dev_user or rev_user; None when there is no such team."""
    found: str | None = await connection.fetchval(_SQL.lock_team, tenant_id, team_id)
    return found


async def has_other_named(connection: Connection, tenant_id: int, name: str, team_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.has_other_named, tenant_id, name, team_id))


async def insert_person(connection: Connection, tenant_id: int, team_id: int, person: Ref, workspace_id: int | None) -> bool:
    """False for somebody who already is a member."""
    if person.kind == "user":
        done = await connection.execute(_SQL.insert_user, tenant_id, team_id, person.id)
    else:
        done = await connection.execute(_SQL.insert_contact, tenant_id, team_id, person.id, workspace_id)
    return affected(done) > 0


async def delete_person(connection: Connection, tenant_id: int, team_id: int, person: Ref, workspace_id: int | None) -> bool:
    """False for somebody who is no member (for this workspace, where one is given)."""
    if person.kind == "user":
        done = await connection.execute(_SQL.delete_user, tenant_id, team_id, person.id)
    else:
        done = await connection.execute(_SQL.delete_contact, tenant_id, team_id, person.id, workspace_id)
    return affected(done) > 0


async def count_people(connection: Connection, tenant_id: int, team_id: int, at_most: int) -> int:
    return int(await connection.fetchval(_SQL.count_people, tenant_id, team_id, at_most))


async def list_users(connection: Connection, tenant_id: int, team_id: int) -> list[int]:
    """Ids by name, without those who left the tenant."""
    return [record[0] for record in await connection.fetch(_SQL.list_users, tenant_id, team_id)]


async def insert_users(connection: Connection, tenant_id: int, team_id: int, user_ids: Sequence[int]) -> list[int]:
    """The ids of those who were not in the team."""
    return [record[0] for record in await connection.fetch(_SQL.insert_users, tenant_id, team_id, user_ids)]


async def delete_users(connection: Connection, tenant_id: int, team_id: int, user_ids: Sequence[int]) -> list[int]:
    """The ids of those who were in the team."""
    return [record[0] for record in await connection.fetch(_SQL.delete_users, tenant_id, team_id, user_ids)]


async def is_selected(connection: Connection, tenant_id: int, team_id: int) -> bool:
    """Whether a service level names the team, which then stays."""
    return bool(await connection.fetchval(_SQL.is_selected, tenant_id, team_id))


async def list_conversations(connection: Connection, tenant_id: int, team_id: int, after: int, at_most: int | None) -> list[int]:
    """Numbers of the team's conversations beyond one, ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, team_id, after, at_most)]


async def leave_conversations(connection: Connection, tenant_id: int, team_id: int, numbers: Sequence[int]) -> int:
    """These conversations are no longer the team's; how many were."""
    return affected(await connection.execute(_SQL.leave_conversations, tenant_id, team_id, numbers))


async def list_works(connection: Connection, tenant_id: int, team_id: int, after: int, at_most: int | None) -> list[int]:
    """Ids of the team's works beyond one, ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_works, tenant_id, team_id, after, at_most)]


async def leave_works(connection: Connection, tenant_id: int, team_id: int, ids: Sequence[int]) -> int:
    """These works are no longer the team's; how many were."""
    return affected(await connection.execute(_SQL.leave_works, tenant_id, team_id, ids))
