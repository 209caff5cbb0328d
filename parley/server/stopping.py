"""Hearing in a worker that the server stops, before its connections are gone.

granian cuts live connections as soon as it hears a signal, and ends a worker's lifespan only after the last request, while a
stream has no end of its own. So we hear the same signals as granian.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable


def when_stopping(close: Callable[[], None], leave: Callable[[], Awaitable[None]]) -> None:
    """Calls ``close`` in the running loop when the server is to stop; after SIGTERM granian hears of it once ``leave`` is done.

    The event loop calls granian's handler of SIGINT when the signal's number arrives in a pipe, and the interpreter calls ours.
    """
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGINT, lambda _number, _frame: loop.call_soon_threadsafe(close))
    if sys.platform == "win32":
        return
    signal.siginterrupt(signal.SIGINT, False)
    leaving: set[asyncio.Task[None]] = set()

    async def take_leave() -> None:
        try:
            await leave()
        finally:
            os.kill(os.getpid(), signal.SIGINT)  # says the same to granian

    def begin() -> None:
        close()
        if not leaving:
            leaving.add(asyncio.create_task(take_leave()))

    loop.add_signal_handler(signal.SIGTERM, begin)
