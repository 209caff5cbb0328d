"""The newest events of the tenants that somebody follows, kept in memory once for all who follow them.

A follower holds a position and asks for what comes after it. What is still in memory comes from there, anything older from
the table: whoever was away or is slow misses nothing, and a notification says no more than which tenant to look at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from .database import Database
from .events import EventRow, get_head, list_events

_log = logging.getLogger("parley.live")
_CHANNEL = "parley_events"
_BATCH = 500
_KEPT = 2000
_RECONNECT_S = 1.0
# Somebody looks at every followed tenant that often, whether anything was heard or not.
_LOOK_ROUND_S = 5.0


class _Feed:
    """A tenant's newest events without a gap: ``kept`` begins right after ``floor`` and ends at ``head``."""

    def __init__(self, head: int) -> None:
        self.floor = self.head = head
        self.kept: deque[EventRow] = deque()
        self.grown = asyncio.Event()
        self.followers = 0

    def add(self, rows: list[EventRow]) -> None:
        self.kept.extend(rows)
        self.head = rows[-1].position
        while len(self.kept) > _KEPT:
            self.floor = self.kept.popleft().position
        self.grown.set()
        self.grown = asyncio.Event()

    def after(self, position: int) -> list[EventRow]:
        found: list[EventRow] = []
        for row in reversed(self.kept):
            if row.position <= position:
                break
            found.append(row)
        return found[::-1]


class Follower:
    """One who follows a tenant; ``position`` is the last event that they were given."""

    def __init__(self, database: Database, feed: _Feed, tenant_id: int, position: int) -> None:
        self.position = position
        self._database = database
        self._feed = feed
        self._tenant_id = tenant_id

    async def next(self, wait_s: float) -> list[EventRow]:
        """Up to 500 events in their order, as soon as there are any; none when the wait is over. Raises Unavailable."""
        while True:
            grown = self._feed.grown
            rows = await self._older() if self.position < self._feed.floor else self._feed.after(self.position)[:_BATCH]
            if rows:
                self.position = rows[-1].position
                return rows
            try:
                await asyncio.wait_for(grown.wait(), wait_s)
            except TimeoutError:
                return []

    async def _older(self) -> list[EventRow]:
        async with self._database.read(self._tenant_id, vary=False) as connection:
            return await list_events(connection, self._tenant_id, self.position, _BATCH)


class Live:
    """Hears of new events and reads them for the followers of this process, while ``run`` runs."""

    def __init__(self, database: Database) -> None:
        self.heard: list[Callable[[], None]] = []
        """Each is called when some tenant has new events, or may have."""
        self.ears: dict[str, Callable[[str], None]] = {}
        """What else is heard over the same connection, by channel; filled before ``run``. What is notified while it is away is lost."""
        self._database = database
        self._feeds: dict[int, _Feed] = {}
        self._due: set[int] = set()
        self._wake = asyncio.Event()

    @asynccontextmanager
    async def follow(self, tenant_id: int, after: int | None = None) -> AsyncIterator[Follower]:
        """What comes after a position, or from now on. Raises Unavailable."""
        async with self._database.read(tenant_id, vary=False) as connection:
            head = await get_head(connection, tenant_id)
        feed = self._feeds.setdefault(tenant_id, _Feed(head))
        feed.followers += 1
        self._look_at([tenant_id])  # what came between reading the head and being here
        try:
            yield Follower(self._database, feed, tenant_id, head if after is None else after)
        finally:
            feed.followers -= 1
            if not feed.followers:
                self._feeds.pop(tenant_id, None)

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; a database that is away is asked again and again."""
        async with asyncio.TaskGroup() as group:
            ears = keep_listening(self._database, {_CHANNEL: self._hear, **self.ears}, self._look_round)
            tasks = [group.create_task(ears), group.create_task(self._read())]
            await stop.wait()
            for task in tasks:
                task.cancel()

    def _hear(self, payload: str) -> None:
        self._look_at([int(payload)])
        for call in self.heard:
            call()

    def _look_round(self) -> None:
        self._look_at(self._feeds)
        for call in self.heard:
            call()

    def _look_at(self, tenants: Iterable[int]) -> None:
        self._due.update(tenant_id for tenant_id in tenants if tenant_id in self._feeds)
        if self._due:
            self._wake.set()

    async def _read(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for tenant_id in due & self._feeds.keys():
                try:
                    await self._catch_up(tenant_id, self._feeds[tenant_id])
                except Exception:
                    _log.exception("could not read the new events of tenant %s and will try again", tenant_id)

    async def _catch_up(self, tenant_id: int, feed: _Feed) -> None:
        while True:
            async with self._database.read(tenant_id, vary=False) as connection:
                rows = await list_events(connection, tenant_id, feed.head, _BATCH)
            if rows:
                feed.add(rows)
            if len(rows) < _BATCH:
                return


async def keep_listening(database: Database, ears: Mapping[str, Callable[[str], None]], look_round: Callable[[], None]) -> None:
    """To each channel with its own ear, over one connection, until it is cancelled.

    ``look_round`` is called now and then, and whenever something may have been missed.
    """
    while True:
        try:
            async with database.listen(ears) as gone:
                look_round()
                while not gone.is_set():
                    await _until(gone, _LOOK_ROUND_S)
                    look_round()
        except Exception as error:
            _log.warning("not listening on %s: %s", ", ".join(ears), error)
        await asyncio.sleep(_RECONNECT_S)


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
