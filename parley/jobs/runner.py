"""The jobs beside the server: every process runs them, and locks in the database let one at a time do a tenant's work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..store.database import Database
from .events import sequence_waiting
from .search import index_waiting
from .tallies import RollUp

_log = logging.getLogger("parley.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """``attempt`` does all there is to do and tells whether there was any; then the pause is short, else it doubles."""

    name: str
    attempt: Callable[[Database, asyncio.Event], Awaitable[bool]]
    busy_s: float
    idle_s: float


def jobs() -> list[Job]:
    return [
        Job("events", sequence_waiting, busy_s=0.25, idle_s=1),
        Job("search", index_waiting, busy_s=0.5, idle_s=2),
        Job("tallies", RollUp().roll_up_grown, busy_s=5, idle_s=30),
    ]


async def run(database: Database, stop: asyncio.Event) -> None:
    """Runs until ``stop``, then numbers the events of the last requests and returns."""
    async with asyncio.TaskGroup() as group:
        for job in jobs():
            group.create_task(_repeat(job, database, stop))
    await _attempt(jobs()[0], database, stop)


async def _repeat(job: Job, database: Database, stop: asyncio.Event) -> None:
    pause = job.busy_s
    while not stop.is_set():
        busy = await _attempt(job, database, stop)
        pause = job.busy_s if busy else min(2 * pause, job.idle_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _attempt(job: Job, database: Database, stop: asyncio.Event) -> bool:
    """A job that fails is tried again later: the database may be restarting."""
    try:
        return await job.attempt(database, stop)
    except Exception:
        _log.exception("the job %s failed and will be tried again", job.name)
        return False
