"""What each route does: who asks, what is asked, read it in one snapshot, show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import conversations, counts, people, search
from ..store.counts import Counts
from ..store.database import Connection, snapshot
from ..store.search import SearchPage
from . import encode
from .authenticate import find_account, get_caller, token_of
from .decode import Asked, decode
from .page import read_page
from .wire import Wire


async def list_conversations(context: Context, request: Request) -> Response:
    """GET /api/v1/accounts/{account_id}/conversations"""
    async with _asked(context, request) as (connection, caller, asked):
        counted = await _count(context, connection, caller, asked)
        found = await _numbers(context, connection, caller, asked)
        page = await read_page(connection, caller, found.numbers)
    counted = replace(counted, complete=counted.complete and found.complete)
    return _json(encode.listed(counted, page, _wire(context, request, caller)))


async def count_conversations(context: Context, request: Request) -> Response:
    """GET /api/v1/accounts/{account_id}/conversations/meta"""
    async with _asked(context, request) as (connection, caller, asked):
        counted = await _count(context, connection, caller, asked)
    return _json(encode.counted(counted))


@asynccontextmanager
async def _asked(context: Context, request: Request) -> AsyncIterator[tuple[Connection, Principal, Asked]]:
    """One connection and one snapshot for the whole request; raises what keeps the caller out."""
    token = token_of(request.headers)
    async with context.database.control() as connection:
        owner, tenant = await find_account(connection, token, request.path_params["account_id"])
        async with snapshot(connection, tenant.id):
            caller = await get_caller(connection, owner, tenant)
            asked = decode(request.scope["query_string"], caller, context.clock(), context.chatwoot_page_size)
            await _require_team(connection, caller, asked)
            yield connection, caller, asked


async def _require_team(connection: Connection, caller: Principal, asked: Asked) -> None:
    """The original looks the team up first: an unknown one is not found rather than an empty page."""
    if asked.team_id is not None and not await people.get_teams(connection, caller.tenant.id, [asked.team_id], None):
        raise NotFound()


async def _count(context: Context, connection: Connection, caller: Principal, asked: Asked) -> Counts:
    if asked.filter.message_text is not None:
        return await search.count(connection, caller, asked.counted, budget_s=context.search_budget_s)
    return await counts.count_conversations(connection, caller, asked.counted)


async def _numbers(context: Context, connection: Connection, caller: Principal, asked: Asked) -> SearchPage:
    size = context.chatwoot_page_size
    limit, offset = (None, 0) if asked.whole else (size, (asked.page - 1) * size)
    if asked.filter.message_text is not None:
        return await search.page_numbers(
            connection, caller, asked.filter, asked.order, limit=limit, offset=offset, budget_s=context.search_budget_s
        )
    numbers = await conversations.list_numbered_page(connection, caller, asked.filter, asked.order, limit=limit, offset=offset)
    return SearchPage(numbers, complete=True)


def _wire(context: Context, request: Request, caller: Principal) -> Wire:
    base_url = context.public_url or str(request.base_url).rstrip("/")
    return Wire(caller.tenant, base_url, context.clock(), for_contact=caller.ref.kind == "contact")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json; charset=utf-8")
