"""Positions of events: gapless per tenant, given after commit by whoever holds the tenant's lock.

Ids are taken before commit and so do not order commits. A position never changes; an event whose transaction commits
late gets a later position than those that were numbered before it.
"""

from __future__ import annotations

from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("events")


class Waiting(NamedTuple):
    """A tenant with derived work to do."""

    tenant_id: int
    unsequenced: bool
    unindexed: bool


async def tenants_with_work(connection: Connection) -> list[Waiting]:
    """Needs no tenant: tells ids and nothing else."""
    return [Waiting(*record) for record in await connection.fetch(_SQL.tenants_with_work)]


async def give_positions(connection: Connection, tenant_id: int, *, at_most: int) -> int | None:
    """Numbers committed events in the open READ COMMITTED transaction; returns how many.

    None while another transaction numbers this tenant. The lock comes in a statement of its own, so that the next
    one's snapshot holds everything that the lock's last holder did.
    """
    if not await connection.fetchval(_SQL.lock_sequencing, tenant_id):
        return None
    return int(await connection.fetchval(_SQL.give_positions, tenant_id, at_most))


async def get_head(connection: Connection, tenant_id: int) -> int:
    """The newest position; 0 where there is none yet."""
    return int(await connection.fetchval(_SQL.get_head, tenant_id) or 0)
