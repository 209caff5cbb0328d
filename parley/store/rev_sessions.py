"""Contacts, companies and workspaces as a session for a contact finds and makes them: by their references elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("rev_sessions")


class Known(NamedTuple):
    """A row with its stamps; a session needs no more of it."""

    id: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class Place(NamedTuple):
    """A workspace and its company."""

    id: int
    company_id: int


_COLUMNS = "n.id, n.created_at, n.updated_at, n.created_by, n.modified_by"
_JSON = frozenset({"custom_fields"})
CONTACT = Noun(
    table="contacts",
    kind="contact",
    row=Known,
    columns=_COLUMNS,
    writable=_JSON | {"name", "display_name", "email", "phone_number", "identifier", "workspace_id", "company_id"},
    json=_JSON,
)
COMPANY = Noun(
    table="companies", kind="company", row=Known, columns=_COLUMNS, writable=_JSON | {"name", "domains", "external_refs"}, json=_JSON
)
WORKSPACE = Noun(
    table="workspaces",
    kind="workspace",
    row=Known,
    columns=_COLUMNS,
    writable=_JSON | {"name", "company_id", "description", "external_ref", "is_default"},
    json=_JSON,
)


async def lock_provisioning(connection: Connection, tenant_id: int) -> None:
    await connection.execute(_SQL.lock_provisioning, tenant_id)


async def find_contact(connection: Connection, tenant_id: int, reference: str) -> int | None:
    found: int | None = await connection.fetchval(_SQL.find_contact, tenant_id, reference)
    return found


async def find_company(connection: Connection, tenant_id: int, reference: str) -> int | None:
    found: int | None = await connection.fetchval(_SQL.find_company, tenant_id, reference)
    return found


async def find_workspace(connection: Connection, tenant_id: int, reference: str) -> Place | None:
    record = await connection.fetchrow(_SQL.find_workspace, tenant_id, reference)
    return Place(*record) if record else None


async def find_default_workspace(connection: Connection, tenant_id: int, company_id: int) -> Place | None:
    record = await connection.fetchrow(_SQL.find_default_workspace, tenant_id, company_id)
    return Place(*record) if record else None


async def get_fields(connection: Connection, tenant_id: int, noun: str, number: int) -> str:
    """The custom fields of a contact, company or workspace, as JSON text."""
    return str(await connection.fetchval(_SQL.get_fields, tenant_id, noun, number))
