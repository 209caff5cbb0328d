"""Makes deliveries of events, in the order of their positions: the tellers say what is sent to whom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from ..domain.deliveries import Told
from ..domain.principals import Tenant
from ..store import control, deliveries, events
from ..store.database import Connection, Database
from ..store.events import EventRow
from ..store.savepoints import savepoint

Tell = Callable[[Connection, Tenant, Sequence[EventRow]], Awaitable[list[Told]]]
BATCH = 500
# An event that cannot be told for so long is left out, so that those behind it are not lost with it.
_GIVE_UP_S = 60.0
_log = logging.getLogger("parley.deliveries")


class FanOut:
    """``heard`` says that there may be new events."""

    def __init__(self, tellers: Sequence[Tell], heard: asyncio.Event | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._tellers = tellers
        self.heard = heard or asyncio.Event()
        self._clock = clock
        self._one_by_one: dict[int, int] = {}
        self._stuck_since: dict[int, float] = {}

    async def tenants(self, database: Database) -> list[int]:
        self.heard.clear()
        async with database.control() as connection:
            return await deliveries.tenants_to_fan_out(connection)

    async def work(self, database: Database, tenant_id: int) -> int:
        """Tells a batch of events in one transaction; returns how many, 0 while another worker does it.

        After a failure the batch goes on one by one, so that those before the event that cannot be told are not held up by it.
        """
        if tenant_id not in self._one_by_one:
            try:
                return await self._batch(database, tenant_id, BATCH)
            except Exception:
                self._one_by_one[tenant_id] = BATCH
                raise
        return await self._go_on_one_by_one(database, tenant_id)

    async def _go_on_one_by_one(self, database: Database, tenant_id: int) -> int:
        told = 0
        while self._one_by_one[tenant_id] > 0:
            since = self._stuck_since.setdefault(tenant_id, self._clock())
            if not await self._batch(database, tenant_id, 1, is_hopeless=self._clock() - since > _GIVE_UP_S):
                break
            self._stuck_since.pop(tenant_id)
            self._one_by_one[tenant_id] -= 1
            told += 1
        del self._one_by_one[tenant_id]
        self._stuck_since.pop(tenant_id, None)
        return told

    async def _batch(self, database: Database, tenant_id: int, at_most: int, *, is_hopeless: bool = False) -> int:
        async with database.write_quietly(tenant_id) as connection:
            after = await deliveries.lock_head(connection, tenant_id)
            if after is None:
                return 0
            found = await events.list_events(connection, tenant_id, after, at_most)
            tenant = await control.get_tenant(connection, tenant_id)
            if not found or tenant is None:
                return 0
            for teller in self._tellers:
                await (_tell_or_skip if is_hopeless else _tell)(connection, tenant, found, teller)
            await deliveries.set_head(connection, tenant_id, found[-1].position)
        return len(found)


async def _tell(connection: Connection, tenant: Tenant, found: Sequence[EventRow], teller: Tell) -> None:
    await deliveries.insert_deliveries(connection, tenant.id, await teller(connection, tenant, found))


async def _tell_or_skip(connection: Connection, tenant: Tenant, found: Sequence[EventRow], teller: Tell) -> None:
    try:
        async with savepoint(connection):
            await _tell(connection, tenant, found, teller)
    except Exception:
        _log.exception("the event %s of tenant %s cannot be told and is left out of deliveries", found[0].id, tenant.id)
