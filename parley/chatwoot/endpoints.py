"""An endpoint in one row: its path, who may ask it, the tables of its request and answer, and the view that answers.

A family module (``canned_responses.py`` is the model) holds the views of one noun and ends with its ``FAMILY``. The rows
make the routes, the readers, the permission check and the OpenAPI document; nothing is written twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from ..domain.principals import Principal
from ..reference.notation import Shape, Union, shape
from ..store.database import Connection
from .readers import Json, Read
from .visits import Visit
from .wire import Wire, wire_of

ACCOUNT = "/api/v1/accounts/{account_id}"
REPORTS = "/api/v2/accounts/{account_id}"
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Area = Literal["account", "user", "platform", "public", "open"]
"""``account``: the one in the path. ``user``: a user, in the account they used last. ``platform``: a platform app. ``public``: a
contact, by the inbox and source id in the path. ``open``: anybody."""
Access = Literal["everybody", "agents", "administrators"]
"""``everybody``: contacts too. ``agents``: every user. Bots only where ``bots`` says so, as in the original."""
_PLACE = re.compile(r"\{(\w+)(?::text)?\}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: ``given`` has the fields that were sent, in the body and the query. ``path`` has the path's numbers.

    ``connection`` is a read's open snapshot. In a write it is the request's own transaction, and so is ``context.database``:
    what was written is seen, and commits when the view has made its answer. Where anybody may ask there is none.
    """

    request: Request
    context: Context
    principal: Principal
    path: Mapping[str, Any]
    given: Json
    opened: Connection | None = None

    @property
    def connection(self) -> Connection:
        assert self.opened is not None, "an open endpoint has no transaction of its own"
        return self.opened

    @property
    def tenant_id(self) -> int:
        return self.principal.tenant.id

    @property
    def wire(self) -> Wire:
        return wire_of(self.context, self.request, self.principal)

    @property
    def visit(self) -> Visit:
        """Where a caller of the public API is, and as whom; ``public.enter`` puts it there."""
        found: Visit = self.request.state.visit
        return found

    def offset(self, per_page: int) -> int:
        """How many rows stand before the page that was asked for; no page is the first."""
        before: int = ((self.given.get("page") or 1) - 1) * per_page
        return before


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``path`` has ``{names}`` of numbers, and ``{name:text}``; ``request`` and ``query`` are tables of ``reference/notation.py``.

    ``answer`` is a type word of that notation, a table of its own, or nothing for an empty body. ``example`` is a body (or
    for GET a query; bytes are a file's) that works for a curl line, ``example_path`` the numbers in the path (1 where it says nothing).
    ``bots``: on the original's list of what bots may ask. ``permits``: the custom role permission that opens to an agent
    what is for administrators. ``wrap``: the key under which Rails' clients may nest the body. ``is_write`` False: a POST
    that only reads. ``refuses``: statuses beside the usual ones. ``secret``: the answer holds one, so it is kept for no
    Idempotency-Key. ``tells``: how bad input is told, as a model's validation or as one ``error``. ``media``: what kind of
    answer it is; where that is not JSON, ``answer`` says it in a word. ``also``: further answers, or others than the usual
    ones, as (status, what it means, type word or media type or nothing).
    """

    method: Method
    path: str
    view: Callable[[Call], Awaitable[Any]]
    summary: str
    answer: str
    request: str = ""
    query: str = ""
    text: str = ""
    example: Json = field(default_factory=dict)
    example_path: Mapping[str, Any] = field(default_factory=dict)
    access: Access = "agents"
    bots: bool = False
    permits: str = ""
    wrap: str = ""
    is_write: bool | None = None
    status: int = 200
    refuses: tuple[int, ...] = ()
    secret: bool = False
    tells: Literal["model", "error"] = "model"
    area: Area = "account"
    media: str = "application/json"
    also: tuple[tuple[int, str, str], ...] = ()

    @property
    def name(self) -> str:
        """``list_canned_responses`` -> list-canned-responses."""
        return self.view.__name__.strip("_").replace("_", "-")

    @property
    def methods(self) -> tuple[str, ...]:
        """PATCH and PUT are the same, as in Rails."""
        return ("PATCH", "PUT") if self.method in ("PATCH", "PUT") else (self.method,)

    @property
    def writes(self) -> bool:
        return self.method != "GET" if self.is_write is None else self.is_write

    @property
    def template(self) -> str:
        """The path as OpenAPI spells it."""
        return self.path.replace(":text}", "}")

    @property
    def places(self) -> list[str]:
        """The names in the path."""
        return _PLACE.findall(self.path)

    @property
    def is_table(self) -> bool:
        """Whether the answer has a table of its own."""
        return "  " in self.answer.strip() or "\n" in self.answer.strip()


@dataclass(frozen=True, slots=True)
class Family:
    """The endpoints of one noun, the shapes that their tables speak of, and readers for what the notation cannot say."""

    endpoints: tuple[Endpoint, ...]
    shapes: tuple[Shape | Union, ...] = ()
    own: Mapping[str, Read] = field(default_factory=dict)


Shapes: TypeAlias = Mapping[str, Shape]


def request_of(one: Endpoint) -> Shape | None:
    """The shape of its body."""
    return shape(f"{one.name}-request", one.summary, one.request) if one.request.strip() else None


def query_of(one: Endpoint) -> Shape | None:
    """The shape that its query stands for."""
    return shape(f"{one.name}-query", one.summary, one.query) if one.query.strip() else None


def answer_of(one: Endpoint) -> Shape | None:
    """The shape of an answer that has a table of its own."""
    return shape(f"{one.name}-response", one.summary, one.answer) if one.is_table else None


def curl(one: Endpoint) -> str:
    """A line that works against the demo."""
    example = dict(one.example_path)

    def fill(match: re.Match[str]) -> str:
        return "$PARLEY_ACCOUNT" if match[1] == "account_id" else str(example.get(match[1], 1))

    path = _PLACE.sub(fill, one.path)
    who = "" if one.area in ("open", "public") else ' \\\n  -H "api_access_token: $PARLEY_TOKEN"'
    verb = "" if one.method in ("GET", "POST") else f"-X {one.method} "
    if one.method == "GET":
        query = urlencode(one.example, doseq=True)
        return f'curl -s "$PARLEY_URL{path}{"?" if query else ""}{query}"{who}'
    if not one.example:
        return f'curl -s {verb or "-X POST "}"$PARLEY_URL{path}"{who}'
    if file := next(((name, value) for name, value in one.example.items() if isinstance(value, bytes)), None):
        return f'curl -s {verb}"$PARLEY_URL{path}"{who} \\\n  -F "{file[0]}=@-;filename={file[0]}" <<< \'{file[1].decode()}\''
    data = json.dumps(one.example, ensure_ascii=False).replace("'", "'\\''")
    return f'curl -s {verb}"$PARLEY_URL{path}"{who} \\\n  -H "Content-Type: application/json" \\\n  -d \'{data}\''


Answerer: TypeAlias = Callable[[Context, Request], Awaitable[Response]]
