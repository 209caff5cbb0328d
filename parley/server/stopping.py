"""Hearing in a worker that the server stops, before its open requests have ended.

granian ends a worker's lifespan only after the last request, and a stream has no end of its own. So we hear the same signals
as granian: the event loop calls its handlers when the signal's number arrives in a pipe, and the interpreter calls ours.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def when_stopping(call: Callable[[], None]) -> None:
    """Calls it, in the running loop, at each signal to stop; the handlers of the loop are called as before."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(call))
        signal.siginterrupt(number, False)
