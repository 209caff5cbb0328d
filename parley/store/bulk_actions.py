"""Bulk actions: one change of many conversations or contacts, done a few at a time, and how far each has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Principal, Ref, Tenant
from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("bulk_actions")


class BulkAction(NamedTuple):
    """How a bulk action stands; ``failures`` is JSON text: the first thousand, each with its id and error."""

    id: int
    type: str
    state: str
    total: int
    done: int
    failed: int
    failures: str
    created_at: datetime
    finished_at: datetime | None
    created_by: str | None


class Waiting(NamedTuple):
    """A bulk action and the next of its targets; ``change`` is JSON text."""

    id: int
    type: str
    change: str
    created_by: str
    total: int
    seen: int
    done: int
    failed: int
    next: list[int]


BULK_ACTIONS = Noun(
    table="bulk_actions",
    kind="bulk_action",
    row=BulkAction,
    columns="n.id, n.type, n.state, cardinality(n.targets) AS total, n.done, n.failed, n.failures, n.created_at, n.finished_at,"
    " n.created_by",
    writable=frozenset({"type", "change", "targets", "state", "finished_at"}),
    json=frozenset({"change"}),
)


async def tenants_with_bulk_actions(connection: Connection) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_bulk_actions)]


async def lock_next(connection: Connection, tenant_id: int, *, at_most: int) -> Waiting | None:
    """The oldest one with something left to do, held until commit, unless another server is at it."""
    record = await connection.fetchrow(_SQL.lock_next, tenant_id, at_most)
    return Waiting(*record) if record else None


async def keep_progress(
    connection: Connection, tenant_id: int, number: int, *, seen: int, failures: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """So many more targets were tried, and these failed."""
    failed = len(failures)
    told = msgspec.json.encode(failures).decode()
    await connection.execute(_SQL.keep_progress, tenant_id, number, seen, seen - failed, failed, told, at)


async def get_asker(connection: Connection, tenant_id: int, who: Ref) -> Principal | None:
    """A user as they may act now; None for somebody who left."""
    record = await connection.fetchrow(_SQL.get_asker, tenant_id, who.id) if who.kind == "user" else None
    if record is None:
        return None
    permissions = None if record["permissions"] is None else frozenset(record["permissions"])
    tenant = Tenant(tenant_id, "", "")
    return Principal(tenant, who, role=record["role"], can_write=True, inbox_ids=tuple(record["inbox_ids"]), permissions=permissions)
