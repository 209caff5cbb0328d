"""All live connections of this process: who comes and goes, the server's sign of life, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

from ...actions.context import Context
from ...domain.principals import Tenant
from ...domain.problems import Unavailable
from ...store import presences
from . import protocol
from .channel import Found, find
from .connection import Connection
from .room import Render, Room
from .subscription import Subscription

_log = logging.getLogger("parley.cable")
PING_EVERY_S = 3.0
MOST_OF_A_TOKEN = 50
"""Subscriptions of one user, or of one contact point, in one process."""
MOST_OF_A_CONNECTION = 20
_READY_S = 10.0


class Seat(NamedTuple):
    room: Room
    subscription: Subscription


class Hub:
    """The rooms by tenant; a room is there while somebody is in it."""

    def __init__(self, context: Context, render: Render) -> None:
        self._context = context
        self._render = render
        self._name = uuid4().hex
        if context.live is not None:
            context.live.ears[presences.CHANNEL] = self._hear_presence
        self._seats: dict[Connection, dict[str, Seat]] = {}
        self._rooms: dict[int, Room] = {}
        self._tasks: dict[Room, asyncio.Task[None]] = {}
        self._is_closed = False
        self._is_deserted = asyncio.Event()
        self._is_deserted.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Pings everybody every three seconds; ends all when ``stop`` is set."""
        while not stop.is_set():
            text = protocol.ping(int(time.time()))
            for connection in list(self._seats):
                connection.ping(text)
            try:
                await asyncio.wait_for(stop.wait(), PING_EVERY_S)
            except TimeoutError:
                continue
        await self.close()
        for task in list(self._tasks.values()):
            task.cancel()

    async def close(self, wait_s: float = 2.0) -> None:
        """Asks every client to come again, here or elsewhere, and waits until they know it."""
        self._is_closed = True
        for connection in list(self._seats):
            connection.close(protocol.SERVER_RESTART, reconnect=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_deserted.wait(), wait_s)

    async def serve(self, connection: Connection) -> None:
        """From the welcome to the end. Who comes when there is no place is told so."""
        is_full = len(self._seats) >= self._context.live_connections and not self._make_room()
        self._seats[connection] = {}
        self._is_deserted.clear()
        if self._is_closed:
            connection.close(protocol.SERVER_RESTART, reconnect=True)
        elif is_full:
            connection.close(protocol.TOO_MANY, reconnect=True)
        else:
            connection.send(protocol.WELCOME)
        try:
            await connection.serve(self._obey)
        finally:
            for identifier in list(self._seats[connection]):
                self._leave(connection, identifier)
            del self._seats[connection]
            if not self._seats:
                self._is_deserted.set()

    def _make_room(self) -> bool:
        """Who has been here longest without any subscription goes."""
        idle = next((one for one, seats in self._seats.items() if not seats and not one.is_closing), None)
        if idle is not None:
            idle.close(protocol.TOO_MANY, reconnect=True)
        return idle is not None

    async def _obey(self, connection: Connection, text: str) -> None:
        """What is no command, or not understood, is passed over, as in the original."""
        command = protocol.read(text)
        try:
            if command is None:
                return
            if command.command == "subscribe":
                await self._subscribe(connection, command.identifier)
            elif command.command == "unsubscribe":
                self._leave(connection, command.identifier)
            elif command.command == "message":
                self._perform(connection, command)
        except (Unavailable, OSError, TimeoutError):
            connection.close(protocol.UNAVAILABLE, reconnect=True)
        except Exception:
            _log.exception("a command of a live connection failed")

    async def _subscribe(self, connection: Connection, identifier: str) -> None:
        seats = self._seats[connection]
        if identifier in seats:
            return
        if len(seats) >= MOST_OF_A_CONNECTION:
            connection.send(protocol.rejected(identifier, "too many subscriptions on one connection"))
            return
        found = await find(self._context, identifier)
        if found is None:
            connection.send(protocol.rejected(identifier))
            return
        with self._inside(found.tenant, connection.base_url) as room:
            await asyncio.wait_for(room.is_ready.wait(), _READY_S)
            found = await self._find_for(room, identifier)
            if found is None:
                connection.send(protocol.rejected(identifier))
            elif room.count(found) >= MOST_OF_A_TOKEN:
                connection.send(protocol.rejected(identifier, "too many connections with this token"))
            elif not connection.is_closing:
                connection.send(protocol.confirmed(identifier))
                seats[identifier] = seat = Seat(room, room.add(found, connection, identifier))
                room.presence.note(seat.subscription)

    async def _find_for(self, room: Room, identifier: str) -> Found | None:
        """As of now, seen from the room: what it has read meanwhile is not to be undone by what was read before."""
        while True:
            refreshed = room.refreshed
            found = await find(self._context, identifier)
            if room.refreshed == refreshed:
                return found

    def _perform(self, connection: Connection, command: protocol.Command) -> None:
        seat = self._seats[connection].get(command.identifier)
        if seat and seat.subscription.is_open and protocol.read_object(command.data).get("action") == "update_presence":
            seat.room.presence.note(seat.subscription)

    def _leave(self, connection: Connection, identifier: str) -> None:
        seat = self._seats[connection].pop(identifier, None)
        if seat is not None:
            seat.room.remove(seat.subscription)
            self._sweep(seat.room)

    def _hear_presence(self, payload: str) -> None:
        sign = presences.read_sign(payload)
        room = self._rooms.get(sign.tenant_id)
        if room is not None and sign.by != self._name:
            room.hear_presence(sign)

    @contextlib.contextmanager
    def _inside(self, tenant: Tenant, base_url: str) -> Iterator[Room]:
        """The tenant's room, kept open meanwhile."""
        room = self._rooms.get(tenant.id)
        if room is None:
            room = self._rooms[tenant.id] = Room(self._context, self._render, tenant, base_url, self._name)
            self._tasks[room] = asyncio.create_task(room.run())
        room.entering += 1
        try:
            yield room
        finally:
            room.entering -= 1
            self._sweep(room)

    def _sweep(self, room: Room) -> None:
        if room.is_empty and room in self._tasks:
            self._tasks.pop(room).cancel()
            self._rooms.pop(room.tenant.id, None)
