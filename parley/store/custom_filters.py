"""Custom filters: conditions that a user keeps by a name."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class CustomFilter(NamedTuple):
    """``query`` is JSON text, as the client sent it."""

    id: int
    user_id: int
    name: str
    filter_type: str
    query: str
    created_at: datetime
    updated_at: datetime


CUSTOM_FILTERS = Noun(
    table="custom_filters",
    kind="custom_filter",
    row=CustomFilter,
    columns="n.id, n.user_id, n.name, n.filter_type, n.query, n.created_at, n.updated_at",
    writable=frozenset({"user_id", "name", "filter_type", "query"}),
    filters={"user_id": "n.user_id = {}::bigint", "filter_type": "n.filter_type = {}::text"},
    json=frozenset({"query"}),
)
