"""Webhooks: where events are delivered to. Each speaks one wire, and only that wire's face shows it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("webhooks")


class WebhookRow(NamedTuple):
    """A webhook with its stamps. ``headers`` is JSON text; ``verified_at`` is null until the endpoint answered for this url and secret."""

    id: int
    url: str
    event_types: list[str]
    headers: str
    secret: bytes
    status: str
    verified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    name: str | None
    inbox_id: int | None


WEBHOOKS = Noun(
    table="webhooks",
    kind="webhook",
    row=WebhookRow,
    columns="n.id, n.url, n.event_types, n.headers, n.secret, n.status, n.verified_at, n.created_at, n.updated_at, n.created_by,"
    " n.modified_by, n.name, n.inbox_id",
    writable=frozenset({"wire", "url", "event_types", "headers", "secret", "status", "verified_at", "name", "inbox_id"}),
    filters={"ids": "n.id = ANY ({}::bigint[])", "wire": "n.wire = {}::text", "statuses": "n.status = ANY ({}::text[])"},
    json=frozenset({"headers"}),
)


async def lock_webhook(connection: Connection, tenant_id: int, number: int, wire: str) -> WebhookRow | None:
    """A webhook of this wire, held until the transaction ends."""
    record = await connection.fetchrow(_SQL.lock_webhook, tenant_id, number, wire)
    return WebhookRow(*record) if record else None
