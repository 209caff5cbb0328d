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
    wire: str
    challenge: str | None
    challenge_until: datetime | None


class Listening(NamedTuple):
    """A webhook that may be told something now; ``since`` is null for one that gets no events."""

    id: int
    url: str
    event_types: list[str]
    since: datetime | None
    challenge: str | None
    challenge_until: datetime | None


WEBHOOKS = Noun(
    table="webhooks",
    kind="webhook",
    row=WebhookRow,
    columns="n.id, n.url, n.event_types, n.headers, n.secret, n.status, n.verified_at, n.created_at, n.updated_at, n.created_by,"
    " n.modified_by, n.name, n.inbox_id, n.wire, n.challenge, n.challenge_until",
    writable=frozenset(
        {
            "wire", "url", "event_types", "headers", "secret", "previous_secret", "previous_secret_until", "status", "verified_at",
            "challenge", "challenge_until", "name", "inbox_id",
        }
    ),
    filters={"ids": "n.id = ANY ({}::bigint[])", "wire": "n.wire = {}::text", "statuses": "n.status = ANY ({}::text[])"},
    json=frozenset({"headers"}),
)  # fmt: skip


async def lock_webhook(connection: Connection, tenant_id: int, number: int, wire: str | None) -> WebhookRow | None:
    """A webhook of this wire, or with None of either, held until the transaction ends."""
    record = await connection.fetchrow(_SQL.lock_webhook, tenant_id, number, wire)
    return WebhookRow(*record) if record else None


async def list_listening(connection: Connection, tenant_id: int, wire: str) -> list[Listening]:
    """Those that get events, and those that owe the answer to a challenge."""
    return [Listening(*record) for record in await connection.fetch(_SQL.list_listening, tenant_id, wire)]
