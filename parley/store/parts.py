"""Parts of the product: products, their capabilities and features, enhancements, and the code behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun
from .works import CUSTOM_FIELDS

_SQL = queries.load("parts")


class PartRow(NamedTuple):
    """A part with its stamps; tag lists run in parallel."""

    id: int
    kind: str
    name: str
    description: str | None
    parent_id: int | None
    owner_ids: list[int]
    subtype: str | None
    custom_fields: str
    target_start_at: datetime | None
    target_close_at: datetime | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    tag_ids: list[int]
    tag_values: list[str | None]


class LockedPart(NamedTuple):
    kind: str
    subtype: str | None
    custom_fields: str


def _tags(column: str) -> str:
    return f"ARRAY(SELECT b.{column} FROM part_tags b WHERE b.tenant_id = $1 AND b.part_id = n.id ORDER BY b.position)"


# The value is how many levels down, and then the parts to begin below.
_BELOW = """n.id IN (
  WITH RECURSIVE below AS (
    SELECT c.id, 1 AS depth FROM parts c WHERE c.tenant_id = $1 AND c.parent_id = ANY (({0}::bigint[])[2:])
    UNION ALL
    SELECT c.id, u.depth + 1 FROM below u JOIN parts c ON c.tenant_id = $1 AND c.parent_id = u.id WHERE u.depth < ({0}::bigint[])[1]
  ) SELECT below.id FROM below)"""
_RANGES = {"created": "created_at", "modified": "updated_at", "target_start": "target_start_at", "target_close": "target_close_at"}

PARTS = Noun(
    table="parts",
    kind="part",
    row=PartRow,
    columns=", ".join(f"n.{name}" for name in PartRow._fields[:-2])
    + f", {_tags('tag_id')} AS tag_ids, {_tags('value')} AS tag_values",
    writable=frozenset(
        {
            "kind", "name", "description", "parent_id", "owner_ids", "subtype", "custom_fields", "target_start_at", "target_close_at",
            "code_repo_url", "code_repo_paths", "code_inferred_surface_area", "release_notes",
        }
    ),
    json=frozenset({"custom_fields"}),
    filters={
        "kinds": "n.kind = ANY ({}::text[])",
        "names": "n.name = ANY ({}::text[])",
        "owners": "n.owner_ids && {}::bigint[]",
        "created_by": "n.created_by = ANY ({}::text[])",
        "modified_by": "n.modified_by = ANY ({}::text[])",
        "subtypes": "n.subtype = ANY ({}::text[])",
        "tags": "EXISTS (SELECT FROM part_tags b WHERE b.tenant_id = $1 AND b.part_id = n.id AND b.tag_id = ANY ({}::bigint[]))",
        "below": _BELOW,
        "custom_fields": CUSTOM_FIELDS,
        **{f"{name}_after": f"n.{column} >= {{}}::timestamptz" for name, column in _RANGES.items()},
        **{f"{name}_before": f"n.{column} <= {{}}::timestamptz" for name, column in _RANGES.items()},
    },
)  # fmt: skip


async def lock_part(connection: Connection, tenant_id: int, part_id: int) -> LockedPart | None:
    record = await connection.fetchrow(_SQL.lock_part, tenant_id, part_id)
    return LockedPart(*record) if record else None


async def set_tags(connection: Connection, tenant_id: int, part_id: int, tags: Mapping[int, str | None]) -> None:
    await connection.execute(_SQL.delete_tags, tenant_id, part_id)
    await connection.execute(_SQL.insert_tags, tenant_id, part_id, list(tags), list(tags.values()))
