"""conversations.list and conversations.export, GET and POST (contract section 1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import datetime

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from ..store import conversations, cursor
from ..store.cursor import Cursor, Position
from ..store.database import vary_plans
from ..store.renderings import listed
from . import resolve
from .caller import Caller, reading
from .decode import Asked, decode_export, decode_list
from .exchange import Exchange, JsonResponse
from .ready import Conversations

# How many conversations are in memory at a time: the first byte leaves after one batch.
_BATCH = 100
# The server below queues some fifty pieces for a slow reader, whatever their size, before it makes us wait.
_CHUNK_BYTES = 128 * 1024
# A reader that takes nothing for so long gives back its connection to the database.
_STALLED_S = 60


async def list_conversations(exchange: Exchange) -> Response:
    """A page of conversations with cursors to both sides."""
    payload = await exchange.payload()
    async with reading(exchange) as caller:
        connection, principal = caller
        asked = decode_list(payload.text(), principal.tenant.slug)
        walk = _Walk(exchange, caller, asked)
        wanted = await resolve.to_filter(connection, principal.tenant.id, asked.filters, walk.now)
        found = await conversations.list_keyset(
            connection, principal, wanted, asked.order, limit=asked.limit, position=walk.position, backwards=asked.backwards
        )
        bodies = await Conversations(exchange.context, connection, principal, is_beta=exchange.is_beta).bodies(found.rows)
    closing = b"]"
    for key, position in ((b"next_cursor", found.after), (b"prev_cursor", found.before)):
        if position is not None:
            closing += b',"%s":"%s"' % (key, walk.cursor(position).encode())
    return JsonResponse(listed(b'{"conversations":[', bodies, closing + b"}"))


async def export_conversations(exchange: Exchange) -> Response:
    """Up to 5,000 conversations, streamed from one snapshot.

    Everything that can be refused is refused before the first byte: the first batch is fetched here.
    """
    payload = await exchange.payload()
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(reading(exchange))
        asked = decode_export(payload.text(), caller.principal.tenant.slug)
        chunks = _export(exchange, caller, asked)
        first = await anext(chunks)
        return _Stream(first, chunks, stack.pop_all())


class _Walk:
    """Where a request stands in its result: the cursor's position and clock, or the start and now."""

    def __init__(self, exchange: Exchange, caller: Caller, asked: Asked) -> None:
        self._key = exchange.context.cursor_key
        self._tenant_id = caller.principal.tenant.id
        self._digest = asked.digest
        self.position: Position | None = None
        self._now_us = cursor.microseconds(exchange.context.clock())
        if asked.cursor is not None:
            given = cursor.decode(asked.cursor, self._key, tenant_id=self._tenant_id, digest=self._digest)
            self.position, self._now_us = given.position, given.now_us

    @property
    def now(self) -> datetime:
        return cursor.moment(self._now_us)

    def cursor(self, position: Position) -> str:
        return cursor.encode(Cursor(self._tenant_id, self._digest, self._now_us, position), self._key)


async def _export(exchange: Exchange, caller: Caller, asked: Asked) -> AsyncGenerator[bytes, None]:
    """The answer's JSON in pieces of bounded size, a batch of conversations in memory at a time."""
    connection, principal = caller
    walk = _Walk(exchange, caller, asked)
    shown = Conversations(exchange.context, connection, principal, is_beta=True)
    wanted = await resolve.to_filter(connection, principal.tenant.id, asked.filters, walk.now)
    pages = conversations.walk_keyset(connection, principal, wanted, asked.order, first=asked.limit, batch=_BATCH, position=walk.position)
    position, opening = None, b'{"conversations":['
    async for found in pages:
        bodies = await shown.bodies(found.rows)
        await vary_plans(connection)
        for chunk in _chunks(opening, bodies):
            yield chunk
        position, opening = found.after, b","
    closing = b"]" if position is None else b'],"next_cursor":' + msgspec.json.encode(walk.cursor(position))
    yield closing + b"}"


def _chunks(opening: bytes, bodies: list[bytes]) -> Iterator[bytes]:
    """The bodies as a list's items, joined or cut into pieces of about ``_CHUNK_BYTES``."""
    held = [opening]
    size = 0
    for place, body in enumerate(bodies):
        held += (b",", body) if place else (body,)
        size += len(body)
        if size >= _CHUNK_BYTES:
            joined = b"".join(held)
            for start in range(0, len(joined), _CHUNK_BYTES):
                yield joined[start : start + _CHUNK_BYTES]
            held, size = [], 0
    yield b"".join(held)


class _Stream(StreamingResponse):
    """Streams an export and lets go of its snapshot however the answer ends.

    An error on the way is raised through the server, which breaks the connection: no client takes half an export for
    a whole one.
    """

    media_type = "application/json"

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], snapshot: AsyncExitStack) -> None:
        super().__init__(self._chunks(first, rest))
        self._rest = rest
        self._snapshot = snapshot

    @staticmethod
    async def _chunks(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield first
        async for chunk in rest:
            yield chunk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(_STALLED_S):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        finally:
            await self._rest.aclose()
            await self._snapshot.aclose()
