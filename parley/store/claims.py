"""Deliveries under way: claimed for a while, and ended by whoever still holds the claim. A claim is named by its attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from ..domain.deliveries import EndpointKind, Wire
from ..domain.endpoint_health import Outcome
from . import queries
from .database import Connection
from .endpoints import Key

_SQL = queries.load("claims")


class Room(NamedTuple):
    """How many deliveries may be claimed for an endpoint; ``url`` replaces theirs where it is not null."""

    kind: EndpointKind
    id: int
    room: int
    url: str | None
    only_verify: bool


class Claim(NamedTuple):
    """A delivery to send; ``failures`` are those before this attempt."""

    id: int
    attempt: int
    failures: int
    endpoint_kind: EndpointKind
    endpoint_id: int
    wire: Wire
    url: str
    event_id: int | None
    event_type: str
    message_key: str
    body: str

    @property
    def key(self) -> Key:
        return (self.endpoint_kind, self.endpoint_id)


@dataclass(frozen=True, slots=True)
class Log:
    """What is kept of an attempt. ``headers`` are without what is secret; ``answer`` is its first kilobyte."""

    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    latency_ms: float | None = None
    answer: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a claim: the delivery's next state with its failures so far, and what the log keeps of the attempt.

    ``wait_s``: until it is tried again, where it is pending. ``reason`` is why it failed for good. ``outcome`` is null where
    nothing is to be learnt about the endpoint: nothing was sent, or it was cut off by us.
    """

    claim: Claim
    state: Literal["pending", "delivered", "failed"]
    failures: int
    log: Log
    wait_s: float = 0.0
    reason: str | None = None
    outcome: Outcome | None = None


async def tenants_with_deliveries(connection: Connection) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_deliveries)]


async def claim(connection: Connection, tenant_id: int, rooms: Sequence[Room], for_s: float) -> list[Claim]:
    """Deliveries that nobody else sends for so many seconds from now; their attempts are begun."""
    columns = [list(column) for column in zip(*rooms, strict=True)]
    return [Claim(*record) for record in await connection.fetch(_SQL.claim, tenant_id, *columns, for_s)]


async def end(connection: Connection, tenant_id: int, ended: Sequence[Ended]) -> set[int]:
    """Writes the log and how the deliveries go on; the ids of those whose claim was still held."""
    ids, attempts = [one.claim.id for one in ended], [one.claim.attempt for one in ended]
    log = (
        [msgspec.json.encode(one.log.headers).decode() for one in ended],
        [one.log.status for one in ended],
        [one.log.latency_ms for one in ended],
        [one.log.answer for one in ended],
        [one.log.error for one in ended],
    )
    await connection.execute(_SQL.end_attempts, tenant_id, ids, attempts, *log)
    next_ = (
        [one.state for one in ended],
        [one.wait_s for one in ended],
        [one.failures for one in ended],
        [one.reason for one in ended],
    )
    return {record[0] for record in await connection.fetch(_SQL.end_claims, tenant_id, ids, attempts, *next_)}


class Closed(NamedTuple):
    """A delivery that was not sent after all."""

    event_id: int | None
    event_type: str


async def close(
    connection: Connection, tenant_id: int, key: Key, reason: str, *, verify_too: bool = False, older_than_s: float | None = None
) -> list[Closed]:
    """What was to be sent to an endpoint fails, for this reason."""
    return [Closed(*record) for record in await connection.fetch(_SQL.close, tenant_id, *key, reason, verify_too, older_than_s)]


async def get_event_messages(connection: Connection, tenant_id: int, event_ids: Sequence[int]) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.get_event_messages, tenant_id, list(event_ids))]
