"""Org schedules: the business hours that targets count in, each with the versions that it had."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("org_schedules")


class ScheduleRow(NamedTuple):
    """A schedule, now or as it was, with its stamps; ``default_week`` and ``weeks`` are JSON text."""

    id: int
    name: str
    status: str
    timezone: str
    valid_until: datetime | None
    min_valid_days: int
    default_week: str | None
    weeks: str
    fragment_ids: list[int]
    version_number: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


SCHEDULES = Noun(
    table="org_schedules",
    kind="org_schedule",
    row=ScheduleRow,
    columns="n.id, n.name, n.status, n.timezone, n.valid_until, n.min_valid_days, n.default_week, n.weeks, n.fragment_ids,"
    " n.version AS version_number, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "status", "timezone", "valid_until", "min_valid_days", "default_week", "weeks", "fragment_ids"}),
    json=frozenset({"default_week", "weeks"}),
    filters={
        "created_by": "n.created_by = ANY ({}::text[])",
        "statuses": "n.status = ANY ({}::text[])",
        "valid_after": "n.valid_until >= {}::timestamptz",
        "valid_before": "n.valid_until <= {}::timestamptz",
    },
)


async def lock_schedule(connection: Connection, tenant_id: int, schedule_id: int) -> str | None:
    """The schedule's status, which stays until commit; None when there is no such schedule."""
    found: str | None = await connection.fetchval(_SQL.lock_schedule, tenant_id, schedule_id)
    return found


async def keep_version(connection: Connection, tenant_id: int, schedule_id: int) -> None:
    """Keeps the schedule as it is, before it changes."""
    await connection.execute(_SQL.keep_version, tenant_id, schedule_id)


async def get_version(connection: Connection, tenant_id: int, schedule_id: int, version_number: int) -> ScheduleRow | None:
    """The schedule as it was in an earlier version."""
    record = await connection.fetchrow(_SQL.get_version, tenant_id, schedule_id, version_number)
    return ScheduleRow(*record) if record else None
