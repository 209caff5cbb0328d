"""Hearing in a worker that the server stops, before its open requests have ended.

granian ends a worker's lifespan only after the last request, and a stream has no end of its own. So we listen to the same
signals as granian, in front of its handlers.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

_log = logging.getLogger("parley")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def when_stopping(call: Callable[[], None]) -> None:
    """Calls it at the first signal to stop, and then whoever was to hear of that signal before."""
    loop: Any = asyncio.get_running_loop()
    handlers = getattr(loop, "_signal_handlers", {})
    for number in _SIGNALS:
        before = handlers.get(number)
        if before is None:
            _log.debug("nobody listens to %s here: streams will end with their connections", number.name)
            continue
        loop.add_signal_handler(number, _both, call, before)


def _both(call: Callable[[], None], before: Any) -> None:
    call()
    before._run()
