"""What ours is compared with: the same page, its JSON built by PostgreSQL in one statement, behind the same token lookup,
snapshot, role and headers. `python -m benchmarks.baseline PORT` serves it with one worker, over BENCH_DATABASE_URL."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from parley.actions.context import Context
from parley.devrev.limits import Limiter
from parley.devrev.limits import headers as limit_headers
from parley.domain.principals import Principal
from parley.server import config
from parley.server.asgi import die_with_parent
from parley.store import control, cursor, principals
from parley.store.cursor import Cursor, Position
from parley.store.database import APP_ROLE, SESSION, Connection, Database, snapshot

_FORMATS = """'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'""", """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
_NOUNS = {"user": "devu", "contact": "revu", "bot": "svcacc", "system": "sysu"}


def _date(match: re.Match[str]) -> str:
    column, (short, long) = match[1], _FORMATS
    return f"CASE WHEN date_trunc('milliseconds', {column}) = {column} THEN to_char({column}, {short}) ELSE to_char({column}, {long}) END"


def _ref(match: re.Match[str]) -> str:
    cases = " ".join(f"WHEN '{ours}' THEN '{theirs}/'" for ours, theirs in _NOUNS.items())
    return f"($7 || CASE split_part({match[1]}, ':', 1) {cases} END || split_part({match[1]}, ':', 2))"


def statement() -> str:
    """The whole answer in one statement: number, modified_at, has_more and json per conversation, in order."""
    text = Path(__file__).with_suffix(".sql").read_text()
    return re.sub(r"\bref\(([\w.]+)\)", _ref, re.sub(r"\bdate\(([\w.]+)\)", _date, text))


def parameters(principal: Principal, stages: Sequence[str] | None, limit: int, *, with_changes: bool) -> list[Any]:
    slug = principal.tenant.slug
    prefixes = [f"don:{service}:dvrv-us-1:devo/{slug}:" for service in ("core", "identity")]
    return [principal.tenant.id, stages, limit, str(principal.ref), with_changes, *prefixes]


class Baseline:
    """The endpoint. It decodes no more of a request than its own benchmark sends."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._limiter = Limiter(context.rate_limit)
        self._statement = statement()

    async def list(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body())
        stages, limit = asked.get("stage", {}).get("name"), asked.get("limit", 50)
        is_beta = request.headers.get("x-devrev-scope") == "beta"
        now = self._context.clock()
        token = request.headers["authorization"].partition(" ")[2]
        async with self._context.database.control() as connection, snapshot(connection, vary=False):
            found = await control.find_caller(connection, token)
            assert found is not None
            allowance = self._limiter.take(found.token.id, now.timestamp())
            principal = await principals.get_principal(connection, found)
            assert principal is not None
            body = await self._answer(connection, principal, stages, limit, is_beta, now)
        return Response(body, media_type="application/json", headers={"x-request-id": os.urandom(16).hex(), **limit_headers(allowance)})

    async def _answer(
        self, connection: Connection, principal: Principal, stages: Sequence[str] | None, limit: int, is_beta: bool, now: datetime
    ) -> bytes:
        rows = await connection.fetch(self._statement, *parameters(principal, stages, limit, with_changes=is_beta))
        tail = ""
        if rows and rows[-1]["has_more"]:
            position = Position.at(rows[-1]["modified_at"], rows[-1]["number"])
            digest = cursor.digest("conversations", stages, "modified_date:desc")
            made = Cursor(principal.tenant.id, digest, cursor.microseconds(now), position)
            tail = f',"next_cursor":"{cursor.encode(made, self._context.cursor_key)}"'
        return f'{{"conversations":[{",".join([row["json"] for row in rows])}]{tail}}}'.encode()


async def ready(_request: Request) -> Response:
    return Response("{}", media_type="application/json")


class Worker:
    """Like parley.server.asgi.Worker, without the faces."""

    def __init__(self) -> None:
        self.app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            assert self.app is not None
            await self.app(scope, receive, send)
            return
        await receive()
        context = await _open_context(os.environ["BENCH_DATABASE_URL"])
        self.app = Starlette(routes=[Route("/readyz", ready), Route("/conversations.list", Baseline(context).list, methods=["POST"])])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await context.database.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _open_context(dsn: str) -> Context:
    """Our pool but for one setting, in the baseline's favour: planning its statement anew would be half of its cost."""
    settings = SESSION | {"role": APP_ROLE, "plan_cache_mode": "force_generic_plan"}
    most = config.load({}).max_connections
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=most, max_inactive_connection_lifetime=60, server_settings=settings)
    async with pool.acquire() as connection:
        return Context(Database(pool), await control.get_secret(connection, "cursors"))


def application() -> Worker:
    die_with_parent()
    return Worker()


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "benchmarks.baseline:application",
        factory=True,
        interface=Interfaces.ASGI,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        workers=1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
