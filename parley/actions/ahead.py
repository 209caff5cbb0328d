"""What touches a great many rows goes ahead of its action in slices, so that nobody waits long for one of them.

An action of few stays one transaction. Of many it is left with the last few: one that breaks off has done a part of them, and
whoever asks for it again brings it to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..domain.principals import Principal
from ..store import locks
from ..store.database import Connection, keep_plans, vary_plans
from ..store.savepoints import savepoint
from .context import Context

SLICE, FEW, LISTED = 100, 50, 10_000


@dataclass(frozen=True, slots=True)
class Touched:
    """The rows of one kind that an action touches.

    ``list_left``: the numbers of those that are left, ascending, beyond a number, and no more than so many (None: all).
    ``do`` does those of these that are still left, all locked; how many it did.
    """

    list_left: Callable[[Connection, int, int | None], Awaitable[list[int]]]
    do: Callable[[Connection, list[int]], Awaitable[int]]
    kind: locks.Kind = "conversations"


async def go_ahead(
    context: Context, principal: Principal, touched: Touched, check: Callable[[Connection], Awaitable[object]] | None = None
) -> int:
    """Does slice by slice, each committed, all but what others work on; how many were done. Few are left to the action.

    Who calls has checked that nothing stands against the action; each slice asks ``check`` again, which locks what must stay as it is.
    A request that must be all or nothing (one with an idempotency key) leaves all to the action.
    """
    done = after = 0
    tenant_id, may_go_ahead = principal.tenant.id, context.database.may_commit_early
    while may_go_ahead:
        async with context.database.read(tenant_id) as connection:
            numbers = await _list_left(connection, touched, after, LISTED)
        if not numbers or (after == 0 and len(numbers) <= FEW):
            break
        for place in range(0, len(numbers), SLICE):
            async with context.database.write(tenant_id) as connection:
                if check is not None:
                    await check(connection)
                free = await locks.lock_free(connection, tenant_id, touched.kind, numbers[place : place + SLICE])
                done += await touched.do(connection, free) if free else 0
            await context.database.commit_early()
        after = numbers[-1]
    return done


async def do_rest(connection: Connection, tenant_id: int, touched: Touched) -> int:
    """What is left, in the action's own transaction; how many were done."""
    numbers = await _list_left(connection, touched, 0, None)
    locked = await locks.lock(connection, tenant_id, touched.kind, numbers) if numbers else []
    return await touched.do(connection, locked) if locked else 0


async def _list_left(connection: Connection, touched: Touched, after: int, at_most: int | None) -> list[int]:
    """Planned for how many there are: a plan for all would read the whole tenant."""
    await vary_plans(connection)
    numbers = await touched.list_left(connection, after, at_most)
    await keep_plans(connection)
    return numbers


class _Rehearsed(Exception):
    """Ends a rehearsal."""


@asynccontextmanager
async def rehearsing(connection: Connection) -> AsyncIterator[None]:
    """What the body writes is undone: it tells what would refuse it before anything goes ahead."""
    try:
        async with savepoint(connection):
            yield
            raise _Rehearsed()
    except _Rehearsed:
        pass
