"""What commands that act as the server itself work with: its context, and a principal that may do anything in one tenant."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from ..actions import provision
from ..actions.context import Context
from ..domain.principals import SYSTEM, Principal
from ..domain.problems import InvalidValue
from ..server import config
from ..server.asgi import open_context
from .database import reach

T = TypeVar("T")
Work = Callable[[Context, Principal], Awaitable[T]]


def operate(data: Path, command: str, tenant: str, work: Work[T]) -> T:
    """Reach the database, do the work in a tenant (its id or slug), and return what it returns."""
    with reach(data, command) as dsn:
        settings = config.load(os.environ, data=str(data), database_url=dsn, max_connections=2)
        return asyncio.run(_operate(settings, tenant, work))


async def _operate(settings: config.Config, tenant: str, work: Work[T]) -> T:
    context = await open_context(settings)
    try:
        home = await provision.resolve_tenant(context.database, tenant)
        return await work(context, Principal(home, SYSTEM, can_write=True))
    finally:
        await context.database.close()


def moment(text: str | None, option: str) -> datetime | None:
    """A time as ISO 8601 has it, UTC where it names no zone. Raises InvalidValue."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(option, f"{option}: {text} is no time; write 2026-01-31 or 2026-01-31T12:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
