"""A slice of a job: claimed for a while, and it says so in every transaction.

Two servers never do the same rows, and after a crash the next slice begins behind the last row that was committed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from ..actions.context import Context
from ..domain.principals import Principal
from ..store import job_queue
from ..store.database import Connection
from ..store.job_queue import Claimed

LEASE = timedelta(minutes=5)


class Progress(msgspec.Struct, frozen=True):
    """``rows`` were looked at: ``done`` taken, ``failed`` refused. ``failures`` counts slices that broke off."""

    rows: int = 0
    done: int = 0
    failed: int = 0
    failures: int = 0


class ClaimLost(Exception):
    """Another server has the job now."""


class Hopeless(Exception):
    """The job can never be done."""


@dataclass(slots=True)
class Slice:
    """A claimed job, who asked for it, and how much of it is committed."""

    context: Context
    principal: Principal
    job: Claimed
    progress: Progress

    @property
    def tenant_id(self) -> int:
        return self.principal.tenant.id

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Connection]:
        """A transaction of this slice."""
        async with self.context.database.write(self.tenant_id) as connection:
            yield connection

    async def keep(self, connection: Connection, after: Progress) -> None:
        """In the transaction that makes this progress. Raises ClaimLost."""
        until = self.context.clock() + LEASE
        if not await job_queue.keep(connection, self.tenant_id, self.job, msgspec.to_builtins(after), until=until):
            raise ClaimLost()

    async def give_back(self) -> None:
        """The job waits for its next slice. Raises ClaimLost."""
        told, now = msgspec.to_builtins(self.progress), self.context.clock()
        async with self.step() as connection:
            if not await job_queue.keep(connection, self.tenant_id, self.job, told, until=now, state="queued"):
                raise ClaimLost()

    async def finish(self, connection: Connection, artifact_ids: list[int]) -> None:
        """In the transaction of what the job made. Raises ClaimLost."""
        told, now = msgspec.to_builtins(self.progress), self.context.clock()
        if not await job_queue.finish(connection, self.tenant_id, self.job, told, artifact_ids, now):
            raise ClaimLost()
