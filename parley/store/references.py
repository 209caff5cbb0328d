"""What names an object from outside its own family: tickets, links, owners, selectors. A merge moves it to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection, affected

_SQL = queries.load("references")


class IdleLink(NamedTuple):
    """A link that a merge leaves without use; its ends stand as ``noun:number``."""

    id: int
    source: str
    target: str


async def list_works(connection: Connection, tenant_id: int, person: Ref, after: int, at_most: int | None) -> list[int]:
    """Ids, beyond one and ascending, of what somebody owns or reported."""
    return [record[0] for record in await connection.fetch(_SQL.list_works, tenant_id, str(person), after, at_most)]


async def move_works(
    connection: Connection, tenant_id: int, secondary: Ref, primary: Ref, ids: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """What one person owns or reported of these is another's; how many it were."""
    return affected(await connection.execute(_SQL.move_works, tenant_id, str(secondary), str(primary), by.kind, by.id, at, ids))


async def list_company_works(connection: Connection, tenant_id: int, company_id: int, after: int, at_most: int | None) -> list[int]:
    """Ids of a company's works beyond one, ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_company_works, tenant_id, company_id, after, at_most)]


async def move_company_works(
    connection: Connection, tenant_id: int, secondary: int, primary: int, ids: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """These works of one company become another's; how many were."""
    return affected(await connection.execute(_SQL.move_company_works, tenant_id, secondary, primary, by.kind, by.id, at, ids))


async def list_workspace_works(
    connection: Connection, tenant_id: int, workspace_id: int, company_id: int, after: int, at_most: int | None
) -> list[int]:
    """Ids, beyond one and ascending, of a workspace's works that are not a company's."""
    records = await connection.fetch(_SQL.list_workspace_works, tenant_id, workspace_id, company_id, after, at_most)
    return [record[0] for record in records]


async def move_workspace_works(
    connection: Connection, tenant_id: int, workspace_id: int, company_id: int, ids: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """These works of a workspace follow it to another company; how many do."""
    return affected(await connection.execute(_SQL.move_workspace_works, tenant_id, workspace_id, company_id, by.kind, by.id, at, ids))


async def list_idle_links(connection: Connection, tenant_id: int, secondary: str, primary: str) -> list[IdleLink]:
    """The links of one object that another has already or that join the two; both as ``noun:number``."""
    return [IdleLink(*record) for record in await connection.fetch(_SQL.list_idle_links, tenant_id, secondary, primary)]


async def move_links(connection: Connection, tenant_id: int, secondary: str, primary: str, *, by: Ref, at: datetime) -> None:
    """After the idle ones are gone. Both objects as ``noun:number``."""
    await connection.execute(_SQL.move_links, tenant_id, secondary, primary, by.kind, by.id, at)


async def move_company_owners(connection: Connection, tenant_id: int, secondary: Ref, primary: Ref) -> None:
    await connection.execute(_SQL.move_company_owners, tenant_id, str(secondary), str(primary))


async def move_selected(connection: Connection, tenant_id: int, secondary: Ref, primary: Ref) -> None:
    """The selectors of SLAs name the other person."""
    await connection.execute(_SQL.move_selected, tenant_id, str(secondary), str(primary))


async def copy_memberships(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """A contact joins the groups of another, whose own memberships go with it."""
    await connection.execute(_SQL.copy_memberships, tenant_id, secondary, primary)


async def has_works(connection: Connection, tenant_id: int, person: Ref) -> bool:
    return bool(await connection.fetchval(_SQL.has_works, tenant_id, str(person)))
