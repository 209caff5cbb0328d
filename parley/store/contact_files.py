"""What jobs read and write of contacts: rows for an export, rows that an import refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import queries
from .contact_lists import KNOWN
from .database import Connection
from .filter import Sql

_SQL = queries.load("contact_files")


class ContactRecord(NamedTuple):
    """A contact as an export has it; the JSON columns are text, ``custom_attributes`` the tenant's own fields."""

    id: int
    name: str
    email: str | None
    phone_number: str | None
    created_at: datetime
    updated_at: datetime
    additional_attributes: str
    identifier: str | None
    custom_attributes: str
    last_activity_at: datetime | None
    contact_type: str
    middle_name: str | None
    last_name: str | None
    location: str | None
    country_code: str | None
    blocked: bool
    company_id: int | None


class Refused(NamedTuple):
    """A row of an import, as it came, and why it was not taken."""

    row_number: int
    cells: list[str]
    reason: str


async def list_after(
    connection: Connection, tenant_id: int, after: int, *, labels: Sequence[str] | None, ids: Sequence[int] | None = None, limit: int
) -> list[ContactRecord]:
    """Contacts with an address, a number or an identifier, by id; with ``labels`` those that have any, with ``ids`` some of these."""
    sql = Sql(tenant_id)
    for value in (after, None if labels is None else list(labels), limit, None if ids is None else list(ids)):
        sql.bind(value)
    text = _SQL.list_after.replace("TRUE /* known */", KNOWN)
    return [ContactRecord(*record) for record in await connection.fetch(text, *sql.parameters)]


async def list_matches(
    connection: Connection, tenant_id: int, of: int | None, *, identifier: str | None, email: str | None, phone_number: str | None
) -> dict[str, int]:
    """Whose these already are, ``of`` apart: by column, the contact with the lowest id."""
    found = await connection.fetch(_SQL.list_matches, tenant_id, of, identifier, email, phone_number)
    return {record[0]: record[1] for record in found}


async def insert_refused(connection: Connection, tenant_id: int, job_id: int, rows: Sequence[Refused]) -> None:
    await connection.executemany(_SQL.insert_refused, [(tenant_id, job_id, *row) for row in rows])


async def list_refused(connection: Connection, tenant_id: int, job_id: int, after: int) -> list[Refused]:
    """A thousand at a time, by row number."""
    return [Refused(*record) for record in await connection.fetch(_SQL.list_refused, tenant_id, job_id, after)]


async def delete_refused(connection: Connection, tenant_id: int, job_id: int) -> None:
    await connection.execute(_SQL.delete_refused, tenant_id, job_id)
