"""One request and its answer: what every endpoint of this API does around its view."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..actions.context import Context
from ..domain.principals import Principal
from ..domain.problems import BodyTooLarge, Forbidden, Internal, Problem
from ..store.database import Connection, snapshot
from . import errors
from .caller import Credentials, credentials_of, get_principal
from .streams import Streams

_log = logging.getLogger("parley.native")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with the parts that its view works with."""

    request: Request
    context: Context
    streams: Streams

    async def body(self) -> bytes:
        """Raises BodyTooLarge."""
        most, body = self.context.max_body_bytes, bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge(f"the body may have at most {most} bytes")
        return bytes(body)


class Caller(NamedTuple):
    """A principal and the connection whose snapshot of the principal's tenant is open."""

    connection: Connection
    principal: Principal


View: TypeAlias = Callable[[Exchange], Awaitable[Response]]


@asynccontextmanager
async def reading(context: Context, given: Credentials) -> AsyncIterator[Caller]:
    """Opens the caller's snapshot. Raises as ``caller.get_principal``."""
    async with context.database.control() as connection, snapshot(connection, vary=False):
        yield Caller(connection, await get_principal(connection, given))


@asynccontextmanager
async def overseeing(exchange: Exchange, *, writes: bool = False) -> AsyncIterator[Caller]:
    """The same for what only administrators and bots may do. Raises Forbidden too."""
    async with reading(exchange.context, credentials_of(exchange.request.headers)) as caller:
        check_oversees(caller.principal, writes=writes)
        yield caller


def check_oversees(principal: Principal, *, writes: bool) -> None:
    if principal.ref.kind == "contact" or (principal.ref.kind == "user" and not principal.is_administrator):
        raise Forbidden("only an administrator may do this")
    if writes and not principal.can_write:
        raise Forbidden("this token may only read")


def answer(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def endpoint(context: Context, streams: Streams, view: View) -> Callable[[Request], Awaitable[Response]]:
    """A Starlette endpoint: runs the view, and tells every problem in this API's words."""

    async def respond(request: Request) -> Response:
        try:
            return await view(Exchange(request, context, streams))
        except Problem as problem:
            return errors.response(problem)
        except ClientDisconnect:
            raise
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            return errors.response(Internal("something failed on our side"))

    return respond
