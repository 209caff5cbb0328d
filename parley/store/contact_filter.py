"""Contacts by conditions: how many there are, and a numbered page of them in a sort order."""

from __future__ import annotations

from ..domain.conditions import Conditions
from .conditions import on_contacts
from .database import Connection
from .sql import Sql

# The sort keys; a contact without a value stands last in either direction, the id breaks ties.
CONTACT_SORTS = {
    "name": "lower(c.name)",
    "email": "c.email",
    "phone_number": "c.phone_number",
    "last_activity_at": "c.last_activity_at",
    "created_at": "c.created_at",
    "company_name": "c.additional_attributes ->> 'company_name'",
    "city": "c.additional_attributes ->> 'city'",
    "country": "c.additional_attributes ->> 'country'",
}


async def find_contacts(
    connection: Connection, tenant_id: int, asked: Conditions, *, sort: str | None, limit: int, offset: int
) -> tuple[int, list[int]]:
    """How many contacts match, and the ids of a page. ``sort`` is one of CONTACT_SORTS, with a minus for descending."""
    sql = Sql(tenant_id)
    selected = _selected(sql, asked)
    count = int(await connection.fetchval(f"SELECT count(*) {selected}", *sql.parameters))
    order = "c.id"
    if sort:
        direction = "DESC" if sort.startswith("-") else "ASC"
        order = f"{CONTACT_SORTS[sort.removeprefix('-')]} {direction} NULLS LAST, c.id {direction}"
    text = f"SELECT c.id {selected} ORDER BY {order} LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
    return count, [record[0] for record in await connection.fetch(text, *sql.parameters)]


async def list_contact_ids(connection: Connection, tenant_id: int, asked: Conditions) -> list[int]:
    """All that match, by id."""
    sql = Sql(tenant_id)
    return [record[0] for record in await connection.fetch(f"SELECT c.id {_selected(sql, asked)} ORDER BY c.id", *sql.parameters)]


def _selected(sql: Sql, asked: Conditions) -> str:
    return f"FROM contacts c WHERE c.tenant_id = $1 AND c.state <> 'deleted' AND {on_contacts(sql, asked)}"
