"""An endpoint in one row: its path, who may ask it, the tables of its request and answer, and the view that answers.

A family module (``tags.py``, ``accounts.py`` ...) holds the views of one noun and ends with its ``FAMILY``. The rows here
make the routes, the readers, the permission check and the OpenAPI document; nothing is written twice.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, quote

import msgspec
from starlette.responses import Response

from ..actions.once import once
from ..domain.principals import Principal
from ..domain.problems import Forbidden, InvalidValue
from ..reference.notation import Shape, Union, shape
from ..store.database import Connection, OpenTransaction
from . import readers
from .caller import reading, writing
from .decode import read_json
from .exchange import Exchange, JsonResponse, Payload, View
from .query import split
from .values import Read
from .viewer import Viewer

Json: TypeAlias = dict[str, Any]
Access = Literal["everybody", "agents", "administrators"]
"""``everybody``: contacts too. ``agents``: every user and bot. A bot counts as an administrator."""


@dataclass(frozen=True, slots=True)
class Call(Viewer):
    """One request, read: ``given`` has the fields that were sent; ``connection`` is a read's open snapshot.

    In a write it is the request's own transaction, and so is ``context.database``: what was written is seen, and commits
    when the view has made its answer.
    """

    exchange: Exchange
    given: Json


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``request`` and ``answer`` are tables of ``reference/notation.py``; ``example`` is a body that works for a curl line.

    A read is asked by GET too and gets an open snapshot; a write needs a token of scope write and runs in one
    transaction. The view returns the answer's object, or a whole Response. ``refuses``: statuses beside the usual ones.
    ``secret``: a write's answer holds one, so it is not kept for an Idempotency-Key, which is refused; reads keep nothing.
    """

    path: str
    view: Callable[[Call], Awaitable[Json | Response]]
    summary: str
    request: str
    answer: str
    text: str = ""
    example: Json = field(default_factory=dict)
    is_write: bool = False
    get: bool = True
    access: Access = "agents"
    status: int = 200
    refuses: tuple[int, ...] = ()
    secret: bool = False

    @property
    def name(self) -> str:
        """``/tags.create`` -> tags.create."""
        return self.path.removeprefix("/")

    @property
    def methods(self) -> list[str]:
        return ["POST"] if self.is_write or not self.get else ["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Family:
    """The endpoints of one noun, the shapes that their tables speak of, and readers for what the notation cannot say."""

    endpoints: tuple[Endpoint, ...]
    shapes: tuple[Shape | Union, ...] = ()
    own: Mapping[str, Read] = field(default_factory=dict)


def requests(family: Family) -> dict[str, Shape]:
    """The shape of every request, by endpoint name."""
    return {one.name: shape(f"{one.name}-request", one.summary, one.request, closed=True) for one in family.endpoints}


def answers(family: Family) -> dict[str, Shape]:
    return {one.name: shape(f"{one.name}-response", one.summary, one.answer) for one in family.endpoints if one.answer.strip()}


def view_of(endpoint: Endpoint, family: Family, shapes: Mapping[str, Shape]) -> View:
    """What the exchange runs: reads the request, asks who may, and answers."""
    request = requests(family)[endpoint.name]
    read = readers.body(request, shapes, family.own)

    def read_body(payload: Payload, slug: str) -> Json:
        """Raises MalformedBody, UnsupportedContentType and the BadInput problems of ``readers``."""
        if payload.content_type is not None:
            given = read_json(payload.text())
        else:
            pairs = parse_qsl(payload.data.decode("latin-1"), keep_blank_values=True)
            given = readers.from_query(pairs, request, shapes, split)
        return dict(read("", given, slug))

    async def answer_read(exchange: Exchange) -> Response:
        payload = await exchange.payload()
        async with reading(exchange, vary=False) as (connection, principal):
            check(endpoint, principal)
            given = read_body(payload, principal.tenant.slug)
            return _respond(endpoint, await endpoint.view(Call(exchange.context, principal, connection, exchange, given)))

    async def answer_write(exchange: Exchange) -> Response:
        payload = await exchange.payload()
        _refuse_to_keep(endpoint, exchange)
        async with writing(exchange) as (connection, principal):
            check(endpoint, principal)
            given = read_body(payload, principal.tenant.slug)
            keyed = "idempotency-key" in exchange.request.headers  # what it keeps must commit with the write
            database = OpenTransaction(connection, principal.tenant.id, may_commit_early=not keyed)
            inside = replace(exchange.context, database=database)

            async def write() -> Response:
                return _respond(endpoint, await endpoint.view(Call(inside, principal, connection, exchange, given)))

            return await _once(exchange, connection, principal, payload, write)

    return answer_write if endpoint.is_write else answer_read


def check(endpoint: Endpoint, principal: Principal) -> None:
    """Raises Forbidden when the caller may not ask this endpoint."""
    if endpoint.is_write and not principal.can_write:
        raise Forbidden("this token may only read")
    if endpoint.access != "everybody" and principal.ref.kind == "contact":
        raise Forbidden("a contact may not do this")
    if endpoint.access == "administrators" and principal.ref.kind == "user" and not principal.is_administrator:
        raise Forbidden("only an administrator may do this")


def curl(endpoint: Endpoint, method: str) -> str:
    head = f'curl -s "$PARLEY_URL{endpoint.path}'
    who = ' \\\n  -H "Authorization: $PARLEY_TOKEN"'
    if method == "GET":
        query = "&".join(f"{quote(key)}={quote(_in_query(value), safe=':,')}" for key, value in endpoint.example.items())
        return f'{head}{"?" if query else ""}{query}"{who}'
    data = json.dumps(endpoint.example, ensure_ascii=False).replace("'", "'\\''")
    return f'{head}"{who} \\\n  -H "Content-Type: application/json" \\\n  -d \'{data}\''


def _in_query(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _refuse_to_keep(endpoint: Endpoint, exchange: Exchange) -> None:
    """Raises InvalidValue for a key where the first answer, a secret with it, would have to be kept."""
    if endpoint.secret and "idempotency-key" in exchange.request.headers:
        raise InvalidValue(
            "Idempotency-Key", f"{endpoint.name} takes no Idempotency-Key: its answer holds a secret, which is not kept to be shown again"
        )


async def _once(
    exchange: Exchange, connection: Connection, principal: Principal, payload: Payload, write: Callable[[], Awaitable[Response]]
) -> Response:
    """Writes; with an Idempotency-Key once, and then the first answer again (``actions/once.py``)."""
    key = exchange.request.headers.get("idempotency-key")
    if key is None:
        return await write()

    async def run() -> tuple[int, bytes]:
        response = await write()
        return response.status_code, bytes(response.body)

    request = exchange.request.url.path.encode() + b"\n" + payload.data
    answered = await once(connection, exchange.context, principal, key, request, run)
    response = JsonResponse(answered.body, answered.status)
    if answered.again:
        response.headers["idempotent-replayed"] = "true"
    return response


def _respond(endpoint: Endpoint, answer: Json | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    return JsonResponse(msgspec.json.encode(answer), endpoint.status)
