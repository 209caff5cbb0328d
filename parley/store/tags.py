"""Tags: names to mark conversations with (DevRev: tags; Chatwoot: labels)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class TagRow(NamedTuple):
    """A tag with its stamps."""

    id: int
    name: str
    description: str | None
    color: str
    allowed_values: list[str]
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


TAGS = Noun(
    table="tags",
    kind="tag",
    row=TagRow,
    columns="n.id, n.name, n.description, n.color, n.allowed_values, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "description", "color", "allowed_values"}),
    filters={"names": "n.name = ANY ({}::text[])"},
)
