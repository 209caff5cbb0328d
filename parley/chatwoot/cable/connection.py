"""One live connection. What it is sent waits in a queue of its own, so that who reads slowly holds up nobody and fills no memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from . import protocol

MOST_FRAMES = 1000
MOST_CHARACTERS = 4_000_000
MOST_WAIT_S = 30.0
"""So many frames, so much text, or one that waits so long, and the connection is dropped; its client comes again."""
LAST_WORDS_S = 3.0
_HANG_UP_S = 1.0

Told = Callable[["Connection", str], Awaitable[None]]


class Connection:
    """A WebSocket that was accepted. ``base_url`` is the server's as this client calls it."""

    def __init__(self, websocket: WebSocket, base_url: str) -> None:
        self.base_url = base_url
        self.is_closing = False
        self._websocket = websocket
        self._waiting: deque[tuple[str, str]] = deque()
        self._characters = 0
        self._some = asyncio.Event()
        self._moved_at = time.monotonic()
        self._writing: asyncio.Task[None] | None = None

    async def serve(self, told: Told) -> None:
        """Until either side ends it; ``told`` is given each text that the client sends, one after the other."""
        self._writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read(told))
        if self.is_closing:
            self._end_soon()
        try:
            await asyncio.wait([self._writing, reading], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_closing = True
            self._writing.cancel()
            reading.cancel()
            await asyncio.gather(self._writing, reading, return_exceptions=True)
        await self._hang_up()

    def send(self, text: str, message: str | None = None) -> None:
        """``text`` whole, or, with a message, what stands before it: many connections share the message."""
        if self.is_closing:
            return
        if not self._waiting:
            self._moved_at = time.monotonic()
        self._waiting.append((text, message or ""))
        self._characters += len(text) + len(message or "")
        if len(self._waiting) > MOST_FRAMES or self._characters > MOST_CHARACTERS:
            self.drop()
        self._some.set()

    def ping(self, text: str) -> None:
        """Says that the server is there, unless something that waits will; drops who has not read for long."""
        if not self._waiting:
            self.send(text)
        elif time.monotonic() - self._moved_at > MOST_WAIT_S:
            self.drop()

    def drop(self) -> None:
        """What waits is forgotten."""
        self._waiting.clear()
        self._characters = 0
        self.close(protocol.TOO_SLOW, reconnect=True)

    def close(self, reason: str, *, reconnect: bool) -> None:
        """Says why, and ends the connection; a little later also that of somebody who does not read."""
        if self.is_closing:
            return
        self.send(protocol.disconnect(reason, reconnect=reconnect))
        self.is_closing = True
        self._some.set()
        self._end_soon()

    def _end_soon(self) -> None:
        if self._writing is not None:
            asyncio.get_running_loop().call_later(LAST_WORDS_S, self._writing.cancel)

    async def _write(self) -> None:
        try:
            while self._waiting or not self.is_closing:
                await self._some.wait()
                self._some.clear()
                await self._write_waiting()
        except (WebSocketDisconnect, RuntimeError, OSError):
            return  # they are gone

    async def _hang_up(self) -> None:
        """Not while somebody waits to receive: granian's close would wait for that. Whoever does not read is cut off."""
        if self._websocket.client_state == WebSocketState.CONNECTED:
            with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
                await asyncio.wait_for(self._websocket.close(), _HANG_UP_S)

    async def _write_waiting(self) -> None:
        while self._waiting:
            text, message = self._waiting.popleft()
            await self._websocket.send_text(f"{text}{message}}}" if message else text)
            self._characters -= len(text) + len(message)
            self._moved_at = time.monotonic()

    async def _read(self, told: Told) -> None:
        try:
            while self._websocket.client_state == WebSocketState.CONNECTED:
                given = await self._websocket.receive()
                if given["type"] == "websocket.disconnect":
                    return
                if text := given.get("text"):
                    await told(self, text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return
