"""Labels as a conversation carries them: tags found by name, or made because they are needed."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Ref
from . import queries
from .database import Connection

_SQL = queries.load("conversation_labels")


async def find_labels(connection: Connection, tenant_id: int, names: Sequence[str]) -> list[tuple[int, str]]:
    """Ids and names of the tags that are called so in any case, by id."""
    return [(record[0], record[1]) for record in await connection.fetch(_SQL.find_labels, tenant_id, list(names))]


async def insert_label(connection: Connection, tenant_id: int, number: int, name: str, by: Ref) -> None:
    await connection.execute(_SQL.insert_label, tenant_id, number, name, str(by))
