"""Tags: names to mark conversations with (DevRev: tags; Chatwoot: labels)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("tags")


class TagRow(NamedTuple):
    """A tag with its stamps. ``is_label``: an administrator defined it for Chatwoot's list of labels."""

    id: int
    name: str
    description: str | None
    color: str
    allowed_values: list[str]
    is_label: bool
    show_on_sidebar: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


TAGS = Noun(
    table="tags",
    kind="tag",
    row=TagRow,
    columns=(
        "n.id, n.name, n.description, n.color, n.allowed_values, n.is_label, n.show_on_sidebar, "
        "n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    writable=frozenset({"name", "description", "color", "allowed_values", "is_label", "show_on_sidebar"}),
    filters={"names": "n.name = ANY ({}::text[])", "is_label": "n.is_label = {}::boolean"},
)


async def find_tag(connection: Connection, tenant_id: int, name: str) -> tuple[int, bool] | None:
    """The tag of exactly this name, locked, and whether it is a label."""
    record = await connection.fetchrow(_SQL.find_tag, tenant_id, name)
    return (record[0], record[1]) if record else None


async def list_named(connection: Connection, tenant_id: int, names: Sequence[str]) -> list[tuple[int, str]]:
    """Ids and names of the tags that are called so in any case, by id."""
    return [(record[0], record[1]) for record in await connection.fetch(_SQL.list_named, tenant_id, list(names))]


async def list_tags_of(connection: Connection, tenant_id: int, conversation_number: int) -> set[int]:
    """The ids of the tags that a conversation carries."""
    return {record[0] for record in await connection.fetch(_SQL.list_tags_of, tenant_id, conversation_number)}


async def insert_carried(connection: Connection, tenant_id: int, number: int, name: str, by: Ref) -> None:
    """A tag that something will carry, and no label."""
    await connection.execute(_SQL.insert_carried, tenant_id, number, name, str(by))


async def lock_label(connection: Connection, tenant_id: int, tag_id: int) -> bool:
    """False when no label has this id; while the transaction lasts nothing can begin to carry it."""
    return await connection.fetchval(_SQL.lock_label, tenant_id, tag_id) is not None


async def is_carried(connection: Connection, tenant_id: int, tag_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.is_carried, tenant_id, tag_id))
