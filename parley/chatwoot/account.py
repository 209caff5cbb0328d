"""From the token to the answer: a read in one snapshot, a write in one transaction, of the account that the area speaks of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from ..actions.once import once
from ..domain.principals import Principal
from ..domain.problems import Forbidden, InvalidValue, NotAMember, UnsupportedContentType
from ..store.database import Connection, OpenTransaction, snapshot, transaction
from . import payload
from .authenticate import NOBODY, credentials_of, get_caller, get_platform_app, get_user
from .endpoints import Answerer, Call, Endpoint, Shapes, query_of, request_of
from .payload import Payload
from .rails import read_query
from .readers import Json, Read, body

JSON = "application/json; charset=utf-8"
_ONCE = "idempotency-key"
Reader = Callable[[Json], Json]
Enter = Callable[[Connection, Request, Endpoint], Awaitable[Principal]]
"""Who asks, in the open transaction, which enters their account; raises what keeps them out."""


class Caller(NamedTuple):
    """A principal, and the connection whose transaction is open."""

    connection: Connection
    principal: Principal


async def enter_account(connection: Connection, request: Request, endpoint: Endpoint) -> Principal:
    """The account in the path."""
    given = credentials_of(request.headers)
    principal = await get_caller(connection, given, request.path_params["account_id"], bots=endpoint.bots)
    check(endpoint, principal)
    return principal


async def enter_user(connection: Connection, request: Request, endpoint: Endpoint) -> Principal:
    """The account that the user used last."""
    principal = await get_user(connection, credentials_of(request.headers))
    if endpoint.writes and not principal.can_write:
        raise Forbidden()
    if endpoint.writes and principal.tenant.id == 0:
        raise NotAMember()
    return principal


async def enter_platform(connection: Connection, request: Request, endpoint: Endpoint) -> Principal:
    """No account: each action enters the one it is about."""
    principal = await get_platform_app(connection, request.headers)
    if endpoint.writes and not principal.can_write:
        raise Forbidden()
    return principal


def open_answerer(endpoint: Endpoint, shapes: Shapes, own: dict[str, Read]) -> Answerer:
    """What the router runs for an endpoint that anybody may ask; its action has its own transactions."""
    given = _reader(endpoint, shapes, own)

    async def answer(context: Context, request: Request) -> Response:
        sent = await payload.read(request, context.max_body_bytes) if request.method != "GET" else Payload({}, None)
        call = Call(request, context, NOBODY, request.path_params, given(request, sent))
        return respond(endpoint, await endpoint.view(call))

    return answer


def _reader(endpoint: Endpoint, shapes: Shapes, own: dict[str, Read]) -> Callable[[Request, Payload], Json]:
    table, asked = request_of(endpoint), query_of(endpoint)
    read_body = body(table, shapes, own) if table else _nothing
    read_asked = body(asked, shapes, own) if asked else _nothing

    def given(request: Request, sent: Payload) -> Json:
        """The query's fields and the body's. Rails' clients may nest the body under the noun's name."""
        inner = sent.given.get(endpoint.wrap)
        flat = sent.given | inner if isinstance(inner, dict) else sent.given
        return read_asked(read_query(request.scope["query_string"])) | read_body(flat)

    return given


def answerer(endpoint: Endpoint, shapes: Shapes, own: dict[str, Read], enter: Enter = enter_account) -> Answerer:
    """What the router runs for an endpoint whose caller ``enter`` tells."""
    given = _reader(endpoint, shapes, own)

    async def answer_read(context: Context, request: Request) -> Response:
        sent = await payload.read(request, context.max_body_bytes) if request.method != "GET" else Payload({}, None)
        async with _opened(context, request, endpoint, enter, _snapshot) as (connection, principal):
            call = Call(request, context, principal, request.path_params, given(request, sent), connection)
            return respond(endpoint, await endpoint.view(call))

    async def answer_write(context: Context, request: Request) -> Response:
        key = _key(request, endpoint)
        sent = await _sent(context, request, endpoint, enter)
        async with _opened(context, request, endpoint, enter, transaction) as (connection, principal):
            inside = replace(context, database=OpenTransaction(connection, principal.tenant.id, may_commit_early=key is None))

            async def write() -> Response:
                call = Call(request, inside, principal, request.path_params, given(request, sent), connection)
                return respond(endpoint, await endpoint.view(call))

            answer = await _once(context, Caller(connection, principal), request, sent, key, write)
        context.database.written.note(principal.tenant.id)
        return answer

    return answer_write if endpoint.writes else answer_read


def _nothing(_given: Json) -> Json:
    return {}


def _snapshot(connection: Connection) -> AbstractAsyncContextManager[None]:
    return snapshot(connection, vary=False)


@asynccontextmanager
async def _opened(
    context: Context,
    request: Request,
    endpoint: Endpoint,
    enter: Enter,
    open_: Callable[[Connection], AbstractAsyncContextManager[None]],
) -> AsyncIterator[Caller]:
    """One connection and one transaction for the whole request; raises what keeps the caller out, in the original's order."""
    async with context.database.control() as connection, open_(connection):
        yield Caller(connection, await enter(connection, request, endpoint))


