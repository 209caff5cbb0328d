"""Hearing in a worker that the server stops, before its connections are gone.

granian cuts live connections as soon as it hears a signal, and ends a worker's lifespan only after the last request, while a
stream has no end of its own. So we hear the same signals as granian.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

# Streams end and jobs drain in a few seconds; what hangs longer ends with its process. Granian's own limit
# warns of workers that are just ending.
_LONGEST_S = 20.0


def when_stopping(close: Callable[[], None], leave: Callable[[], Awaitable[None]]) -> None:
    """Calls ``close`` in the running loop when the server is to stop; after SIGTERM granian hears of it once ``leave`` is done.

    The event loop calls granian's handler of SIGINT when the signal's number arrives in a pipe, and the interpreter calls ours.
    """
    loop = asyncio.get_running_loop()
    limit = threading.Timer(_LONGEST_S, os._exit, [1])
    limit.daemon = True

    def hear(_number: int, _frame: object) -> None:
        if not limit.is_alive() and not limit.finished.is_set():
            limit.start()
        loop.call_soon_threadsafe(close)

    signal.signal(signal.SIGINT, hear)
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
        hear(signal.SIGTERM, None)
        if not leaving:
            leaving.add(asyncio.create_task(take_leave()))

    loop.add_signal_handler(signal.SIGTERM, begin)
