"""What each route does: who asks, what is asked, read it in one snapshot, show it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..actions.context import Context
from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import conversations, counts, people, search
from ..store.counts import Counts
from ..store.database import Connection, snapshot
from ..store.search import SearchPage
from . import encode, ready
from .authenticate import credentials_of, get_caller
from .decode import Asked, decode
from .wire import Wire, wire_of

BATCH = 200
JSON = "application/json; charset=utf-8"


async def list_conversations(context: Context, request: Request) -> Response:
    """GET /api/v1/accounts/{account_id}/conversations"""
    async with AsyncExitStack() as held:
        connection, caller, asked = await held.enter_async_context(_asked(context, request))
        counted, numbers = await find_asked(context, connection, caller, asked)
        wire = wire_of(context, request, caller)
        if len(numbers) > BATCH:
            pages = _pages(context, connection, caller, numbers, wire)
            return Streamed(encode.streamed(counted, pages), held.pop_all())
        items = await ready.conversations(context, connection, caller, numbers, wire)
    return Response(encode.listed(counted, items), media_type=JSON)


async def _pages(
    context: Context, connection: Connection, caller: Principal, numbers: list[int], wire: Wire
) -> AsyncGenerator[bytes, None]:
    """A list without pages, a batch at a time."""
    for start in range(0, len(numbers), BATCH):
        yield await ready.conversations(context, connection, caller, numbers[start : start + BATCH], wire)


class Streamed(StreamingResponse):
    """An answer that holds its snapshot until it is sent, and gives it back also when nobody reads it."""

    def __init__(self, body: AsyncGenerator[bytes, None], held: AsyncExitStack) -> None:
        super().__init__(body, media_type=JSON)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


async def count_conversations(context: Context, request: Request) -> Response:
    """GET /api/v1/accounts/{account_id}/conversations/meta"""
    async with _asked(context, request) as (connection, caller, asked):
        counted = await count_asked(context, connection, caller, asked)
    return Response(encode.counted(counted), media_type=JSON)


@asynccontextmanager
async def _asked(context: Context, request: Request) -> AsyncIterator[tuple[Connection, Principal, Asked]]:
    """One connection and one snapshot for the whole request; raises what keeps the caller out."""
    given = credentials_of(request.headers)
    async with context.database.control() as connection, snapshot(connection, vary=False):
        caller = await get_caller(connection, given, request.path_params["account_id"], vary=True)
        asked = decode(request.scope["query_string"], caller, context.clock(), context.chatwoot_page_size)
        await require_team(connection, caller, asked)
        yield connection, caller, asked


async def require_team(connection: Connection, caller: Principal, asked: Asked) -> None:
    """The original looks the team up first: an unknown one is not found rather than an empty page."""
    if asked.team_id is not None and not await people.get_teams(connection, caller.tenant.id, [asked.team_id], None):
        raise NotFound()


async def find_asked(context: Context, connection: Connection, caller: Principal, asked: Asked) -> tuple[Counts, list[int]]:
    """The counts and the numbers of the page. They are not complete where a search's budget ended before either was certain."""
    if asked.filter.message_text is None:
        limit, offset = _place(context, asked)
        return await counts.count_and_list(connection, caller, asked.filter, asked.order, limit=limit, offset=offset)
    counted = await count_asked(context, connection, caller, asked)
    found = await numbers_asked(context, connection, caller, asked)
    return replace(counted, complete=counted.complete and found.complete), found.numbers


async def count_asked(context: Context, connection: Connection, caller: Principal, asked: Asked) -> Counts:
    if asked.filter.message_text is not None:
        return await search.count(connection, caller, asked.filter, budget_s=context.search_budget_s)
    return await counts.count_conversations(connection, caller, asked.filter)


async def numbers_asked(context: Context, connection: Connection, caller: Principal, asked: Asked) -> SearchPage:
    limit, offset = _place(context, asked)
    if asked.filter.message_text is not None:
        return await search.page_numbers(
            connection, caller, asked.filter, asked.order, limit=limit, offset=offset, budget_s=context.search_budget_s
        )
    numbers = await conversations.list_numbered_page(connection, caller, asked.filter, asked.order, limit=limit, offset=offset)
    return SearchPage(numbers, complete=True)


def _place(context: Context, asked: Asked) -> tuple[int | None, int]:
    """A page's limit, None for all, and offset."""
    size = context.chatwoot_page_size
    return (None, 0) if asked.whole else (size, (asked.page - 1) * size)
