"""Metric definitions: what the targets of an SLA measure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("metric_definitions")


class MetricRow(NamedTuple):
    """A metric with its stamps; ``status`` says whether new SLAs may use it."""

    id: int
    name: str
    description: str | None
    applies_to: list[str]
    metric_type: str
    status: str
    is_custom: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


METRICS = Noun(
    table="metric_definitions",
    kind="metric_definition",
    row=MetricRow,
    columns="n.id, n.name, n.description, n.applies_to, n.metric_type, n.status, n.is_custom,"
    " n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "description", "applies_to", "status", "is_custom"}),
    filters={
        "name": "n.name = {}::text",
        "types": "n.metric_type = ANY ({}::text[])",
        "applies_to": "n.applies_to && {}::text[]",
        "statuses": "n.status = ANY ({}::text[])",
        "is_custom": "n.is_custom = {}::boolean",
    },
)


async def lock_metric(connection: Connection, tenant_id: int, metric_id: int) -> bool | None:
    """Whether the metric is a custom one; None when there is no such metric. Nothing may newly use it until commit."""
    found: bool | None = await connection.fetchval(_SQL.lock_metric, tenant_id, metric_id)
    return found
