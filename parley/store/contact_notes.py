"""Notes of agents on contacts."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("contact_notes")


class ContactNote(NamedTuple):
    """A note; ``created_by`` is who wrote it, as ``kind:id``."""

    id: int
    contact_id: int
    content: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None


CONTACT_NOTES = Noun(
    table="contact_notes",
    kind="contact_note",
    row=ContactNote,
    columns="n.id, n.contact_id, n.content, n.created_at, n.updated_at, n.created_by",
    writable=frozenset({"contact_id", "content"}),
    filters={"contact": "n.contact_id = {}::bigint"},
)


async def list_notes(connection: Connection, tenant_id: int, contact_id: int) -> list[ContactNote]:
    """Newest first."""
    return [ContactNote(*record) for record in await connection.fetch(_SQL.list_notes, tenant_id, contact_id)]


async def move_notes(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """One contact's notes become another's."""
    await connection.execute(_SQL.move_notes, tenant_id, secondary, primary)
