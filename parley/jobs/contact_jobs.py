"""The runner of imports and exports of contacts, a slice at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from ..actions.contact_jobs import EXPORT, IMPORT
from ..actions.context import Context, Files, utc_now
from ..domain.principals import Principal, Ref
from ..store import control, job_queue
from ..store.blobs import Blobs
from ..store.database import Database
from .contact_export import export_contacts
from .contact_import import import_contacts
from .slices import LEASE, ClaimLost, Hopeless, Progress, Slice

_log = logging.getLogger("parley.jobs")
_RUN = {IMPORT: import_contacts, EXPORT: export_contacts}
_MOST_FAILURES, _BACK_OFF = 5, timedelta(seconds=30)


class ContactJobs:
    """Runs the jobs of ``actions/contact_jobs.py``."""

    def __init__(self, blobs: Blobs, clock: Callable[[], datetime] = utc_now) -> None:
        self.blobs = blobs
        self.clock = clock

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await job_queue.tenants_with_jobs(connection, list(_RUN), self.clock())

    async def work(self, database: Database, tenant_id: int) -> int:
        """One slice of the tenant's oldest job; returns how many rows it was."""
        one = await self._claim(database, tenant_id)
        if one is None:
            return 0
        before = one.progress.rows
        try:
            await _RUN[one.job.kind](one)
        except ClaimLost:
            _log.warning("the job %s of tenant %s went on elsewhere", one.job.id, tenant_id)
        except Hopeless as error:
            await self._fail(one, str(error), for_good=True)
        except Exception as error:
            _log.exception("the job %s of tenant %s broke off", one.job.id, tenant_id)
            await self._fail(one, f"{type(error).__name__}: {error}"[:500], for_good=one.progress.failures + 1 >= _MOST_FAILURES)
        return one.progress.rows - before

    async def _claim(self, database: Database, tenant_id: int) -> Slice | None:
        now = self.clock()
        async with database.write(tenant_id) as connection:
            job = await job_queue.claim(connection, tenant_id, list(_RUN), now, now + LEASE)
            tenant = await control.get_tenant(connection, tenant_id) if job else None
        if job is None or tenant is None:
            return None
        context = Context(database, b"", clock=self.clock, files=Files(self.blobs))
        asker = Principal(tenant, Ref.parse(job.created_by), can_write=True)
        return Slice(context, asker, job, msgspec.json.decode(job.result, type=Progress))

    async def _fail(self, one: Slice, reason: str, *, for_good: bool) -> None:
        now = self.clock()
        told = msgspec.to_builtins(one.progress) | {"failures": one.progress.failures + 1}
        async with one.step() as connection:
            again_at = None if for_good else now + _BACK_OFF
            await job_queue.fail(connection, one.tenant_id, one.job, told, reason, again_at=again_at, at=now)
