"""One request for one delivery: what it is signed with, what the log keeps of it, and what its end means."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from ..domain.deliveries import VERIFY
from ..domain.endpoint_health import GONE, Outcome, retry_after, retry_in
from ..outgoing import signatures
from ..outgoing.client import Answer
from ..store.claims import Claim, Ended, Log
from ..store.endpoints import OpenEndpoint

# Standard Webhooks' schedule: with the first attempt ten, over about three days.
RETRY_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
# The challenge of a verify request ends after three minutes.
_VERIFY_S = (5.0, 15.0, 30.0, 60.0)
_DELIVERIES = uuid.UUID("6d3a4a0e-52a5-4d3f-9a3c-7a1b6f0f2f11")
KEPT_BYTES = 1024
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_SIGNED = frozenset({"webhook-signature", "x-devrev-signature", "x-chatwoot-signature"})
HIDDEN, SIGNED = "(hidden)", "(signed)"


class Post(Protocol):
    """Sends to a URL that a user set; raises outgoing.problems.NoAnswer."""

    async def __call__(self, url: str, content: bytes, headers: dict[str, str], *, timeout_s: float, most_bytes: int) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Request:
    """``logged`` are the headers without what is secret in them."""

    url: str
    body: bytes
    headers: dict[str, str]
    logged: dict[str, str]


def request(claim: Claim, endpoint: OpenEndpoint, now: datetime) -> Request:
    """Signed as Standard Webhooks and as the wire's own clients expect, with every secret that counts now."""
    body, at = claim.body.encode(), int(now.timestamp())
    secrets = [one for one in (endpoint.secret, endpoint.previous_secret) if one]
    ours = _JSON | {"Parley-Attempt": str(claim.attempt)} | signatures.standard_webhooks(claim.message_key, at, body, secrets)
    if claim.wire == "chatwoot":
        ours |= signatures.chatwoot(delivery_uuid(claim), at, body, endpoint.secret)
    elif endpoint.secret:
        ours |= signatures.devrev(body, endpoint.secret)
    taken = {name.lower() for name in ours}
    theirs = [one for one in msgspec.json.decode(endpoint.headers) if one["name"].lower() not in taken]
    logged = {one["name"]: HIDDEN for one in theirs} | {name: SIGNED if name.lower() in _SIGNED else text for name, text in ours.items()}
    return Request(claim.url, body, {one["name"]: one["value"] for one in theirs} | ours, logged)


def delivery_uuid(claim: Claim) -> str:
    """The same for every attempt of a delivery."""
    return str(uuid.uuid5(_DELIVERIES, f"{claim.message_key}:{claim.endpoint_kind}:{claim.endpoint_id}"))


def answered(claim: Claim, endpoint: OpenEndpoint, sent: Request, answer: Answer, waits_s: Sequence[float], dice: float) -> Ended:
    """2xx is delivered; anything else is tried again as long as the schedule goes, but for 410."""
    error = None if 200 <= answer.status < 300 else f"answered {answer.status}"
    text = answer.body[:KEPT_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")
    log = Log(sent.logged, answer.status, answer.latency_ms, text, error)
    asked_s = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    return _ended(claim, endpoint, log, asked_s, waits_s, dice)


def unanswered(
    claim: Claim, endpoint: OpenEndpoint, sent: Request | None, error: str, latency_ms: float, waits_s: Sequence[float], dice: float
) -> Ended:
    log = Log(sent.logged if sent else {}, latency_ms=latency_ms, error=error)
    return _ended(claim, endpoint, log, None, waits_s, dice)


def given_back(claim: Claim, error: str) -> Ended:
    """It may be sent by anybody at once: this attempt says nothing about the endpoint."""
    return Ended(claim, "pending", claim.failures, Log(error=error))


def _ended(claim: Claim, endpoint: OpenEndpoint, log: Log, asked_s: float | None, waits_s: Sequence[float], dice: float) -> Ended:
    is_ailing = endpoint.failures > 0 or endpoint.is_probed
    outcome = Outcome(log.error, log.status, asked_s, is_ailing=is_ailing, is_probe=endpoint.is_probed)
    if log.error is None:
        return Ended(claim, "delivered", claim.failures, log, outcome=outcome)
    failures = claim.failures + 1
    wait_s = retry_in(_VERIFY_S if claim.event_type == VERIFY else waits_s, failures, asked_s, dice)
    if log.status == GONE or wait_s is None:
        return Ended(claim, "failed", failures, log, reason=log.error, outcome=outcome)
    return Ended(claim, "pending", failures, log, wait_s=wait_s, outcome=outcome)
