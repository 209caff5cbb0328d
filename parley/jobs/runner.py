"""The jobs beside the server: every process runs them, and locks in the database let one at a time do a tenant's work."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from time import monotonic

from ..store.blobs import Blobs
from ..store.database import Database
from ..store.keeper import Keeper
from . import (
    automation,
    bulk_actions,
    contact_import,
    deleted_accounts,
    delivery_log,
    event_retention,
    events,
    fan_out,
    inboxes,
    loose_files,
    notifications,
    renderings,
    search,
    snoozes,
)
from .contact_jobs import ContactJobs
from .fan_out import FanOut
from .tallies import RollUp

# A wake-up lets others gather for so long, and longer where a round takes long: nine tenths of the time are the requests'.
_GATHER_S = 0.025
_REST = 9
_log = logging.getLogger("parley.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """``waiting`` names the tenants with work, ``work`` does one batch of a tenant's and returns how much it did.

    After a full batch it pauses for as long as that took, so that a backlog leaves half the time to the requests;
    ``busy_s`` after a smaller one; without work the pause doubles up to ``idle_s``.
    """

    name: str
    waiting: Callable[[Database], Awaitable[list[int]]]
    work: Callable[[Database, int], Awaitable[int]]
    batch: int
    busy_s: float
    idle_s: float
    wake: asyncio.Event | None = None
    """Ends a pause early; whoever has ``waiting`` clears it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What some jobs need: without ``blobs`` nothing that has files is done, without ``fan_out`` no delivery is made of events,
    without ``keeper`` no answer is kept ready.

    ``event_days`` of 0 keeps events for ever.
    """

    blobs: Blobs | None = None
    fan_out: FanOut | None = None
    delivery_log_days: int = 30
    event_days: int = 0
    keeper: Keeper | None = None


async def run(database: Database, stop: asyncio.Event, parts: Parts | None = None) -> None:
    """Runs until ``stop``, then numbers the events of the last requests and returns."""
    async with asyncio.TaskGroup() as group:
        for job in _jobs(database, parts or Parts()):
            group.create_task(_repeat(job, database, stop))
    last = Job("events", events.unsequenced_tenants, events.sequence_events, events.BATCH, busy_s=0, idle_s=0)
    while await _round(last, database) >= last.batch:
        pass


def _jobs(database: Database, parts: Parts) -> Iterator[Job]:
    sequence, written = events.Sequencer(), database.written.some
    yield Job("events", sequence.tenants, events.sequence_events, events.BATCH, busy_s=0.25, idle_s=1, wake=written)
    if parts.fan_out is not None:
        yield Job("fan_out", parts.fan_out.tenants, parts.fan_out.work, fan_out.BATCH, busy_s=0.25, idle_s=1, wake=parts.fan_out.heard)
    yield Job("search", search.unindexed_tenants, search.index_batch, search.BATCH, busy_s=0.5, idle_s=2)
    tallies = RollUp()
    yield Job("tallies", tallies.grown_tenants, tallies.roll_up, sys.maxsize, busy_s=5, idle_s=30)
    wake = snoozes.Wake()
    yield Job("snoozes", wake.tenants, wake.wake, snoozes.BATCH, busy_s=1, idle_s=15)
    ends = inboxes.Endings()
    yield Job("inboxes", ends.tenants, ends.delete_batch, inboxes.BATCH, busy_s=0.5, idle_s=10)
    rules = automation.Rules()
    yield Job("automation", rules.tenants, rules.run, automation.BATCH, busy_s=0.25, idle_s=1)
    yield Job("bulk_actions", bulk_actions.waiting_tenants, bulk_actions.go_on, bulk_actions.BATCH, busy_s=0.25, idle_s=2)
    yield Job("notifications", notifications.waiting_tenants, notifications.notify, notifications.BATCH, busy_s=0.5, idle_s=2)
    yield Job("accounts", deleted_accounts.deleted_tenants, deleted_accounts.empty_tenant, deleted_accounts.BATCH, busy_s=5, idle_s=30)
    log = delivery_log.Sweep(parts.delivery_log_days)
    yield Job("delivery_log", log.tenants, log.sweep, delivery_log.BATCH, busy_s=60, idle_s=600)
    old = event_retention.Sweep(parts.event_days)
    yield Job("event_retention", old.tenants, old.sweep, event_retention.BATCH, busy_s=60, idle_s=600)
    if parts.keeper is not None:
        keep, cold = renderings.Keep(parts.keeper), renderings.Sweep()
        yield Job("renderings", keep.tenants, keep.keep, renderings.BATCH, busy_s=0.25, idle_s=1, wake=parts.keeper.some)
        yield Job("cold_renderings", cold.tenants, cold.sweep, sys.maxsize, busy_s=10, idle_s=600)
    if parts.blobs is not None:
        contacts, sweep = ContactJobs(parts.blobs), loose_files.Sweep(parts.blobs)
        yield Job("contacts", contacts.tenants, contacts.work, contact_import.SLICE, busy_s=0.25, idle_s=2)
        yield Job("files", sweep.tenants, sweep.sweep, loose_files.BATCH, busy_s=60, idle_s=600)


async def _repeat(job: Job, database: Database, stop: asyncio.Event) -> None:
    pause = job.busy_s
    while not stop.is_set():
        began = monotonic()
        done = await _round(job, database)
        if done >= job.batch:
            await asyncio.sleep(monotonic() - began)
            continue
        gather = min(max(_GATHER_S, _REST * (monotonic() - began)), job.busy_s)
        pause = job.busy_s if done else min(2 * pause, job.idle_s)
        await _pause(pause, stop, job.wake, gather)


async def _pause(seconds: float, stop: asyncio.Event, wake: asyncio.Event | None, gather: float) -> None:
    """Ends early when the server stops or the job is woken, and then lets what wakes it gather for a moment."""
    ends = [asyncio.ensure_future(one.wait()) for one in (stop, wake) if one is not None]
    await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in ends:
        one.cancel()
    if wake is not None and wake.is_set():
        await asyncio.sleep(gather)


async def _round(job: Job, database: Database) -> int:
    """One batch of every tenant that has work; returns the size of the largest."""
    try:
        tenants = await job.waiting(database)
    except Exception:
        _log.exception("the job %s could not ask for its work and will try again", job.name)
        return 0
    return max([await _batch(job, database, tenant_id) for tenant_id in tenants], default=0)


async def _batch(job: Job, database: Database, tenant_id: int) -> int:
    """A batch that fails is tried again later, and no other tenant waits for it."""
    try:
        return await job.work(database, tenant_id)
    except Exception:
        _log.exception("the job %s failed for tenant %s and will try again", job.name, tenant_id)
        return 0
