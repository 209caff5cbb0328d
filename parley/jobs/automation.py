"""Automation rules meet the events that were numbered since they last did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..actions.automation import run_next
from ..actions.context import Context, utc_now
from ..store import automation
from ..store.database import Database

BATCH = 20


class Rules:
    """A batch is at most twenty transactions; each holds the one conversation that it changes."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self.clock = clock

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await automation.tenants_with_rules(connection)

    async def run(self, database: Database, tenant_id: int) -> int:
        """Returns how many times a rule acted, or events were looked through."""
        context = Context(database, b"", clock=self.clock)
        for done in range(BATCH):
            if not await run_next(context, tenant_id):
                return done
        return BATCH
