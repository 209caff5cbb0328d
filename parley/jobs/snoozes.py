"""Wake-ups: conversations whose snooze is over are open again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..actions import change
from ..actions.context import Context, utc_now
from ..actions.edits import Edit
from ..domain.principals import SYSTEM, Principal, Tenant
from ..store import snoozes
from ..store.database import Database

BATCH = 100


class Wake:
    """Each batch is one transaction that holds its conversations: several servers take different ones, a killed one none."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self.clock = clock

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await snoozes.tenants_to_wake(connection, self.clock())

    async def wake(self, database: Database, tenant_id: int) -> int:
        """Returns how many woke up."""
        principal = Principal(Tenant(tenant_id, "", ""), SYSTEM, can_write=True)
        async with database.write(tenant_id) as connection:
            await snoozes.insert_mark(connection, tenant_id, self.clock())
            due = await snoozes.lock_due(connection, tenant_id, self.clock(), at_most=BATCH)
            context = Context(database, b"", clock=self.clock).inside(connection, tenant_id)
            for number in due:
                await change.edit(context, principal, number, Edit(status="open"))
        return len(due)
