"""Tags by name, for contacts that are labelled by name."""

from __future__ import annotations

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .tenants import allocate_ids

_SQL = queries.load("contact_labels")


async def find_tag(connection: Connection, tenant_id: int, name: str) -> int | None:
    """A tag of this name, exactly so before in another case."""
    found: int | None = await connection.fetchval(_SQL.find_tag, tenant_id, name)
    return found


async def insert_tag(connection: Connection, tenant_id: int, name: str, by: Ref) -> int:
    """A tag that exists because something carries it, and is no label of the account's list; one made meanwhile is taken."""
    number = await allocate_ids(connection, tenant_id, "tag")
    return int(await connection.fetchval(_SQL.insert_tag, tenant_id, number, name, str(by)))
