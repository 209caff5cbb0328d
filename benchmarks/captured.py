"""The statements that a request of ours really sends, in order, by asking the application in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from parley.server import config
from parley.server.app import create_app
from parley.server.asgi import open_context

from .client import Ask


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its parameters."""

    text: str
    parameters: tuple[Any, ...]


def statements_of(dsn: str, request: Ask, **settings: str) -> list[Statement]:
    """What one request sends to the database; settings as for ``servers.ours``. Raises RuntimeError unless it answers 200."""
    return asyncio.run(
        _record(config.load({f"PARLEY_{name.upper()}": value for name, value in settings.items()}, database_url=dsn), request)
    )


async def _record(settings: config.Config, request: Ask) -> list[Statement]:
    context = await open_context(settings)
    try:
        app = create_app(context)
        await _call(app, request)  # a first request may look things up that later ones remember
        async with context.database.control() as connection:
            await connection.execute("SELECT 1")
        with _recording(context.database.pool) as statements:
            await _call(app, request)
        return statements
    finally:
        await context.database.close()


@contextmanager
def _recording(pool: asyncpg.Pool[asyncpg.Record]) -> Iterator[list[Statement]]:
    statements: list[Statement] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        statements.append(Statement(query.query, tuple(query.args)))

    connections = [holder._con for holder in pool._holders if holder._con is not None]  # type: ignore[attr-defined]
    for connection in connections:
        connection.add_query_logger(note)
    yield statements
    for connection in connections:
        connection.remove_query_logger(note)


async def _call(app: Any, request: Ask) -> None:
    path, _, query = request.path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": request.method, "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "headers": [(name.encode(), value.encode()) for name, value in request.headers.items()],
        "scheme": "http", "server": ("bench", 80), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}, "extensions": {}, "state": {},
    }  # fmt: skip
    status = 0
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the client stays
        asked = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    if not 200 <= status < 300:
        raise RuntimeError(f"{request.method} {request.path} answered {status}")
