"""Waiting for what comes next: for events, until a time is over or the server stops."""

from __future__ import annotations

import asyncio

from ..actions.context import Context
from ..store.events import EventRow
from ..store.live import Follower


async def heard(context: Context, follower: Follower, wait_s: float) -> list[EventRow]:
    """The next events; none when the wait is over or the server stops."""
    tasks = [asyncio.ensure_future(follower.next(wait_s)), asyncio.ensure_future(context.closing.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else []  # type: ignore[return-value]
    finally:
        for task in tasks:
            task.cancel()