def check(endpoint: Endpoint, principal: Principal) -> None:
    """Raises Forbidden when the caller may not ask this endpoint."""
    if endpoint.writes and not principal.can_write:
        raise Forbidden()
    if endpoint.access != "everybody" and principal.ref.kind == "contact":
        raise Forbidden()
    permitted = endpoint.permits and principal.permissions is not None and endpoint.permits in principal.permissions
    if endpoint.access == "administrators" and not principal.is_administrator and not permitted:
        raise Forbidden()


async def _sent(context: Context, request: Request, endpoint: Endpoint, enter: Enter) -> Payload:
    """The body. Files are read only for a caller who may send them, and where an account keeps them (UnsupportedContentType)."""
    if not payload.has_files(request):
        return await payload.read(request, context.max_body_bytes)
    async with _opened(context, request, endpoint, enter, _snapshot) as (_, principal):
        tenant_id = principal.tenant.id
    if tenant_id == 0:
        raise UnsupportedContentType(payload.MULTIPART)
    return await payload.read_with_files(request, context, tenant_id)


def _key(request: Request, endpoint: Endpoint) -> str | None:
    """Raises InvalidValue for a key where the first answer, a secret with it, or files would have to be kept."""
    key = request.headers.get(_ONCE)
    if key is not None and endpoint.area == "platform":
        raise InvalidValue("Idempotency-Key", "no Idempotency-Key here: keys belong to an account")
    if key is not None and (endpoint.secret or payload.has_files(request)):
        what = "its answer holds a secret" if endpoint.secret else "a form with files"
        raise InvalidValue("Idempotency-Key", f"no Idempotency-Key here: {what}, which is not kept to be compared or shown again")
    return key


async def _once(
    context: Context, caller: Caller, request: Request, sent: Payload, key: str | None, write: Callable[[], Awaitable[Response]]
) -> Response:
    """Writes; with an Idempotency-Key once, and then the first answer again (``actions/once.py``)."""
    if key is None:
        return await write()

    async def run() -> tuple[int, bytes]:
        response = await write()
        return response.status_code, bytes(response.body)

    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + (sent.data or b"")
    answered = await once(caller.connection, context, caller.principal, key, asked, run)
    response = Response(answered.body, answered.status, media_type=JSON)
    if answered.again:
        response.headers["idempotent-replayed"] = "true"
    return response


def respond(endpoint: Endpoint, answer: Any) -> Response:
    """The view's answer, encoded; a Response goes out as it is, and nothing told is an empty body."""
    if isinstance(answer, Response):
        return answer
    if not endpoint.answer:
        return Response(status_code=endpoint.status)
    return Response(msgspec.json.encode(answer), endpoint.status, media_type=JSON)
