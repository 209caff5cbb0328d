"""GET /api/v1/events: what happened, as pages by position or as a stream."""

from __future__ import annotations

from time import monotonic
from typing import Any

from starlette.responses import Response

from ..domain.event_kinds import Patterns
from ..domain.principals import Principal
from ..domain.problems import InvalidValue, Unavailable
from ..store.database import Connection
from ..store.event_feed import Edges, FeedPage, get_edges, read_page
from .caller import Credentials, credentials_of
from .encode_events import encode_event
from .errors import PositionGone
from .event_stream import EventStream, Following
from .exchange import Exchange, answer, reading
from .following import heard
from .query import Read, plain, read_query, whole

LIMIT, DEFAULT_LIMIT = 1000, 100
LONGEST_WAIT_S = 30
STREAM = "text/event-stream"


QUERY: dict[str, Read] = {
    "after": whole(0),
    "limit": whole(1, LIMIT),
    "types": lambda _field, text: Patterns.parse(plain("types", text)),
    "wait": whole(0, LONGEST_WAIT_S),
}


async def list_events(exchange: Exchange) -> Response:
    """A stream for who accepts one, else a page."""
    given = read_query(exchange.request.query_params, QUERY)
    credentials = credentials_of(exchange.request.headers)
    if STREAM in exchange.request.headers.get("accept", ""):
        return await _stream(exchange, credentials, given)
    return await _page(exchange, credentials, given)


async def _page(exchange: Exchange, credentials: Credentials, given: dict[str, Any]) -> Response:
    limit, types = given.get("limit", DEFAULT_LIMIT), given.get("types", Patterns())
    async with reading(exchange.context, credentials) as (connection, principal):
        edges = await get_edges(connection, principal.tenant.id)
        after = checked(given.get("after", edges.kept_after), edges, "after")
        page = await read_page(connection, principal, after, limit, types)
    if not page.events and page.next >= page.head and given.get("wait"):
        exchange.streams.check(principal.token_id)
        with exchange.streams.held(principal.token_id):
            page = await _wait(exchange, credentials, principal, page, limit, types, given["wait"])
    return answer(
        {
            "events": [encode_event(principal, one) for one in page.events],
            "next": page.next,
            "has_more": page.next < page.head,
            "head": page.head,
        }
    )


async def _wait(
    exchange: Exchange, credentials: Credentials, principal: Principal, page: FeedPage, limit: int, types: Patterns, wait_s: int
) -> FeedPage:
    """The page that comes within the time, as far as it was read when the time is over."""
    context, ends = exchange.context, monotonic() + wait_s
    if context.live is None:
        raise Unavailable("nothing is followed here")
    async with context.live.follow(principal.tenant.id, after=page.next) as follower:
        while not page.events and (left := ends - monotonic()) > 0 and await heard(context, follower, left):
            async with reading(context, credentials) as (connection, who):
                page = await read_page(connection, who, page.next, limit, types)
    return page


async def _stream(exchange: Exchange, credentials: Credentials, given: dict[str, Any]) -> Response:
    """From ``Last-Event-ID`` or ``after`` on; without either from now on."""
    for name in ("limit", "wait"):
        if name in given:
            raise InvalidValue(name, f"a stream takes no {name}")
    last = exchange.request.headers.get("last-event-id", "").strip()
    async with reading(exchange.context, credentials) as (connection, principal):
        after = await _begin(connection, principal, given.get("after"), last)
    exchange.streams.check(principal.token_id)
    following = Following(exchange.context, credentials, principal, after, given.get("types", Patterns()))
    return EventStream(following, exchange.streams)


async def _begin(connection: Connection, principal: Principal, after: int | None, last: str) -> int:
    edges = await get_edges(connection, principal.tenant.id)
    if last:
        return checked(whole(0)("Last-Event-ID", last), edges, "Last-Event-ID")
    return edges.head if after is None else checked(after, edges, "after")


def checked(after: int, edges: Edges, field: str) -> int:
    """Raises PositionGone, and InvalidValue for a position that no event has yet."""
    if after < edges.kept_after:
        raise PositionGone(edges.kept_after)
    if after > edges.head:
        raise InvalidValue(field, f"{field} is a position that was not given yet; the newest is {edges.head}")
    return after
