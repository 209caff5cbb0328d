"""Whom Chatwoot's wire calls when something happens: webhooks, the callbacks of API inboxes, and bots."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("callbacks")


class Callback(NamedTuple):
    """A URL. ``event_types`` is set for webhooks only; ``inbox_ids`` are a callback's own inbox, or those where a bot answers first."""

    kind: Literal["webhook", "inbox", "bot"]
    id: int
    url: str
    event_types: list[str] | None
    inbox_ids: list[int] | None
    created_at: datetime


async def list_callbacks(connection: Connection, tenant_id: int) -> list[Callback]:
    """Webhooks first, then inboxes, then bots; active ones with a URL only."""
    return [Callback(*record) for record in await connection.fetch(_SQL.list_callbacks, tenant_id)]
