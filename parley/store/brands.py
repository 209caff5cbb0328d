"""Brands: the names under which a tenant meets its customers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class BrandRow(NamedTuple):
    """A brand with its stamps."""

    id: int
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


BRANDS = Noun(
    table="brands",
    kind="brand",
    row=BrandRow,
    columns="n.id, n.name, n.description, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "description"}),
)
