"""The queue of jobs from the side of who asks for them and who runs them; ``jobs.py`` shows them to DevRev's clients.

A job is run in slices. Whoever claims one has it until its lease ends, and every write of a slice names the claim: a server
that was thought gone changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Ref
from . import queries
from .database import Connection, affected

_SQL = queries.load("job_queue")


class Claimed(NamedTuple):
    """A job and its claim: ``attempts`` counts the claims. ``payload`` and ``result`` are JSON text."""

    id: int
    kind: str
    attempts: int
    payload: str
    result: str
    created_by: str


class Asked(NamedTuple):
    """A job as its asker sees it; ``result`` is JSON text."""

    id: int
    kind: str
    state: str
    result: str
    last_error: str | None
    artifact_ids: list[int]
    created_by: str | None
    created_at: datetime
    updated_at: datetime


async def insert_job(
    connection: Connection,
    tenant_id: int,
    kind: str,
    title: str,
    payload: Mapping[str, Any],
    by: Ref,
    at: datetime,
    artifact_ids: Sequence[int] = (),
) -> int:
    """The id of a job that is to run as soon as it can; its files are kept for it."""
    encoded = msgspec.json.encode(payload).decode()
    return int(await connection.fetchval(_SQL.insert_job, tenant_id, kind, title, encoded, str(by), at, list(artifact_ids)))


async def get_job(connection: Connection, tenant_id: int, job_id: int, kind: str) -> Asked | None:
    record = await connection.fetchrow(_SQL.get_job, tenant_id, job_id, kind)
    return Asked(*record) if record else None


async def tenants_with_jobs(connection: Connection, kinds: Sequence[str], due: datetime) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_jobs, list(kinds), due)]


async def claim(connection: Connection, tenant_id: int, kinds: Sequence[str], now: datetime, until: datetime) -> Claimed | None:
    """The tenant's oldest due job of these kinds, ours until then."""
    record = await connection.fetchrow(_SQL.claim, tenant_id, list(kinds), now, until)
    return Claimed(*record) if record else None


async def keep(
    connection: Connection, tenant_id: int, job: Claimed, result: Mapping[str, Any], *, until: datetime, state: str = "running"
) -> bool:
    """Notes how far the job is, and keeps it until then, or gives it back (state queued). False where the claim is over."""
    encoded = msgspec.json.encode(result).decode()
    return affected(await connection.execute(_SQL.keep, tenant_id, job.id, job.attempts, encoded, until, state)) > 0


async def finish(
    connection: Connection, tenant_id: int, job: Claimed, result: Mapping[str, Any], artifact_ids: Sequence[int], at: datetime
) -> bool:
    """The job is done. False where the claim is over."""
    encoded = msgspec.json.encode(result).decode()
    return affected(await connection.execute(_SQL.finish, tenant_id, job.id, job.attempts, encoded, list(artifact_ids), at)) > 0


async def fail(
    connection: Connection,
    tenant_id: int,
    job: Claimed,
    result: Mapping[str, Any],
    reason: str,
    *,
    again_at: datetime | None,
    at: datetime,
) -> None:
    """The job failed: for good, or until it is tried again."""
    encoded = msgspec.json.encode(result).decode()
    await connection.execute(_SQL.fail, tenant_id, job.id, job.attempts, reason, again_at, at, encoded)
