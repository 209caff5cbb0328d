"""People and organisations by id. Each function takes the tenant first and returns a dict by id; absent ids are absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from ..domain.people import Bot, Company, Contact, ContactPoint, Inbox, Member, Team, Workspace
from ..domain.principals import Ref
from . import queries
from .database import Connection

_SQL = queries.load("people")


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


_T = TypeVar("_T", bound=_HasId)


async def get_by_ids(connection: Connection, query: str, row_type: type[_T], tenant_id: int, ids: Iterable[int]) -> dict[int, _T]:
    """Runs a query that takes (tenant, ids); asks nothing when there are no ids."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in [row_type(*record) for record in await connection.fetch(query, tenant_id, wanted)]}


async def get_members(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Member]:
    return await get_by_ids(connection, _SQL.get_members, Member, tenant_id, ids)


async def get_contacts(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Contact]:
    return await get_by_ids(connection, _SQL.get_contacts, Contact, tenant_id, ids)


async def get_bots(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Bot]:
    return await get_by_ids(connection, _SQL.get_bots, Bot, tenant_id, ids)


async def get_companies(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Company]:
    return await get_by_ids(connection, _SQL.get_companies, Company, tenant_id, ids)


async def get_workspaces(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Workspace]:
    return await get_by_ids(connection, _SQL.get_workspaces, Workspace, tenant_id, ids)


async def get_contact_points(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, ContactPoint]:
    return await get_by_ids(connection, _SQL.get_contact_points, ContactPoint, tenant_id, ids)


async def get_inboxes(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Inbox]:
    """What conversations show of them: those that are being deleted, too (``inboxes.get_existing`` leaves them out)."""
    return await get_by_ids(connection, _SQL.get_inboxes, Inbox, tenant_id, ids)


async def get_teams(connection: Connection, tenant_id: int, ids: Iterable[int], user_id: int | None) -> dict[int, Team]:
    """``user_id`` is the asking user, for ``is_member``."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {record["id"]: Team(*record) for record in await connection.fetch(_SQL.get_teams, tenant_id, wanted, user_id)}


async def get_person_name(connection: Connection, tenant_id: int, person: Ref) -> str:
    """What to call a person in a sentence."""
    found = await connection.fetchval(_SQL.get_person_name, tenant_id, person.kind, person.id)
    return found or {"system": "Parley", "contact": "The customer"}.get(person.kind, "Somebody")


async def list_existing(connection: Connection, tenant_id: int, people: Iterable[Ref]) -> set[Ref]:
    """Those of the people that the tenant has; somebody who left or was deleted is not among them."""
    wanted = list(people)
    ids = ([ref.id for ref in wanted if ref.kind == kind] for kind in ("user", "contact", "bot"))
    return {Ref.parse(record[0]) for record in await connection.fetch(_SQL.list_existing, tenant_id, *ids)}
