"""What granian's workers run: opens the database, builds the faces, runs the jobs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from ..actions.context import Context, Files
from ..chatwoot.cable.hub import Hub
from ..domain.signed_links import Links
from ..jobs import runner
from ..store import control
from ..store.database import Database
from ..store.live import Live
from . import config
from .app import create_app
from .blobs import open_blobs

_log = logging.getLogger("parley")


async def open_context(settings: config.Config) -> Context:
    """Connects and reads what all workers share. Raises problems.Unavailable when the database does not answer."""
    database = await Database.open(settings.database_url, max_connections=settings.max_connections)
    async with database.control() as connection:
        cursor_key = await control.get_secret(connection, "cursors")
        link_key = await control.get_secret(connection, "links")
    return Context(
        database=database,
        cursor_key=cursor_key,
        public_url=settings.public_url,
        rate_limit=settings.rate_limit,
        public_rate_limit=settings.public_rate_limit,
        max_body_bytes=settings.max_body_bytes,
        chatwoot_page_size=settings.chatwoot_page_size,
        search_budget_s=settings.search_budget_s,
        live_connections=settings.live_connections,
        live=Live(database),
        demo_file=Path(settings.data) / "demo.json",
        files=Files(
            open_blobs(settings), Links(link_key, settings.upload_link_s, settings.download_link_s), max_bytes=settings.max_upload_bytes
        ),
    )


class Worker:
    """One ASGI application per process: the faces exist from startup to shutdown."""

    def __init__(self, settings: config.Config) -> None:
        self.settings = settings
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            assert self.app is not None, "the server sent a request before startup"
            await self.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        context = await open_context(self.settings)
        app = self.app = create_app(context)
        stop = asyncio.Event()
        jobs = asyncio.gather(runner.run(context.database, stop, context.files.blobs), _hear(context, stop), app.state.hub.run(stop))
        _take_leave_first(app.state.hub)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(jobs, timeout=5)
        await context.database.close()
        await send({"type": "lifespan.shutdown.complete"})


def _take_leave_first(hub: Hub) -> None:
    """On SIGTERM clients with live connections are told to come again, then granian is told to stop.

    Granian cuts connections before it says that it shuts down. It listens for SIGINT too, which says the same to it.
    """
    if sys.platform == "win32":
        return
    leaving: set[asyncio.Task[None]] = set()

    async def leave() -> None:
        await hub.close()
        os.kill(os.getpid(), signal.SIGINT)

    def begin() -> None:
        if not leaving:
            leaving.add(asyncio.create_task(leave()))

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, begin)


async def _hear(context: Context, stop: asyncio.Event) -> None:
    assert context.live is not None
    await context.live.run(stop)


def die_with_parent() -> None:
    """A worker must not outlive a main process that was killed: it would keep the port."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def application() -> Worker:
    """The factory that granian calls in each worker."""
    die_with_parent()
    settings = config.load(os.environ)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return Worker(settings)
