"""What touches a great many conversations goes ahead of its action in slices, so that nobody waits long for one of them.

An action of few stays one transaction. Of many it is left with the last few: one that breaks off has done a part of them, and
whoever asks for it again brings it to its end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..domain.principals import Principal
from ..store.database import Connection
from .context import Context

SLICE, FEW = 100, 50

ListSome = Callable[[Connection, int], Awaitable[list[int]]]
"""The numbers of up to so many of those that are left, locked; what somebody else works on may be passed over."""
Do = Callable[[Connection, list[int]], Awaitable[None]]


async def go_ahead(context: Context, principal: Principal, list_some: ListSome, do: Do) -> int:
    """Does slice by slice, each committed, until few are left; how many were done.

    Who calls has checked that nothing stands against the action. In a request that must be all or nothing (one with an
    idempotency key), it is one transaction all the same.
    """
    done = 0
    while True:
        async with context.database.write(principal.tenant.id) as connection:
            numbers = await list_some(connection, SLICE)
            if len(numbers) <= FEW:
                return done
            await do(connection, numbers)
        await context.database.commit_early()
        done += len(numbers)
