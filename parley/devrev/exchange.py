"""One request and its answer: what every endpoint of this face does around its view.

The answer always carries ``x-request-id`` and the rate limit headers, whatever went wrong.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..actions.context import Context
from ..domain.problems import (
    BodyTooLarge,
    Internal,
    InvalidApiVersion,
    MalformedBody,
    Problem,
    RateLimited,
    UnsupportedContentType,
)
from . import errors
from .limits import Limiter, headers
from .query import read_query

_log = logging.getLogger("parley.devrev")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_FIRST_VERSION = date(2020, 1, 1)


class Payload(NamedTuple):
    """A POST's content type and body; for GET the type is None and the data the query string."""

    content_type: str | None
    data: bytes

    def text(self) -> bytes:
        """JSON text; for GET that of the object which the query stands for.

        Raises UnsupportedContentType, MalformedBody, and for GET what ``query`` raises.
        """
        if self.content_type is None:
            return msgspec.json.encode(read_query(self.data))
        if self.content_type.partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedContentType(self.content_type)
        if not self.data:
            raise MalformedBody("the body is empty; send at least {}")
        return self.data


class Exchange:
    """A request with the parts that its view works with. ``count`` is called once the token is known."""

    def __init__(self, request: Request, context: Context, limiter: Limiter) -> None:
        self.request = request
        self.context = context
        self._limiter = limiter
        self._allowance = limiter.untouched(context.clock().timestamp())
        given = request.headers.get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex

    @property
    def is_beta(self) -> bool:
        return self.request.headers.get("x-devrev-scope", "").strip().lower() == "beta"

    def count(self, token_id: int) -> None:
        """Counts the request against the token's minute. Raises RateLimited."""
        now_s = self.context.clock().timestamp()
        self._allowance = self._limiter.take(token_id, now_s)
        self._allowance.refuse(now_s)

    async def payload(self) -> Payload:
        """What the request brought. Raises BodyTooLarge."""
        if self.request.method != "POST":
            return Payload(None, self.request.scope["query_string"])
        return Payload(self.request.headers.get("content-type", ""), await self._body())

    async def _body(self) -> bytes:
        most, body = self.context.max_body_bytes, bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge(f"the body may have at most {most} bytes")
        return bytes(body)

    def headers(self) -> dict[str, str]:
        return {"x-request-id": self.request_id} | headers(self._allowance)

    def refuse(self, problem: Problem) -> Response:
        status, body = errors.tell(problem, self.request_id)
        response = JsonResponse(msgspec.json.encode(body), status)
        if isinstance(problem, RateLimited):
            response.headers["retry-after"] = str(problem.retry_after_s)
        return response


class JsonResponse(Response):
    """Ready JSON text."""

    media_type = "application/json"


View: TypeAlias = Callable[[Exchange], Awaitable[Response]]


def endpoint(context: Context, limiter: Limiter, view: View) -> Callable[[Request], Awaitable[Response]]:
    """A Starlette endpoint: runs the view, and tells every problem in this wire's words."""

    async def answer(request: Request) -> Response:
        exchange = Exchange(request, context, limiter)
        try:
            check_version(exchange)
            response = await view(exchange)
        except Problem as problem:
            response = exchange.refuse(problem)
        except ClientDisconnect:
            raise
        except Exception:
            _log.exception("%s %s failed, request id %s", request.method, request.url.path, exchange.request_id)
            response = exchange.refuse(Internal("something failed on our side"))
        response.headers.update(exchange.headers())
        return response

    return answer


def check_version(exchange: Exchange) -> None:
    """A version is the date of an API release; none means the newest. Raises InvalidApiVersion."""
    given = exchange.request.headers.get("x-devrev-version", "").strip()
    if not given:
        return
    try:
        version = date.fromisoformat(given) if len(given) == 10 else None
    except ValueError:
        version = None
    if version is None or not _FIRST_VERSION <= version <= exchange.context.clock().date() + timedelta(days=1):
        raise InvalidApiVersion(given)
