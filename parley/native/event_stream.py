"""Server-sent events: what comes after a position, for as long as the client stays.

Each event has its position as ``id``, so that a client that comes again goes on where it was. Without anything to tell a
comment shows every 15 seconds that the stream lives. Whose token ends, or who leaves the tenant, gets one ``end`` event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ..actions.context import Context
from ..domain.event_kinds import Patterns
from ..domain.principals import Principal
from ..domain.problems import Problem, Unavailable
from ..store.event_feed import SeenEvent, see_events
from ..store.events import EventRow
from . import errors
from .caller import Credentials
from .encode_events import encode_event
from .exchange import reading
from .following import heard
from .streams import Streams

HEARTBEAT_S = 15.0
RETRY_MS = 2000
# A stream asks the database at most so often, and for what its caller may do at least so often.
_PACE_S = 0.05
_TRUSTED_S = 10.0
_AWAY_S = 1.0
# After one of these the caller may be another, or see other conversations.
_RIGHTS = frozenset({"user", "inbox", "custom_role", "token", "account", "tenant", "team"})
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass(slots=True)
class Following:
    """One who follows: who they were when last asked, and the last position that they were sent."""

    context: Context
    credentials: Credentials
    principal: Principal
    position: int
    types: Patterns
    asked_at: float = 0.0

    async def see(self, rows: list[EventRow]) -> list[SeenEvent]:
        """What the caller may see of these. Raises InvalidToken, NotAMember, TenantSuspended, Unavailable."""
        doubted = monotonic() - self.asked_at > _TRUSTED_S or any(row.kind.partition(".")[0] in _RIGHTS for row in rows)
        if doubted:
            async with reading(self.context, self.credentials) as (connection, principal):
                self.principal, self.asked_at = principal, monotonic()
                return await see_events(connection, principal, rows, self.types)
        if not any(self.types.match(row.kind) for row in rows):
            return []
        async with self.context.database.read(self.principal.tenant.id, vary=False) as connection:
            return await see_events(connection, self.principal, rows, self.types)


class EventStream(StreamingResponse):
    """The answer; counted against the caller's token while it is sent."""

    def __init__(self, following: Following, streams: Streams) -> None:
        super().__init__(_told(following), media_type="text/event-stream", headers=_HEADERS)
        self._streams, self._token_id = streams, following.principal.token_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.held(self._token_id):
            await super().__call__(scope, receive, send)


async def _told(following: Following) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    try:
        async for text in _followed(following):
            yield text
    except Unavailable:
        return  # the client comes again
    except Problem as problem:
        yield f"event: end\ndata: {msgspec.json.encode(errors.tell(problem)).decode()}\n\n"


async def _followed(following: Following) -> AsyncIterator[str]:
    """Raises as ``Following.see``, but for Unavailable: a database that is away is waited for, and nothing is skipped."""
    context, rows = following.context, None
    if context.live is None:
        raise Unavailable("nothing is followed here")
    async with context.live.follow(following.principal.tenant.id, after=following.position) as follower:
        while not context.closing.is_set():
            try:
                rows = await heard(context, follower, HEARTBEAT_S) if rows is None else rows
                seen = await following.see(rows)
            except Unavailable:
                yield ": the database is away\n\n"
                await asyncio.sleep(_AWAY_S)
                continue
            yield "".join(_encoded(following.principal, one) for one in seen) + _end(rows, seen)
            rows = None
            await asyncio.sleep(_PACE_S)


def _encoded(principal: Principal, one: SeenEvent) -> str:
    data = msgspec.json.encode(encode_event(principal, one)).decode()
    return f"id: {one.event.position}\nevent: {one.event.kind}\ndata: {data}\n\n"


def _end(rows: list[EventRow], seen: list[SeenEvent]) -> str:
    """Where the batch ended, if its last event is not for this caller; a heartbeat where there was none."""
    if not rows:
        return ": still here\n\n"
    last = rows[-1].position
    return "" if seen and seen[-1].event.position == last else f"id: {last}\n\n"
