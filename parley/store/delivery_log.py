"""The delivery log: which webhooks there are and how they do, what was sent to them, and each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection, keep_plans, vary_plans

_SQL = queries.load("delivery_log")


class WebhookHealth(NamedTuple):
    """A webhook of either wire. ``failures`` are in a row; ``waiting`` is how many deliveries have not ended."""

    id: int
    wire: str
    name: str | None
    url: str
    status: str
    event_types: list[str]
    inbox_id: int | None
    verified_at: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
    last_error: str | None
    waiting: int


class LoggedDelivery(NamedTuple):
    """A delivery without its body; ``next_at`` only while it waits, ``last_status`` and ``last_error`` of its last attempt."""

    id: int
    endpoint_kind: str
    endpoint_id: int
    wire: str
    url: str
    event_id: int | None
    event_type: str
    message_key: str
    lane: str
    state: str
    attempts: int
    reason: str | None
    next_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    last_status: int | None
    last_error: str | None


class Attempt(NamedTuple):
    """One request; ``request_headers`` is JSON text, ``answer`` the first KB. Without an end it was cut off, or is under way."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    request_headers: str
    status: int | None
    latency_ms: float | None
    answer: str | None
    error: str | None


class OfEvent(NamedTuple):
    """A delivery, by what makes it one of a kind."""

    id: int
    endpoint_kind: str
    endpoint_id: int
    event_id: int
    event_type: str
    state: str


@dataclass(frozen=True, slots=True)
class AskedDeliveries:
    """What is asked of the log; None asks for no more. ``since`` and ``until`` are when they were made, the second exclusive."""

    endpoint_kind: str | None = None
    endpoint_id: int | None = None
    state: str | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    id: int | None = None


async def list_webhooks(connection: Connection, tenant_id: int, webhook_id: int | None = None) -> list[WebhookHealth]:
    """All of them, or the one of this id."""
    return [WebhookHealth(*record) for record in await connection.fetch(_SQL.list_webhooks, tenant_id, webhook_id)]


async def list_deliveries(connection: Connection, tenant_id: int, asked: AskedDeliveries, limit: int) -> list[LoggedDelivery]:
    """The newest first."""
    values = (asked.endpoint_kind, asked.endpoint_id, asked.state, asked.event_type, asked.since, asked.until, asked.before, asked.id)
    await vary_plans(connection)
    records = await connection.fetch(_SQL.list_deliveries, tenant_id, *values, limit)
    await keep_plans(connection)
    return [LoggedDelivery(*record) for record in records]


async def list_of_events(connection: Connection, tenant_id: int, event_ids: Sequence[int], webhook_id: int | None) -> list[OfEvent]:
    """Deliveries of these events, to one webhook or to every endpoint."""
    return [OfEvent(*record) for record in await connection.fetch(_SQL.list_of_events, tenant_id, list(event_ids), webhook_id)]


async def get_body(connection: Connection, tenant_id: int, delivery_id: int) -> str | None:
    """The text that is sent, byte for byte; None where there is no such delivery."""
    found: str | None = await connection.fetchval(_SQL.get_body, tenant_id, delivery_id)
    return found


async def list_attempts(connection: Connection, tenant_id: int, delivery_id: int) -> list[Attempt]:
    return [Attempt(*record) for record in await connection.fetch(_SQL.list_attempts, tenant_id, delivery_id)]
