"""Org schedule fragments: some days with their holidays and named periods, for schedules to be put together from."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("org_schedule_fragments")


class FragmentRow(NamedTuple):
    """A fragment with its stamps; ``periods`` is JSON text, ``ends_on`` the first day behind it."""

    id: int
    name: str
    status: str
    starts_on: date
    ends_on: date
    periods: str
    region_codes: list[str]
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


FRAGMENTS = Noun(
    table="org_schedule_fragments",
    kind="org_schedule_fragment",
    row=FragmentRow,
    columns="n.id, n.name, n.status, n.starts_on, n.ends_on, n.periods, n.region_codes,"
    " n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "status", "starts_on", "ends_on", "periods", "region_codes"}),
    json=frozenset({"periods"}),
)


async def lock_fragment(connection: Connection, tenant_id: int, fragment_id: int) -> str | None:
    """The fragment's status, which stays until commit; None when there is no such fragment."""
    found: str | None = await connection.fetchval(_SQL.lock_fragment, tenant_id, fragment_id)
    return found
