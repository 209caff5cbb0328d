"""Stage diagrams: which stages a leaf type has, and where each may go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("stage_diagrams")


class DiagramRow(NamedTuple):
    """A diagram with its stamps."""

    id: int
    leaf_type: str
    name: str
    is_default: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class Node(NamedTuple):
    """A stage of a diagram; ``targets`` are stages of the same diagram."""

    diagram_id: int
    stage_id: int
    name: str
    is_start: bool
    is_deprecated: bool
    targets: list[int]


class NewNode(NamedTuple):
    """A stage to put into a diagram."""

    stage_id: int
    is_start: bool
    is_deprecated: bool
    targets: tuple[int, ...]


DIAGRAMS = Noun(
    table="stage_diagrams",
    kind="stage_diagram",
    row=DiagramRow,
    columns="n.id, n.leaf_type, n.name, n.is_default, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"leaf_type", "name", "is_default"}),
    filters={
        "leaf_types": "n.leaf_type = ANY ({}::text[])",
        "names": "n.name = ANY ({}::text[])",
        "is_default": "n.is_default = {}::boolean",
    },
)


async def list_nodes(connection: Connection, tenant_id: int, diagram_ids: Sequence[int]) -> list[Node]:
    return [Node(*record) for record in await connection.fetch(_SQL.list_nodes, tenant_id, list(diagram_ids))]


async def replace_nodes(connection: Connection, tenant_id: int, diagram_id: int, nodes: Sequence[NewNode]) -> None:
    """Raises asyncpg's ForeignKeyViolationError for a stage that does not exist."""
    await connection.execute(_SQL.delete_nodes, tenant_id, diagram_id)
    rows = [(tenant_id, diagram_id, place, *node[:3], list(node.targets)) for place, node in enumerate(nodes)]
    await connection.executemany(_SQL.insert_node, rows)


async def clear_default(connection: Connection, tenant_id: int, leaf_type: str) -> None:
    await connection.execute(_SQL.clear_default, tenant_id, leaf_type)


async def find_diagram(connection: Connection, tenant_id: int, leaf_type: str, subtype: str | None) -> int | None:
    """The diagram that an object's stage changes are held against; None where every change is free."""
    found: int | None = await connection.fetchval(_SQL.find_diagram, tenant_id, leaf_type, subtype)
    return found
