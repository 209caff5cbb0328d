"""How a delivery proves where it comes from: bytes in, headers out. A secret is bytes here; each wire shows it in its own way."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"


def standard_webhooks(message_id: str, timestamp: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Standard Webhooks 1.0: one signature for each secret, the current one first, so that a secret can be changed without a gap.

    ``timestamp`` is the attempt's, in seconds. The id stays the same however often a delivery is tried, and has no dot in it.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if secrets:
        headers["webhook-signature"] = " ".join(f"v1,{_base64(_hmac(secret, signed))}" for secret in secrets)
    return headers


def show_secret(secret: bytes) -> str:
    """As the libraries of Standard Webhooks take it."""
    return _PREFIX + _base64(secret)


def devrev(body: bytes, secret: bytes) -> dict[str, str]:
    """DevRev's webhook guide: HMAC-SHA256 of the raw body. In base64, as the secret is on that wire (docs/decisions/0008-outgoing.md)."""
    return {"X-DevRev-Signature": _base64(_hmac(secret, body))}


def chatwoot(delivery_id: str, timestamp: int, body: bytes, secret: bytes | None) -> dict[str, str]:
    """Contract 5.1: ``timestamp`` in seconds; without a secret there is nothing to sign with, only the delivery's id."""
    headers = {"X-Chatwoot-Delivery": delivery_id}
    if secret:
        digest = _hmac(secret, f"{timestamp}.".encode() + body).hex()
        headers |= {"X-Chatwoot-Timestamp": str(timestamp), "X-Chatwoot-Signature": f"sha256={digest}"}
    return headers


def _hmac(secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, message, "sha256")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
