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

from ..actions import webhook_challenge
from ..actions.context import Context, Files
from ..chatwoot import event_tellings as chatwoot_tellings
from ..chatwoot.cable.hub import Hub
from ..devrev import event_tellings as devrev_tellings
from ..domain.signed_links import Links
from ..jobs import runner
from ..jobs.fan_out import FanOut, Tell
from ..jobs.sender import Sender, Sending
from ..outgoing.addresses import parse_networks
from ..outgoing.client import Outgoing
from ..store import control
from ..store.database import Database
from ..store.keeper import Keeper
from ..store.live import Live
from . import config
from .allocator import keep_freed_memory
from .app import create_app
from .blobs import open_blobs
from .stopping import when_stopping

# Longer than the sender waits for what is under way.
_STOP_S = 8.0
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
        outgoing=Outgoing(parse_networks(settings.outgoing_networks)),
        keeper=Keeper() if settings.renderings else None,
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
        keep_freed_memory()
        context = await open_context(self.settings)
        app = self.app = create_app(context)
        hub: Hub = app.state.hub
        when_stopping(context.closing.set, hub.close)
        stop = asyncio.Event()
        jobs = asyncio.gather(
            _run_jobs(context, self.settings, stop), _hear(context, stop), _send(context, self.settings, stop), hub.run(stop)
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        context.closing.set()
        stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(jobs, timeout=_STOP_S)
        await context.outgoing.close()
        await context.database.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _run_jobs(context: Context, settings: config.Config, stop: asyncio.Event) -> None:
    assert context.live is not None
    fan_out = FanOut(tellers(context))
    context.live.heard.append(fan_out.heard.set)
    parts = runner.Parts(context.files.blobs, fan_out, settings.delivery_log_days, settings.event_days, context.keeper)
    await runner.run(context.database, stop, parts)


def tellers(context: Context) -> list[Tell]:
    """What each wire tells its endpoints of events."""
    return [devrev_tellings.teller(context), chatwoot_tellings.teller(context)]


async def _send(context: Context, settings: config.Config, stop: asyncio.Event) -> None:
    sending = Sending(settings.webhook_timeout_s, config.read_waits(settings.webhook_retry_s))
    await Sender(context, context.outgoing.post, sending, webhook_challenge.settle).run(stop)


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
