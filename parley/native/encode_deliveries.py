"""Webhooks, deliveries and attempts as this API tells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..store.delivery_log import Attempt, LoggedDelivery, WebhookHealth
from .encode_events import moment

Json = dict[str, Any]


def encode_webhook(one: WebhookHealth, now: datetime) -> Json:
    """Without its secret: that is shown where it is made, and on its own wire."""
    return {
        "id": one.id,
        "wire": one.wire,
        "name": one.name,
        "url": one.url,
        "status": one.status,
        "event_types": one.event_types,
        "inbox_id": one.inbox_id,
        "verified_at": moment(one.verified_at),
        "both_secrets_until": moment(one.previous_secret_until),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "waiting": one.waiting,
        "health": {
            "state": _state(one, now),
            "failures": one.failures,
            "failing_since": moment(one.failing_since),
            "paused_until": moment(one.paused_until),
            "disabled_at": moment(one.disabled_at),
            "last_error": one.last_error,
        },
    }


def _state(one: WebhookHealth, now: datetime) -> str:
    if one.disabled_at is not None:
        return "disabled"
    if one.paused_until is not None and one.paused_until > now:
        return "paused"
    return "failing" if one.failures else "ok"


def encode_delivery(one: LoggedDelivery) -> Json:
    return {
        "id": one.id,
        "endpoint": {"kind": one.endpoint_kind, "id": one.endpoint_id},
        "wire": one.wire,
        "url": one.url,
        "event_type": one.event_type,
        "message_id": one.message_key,
        "lane": one.lane,
        "state": one.state,
        "attempts": one.attempts,
        "reason": one.reason,
        "last_status": one.last_status,
        "last_error": one.last_error,
        "next_attempt_at": moment(one.next_at),
        "created_at": moment(one.created_at),
        "finished_at": moment(one.finished_at),
    }


def encode_whole(one: LoggedDelivery, body: str, attempts: Sequence[Attempt]) -> Json:
    """With the text that is sent and each request."""
    return encode_delivery(one) | {"body": body, "tries": [_attempt(attempt) for attempt in attempts]}


def _attempt(one: Attempt) -> Json:
    return {
        "number": one.number,
        "started_at": moment(one.started_at),
        "finished_at": moment(one.finished_at),
        "request_headers": msgspec.json.decode(one.request_headers),
        "status": one.status,
        "latency_ms": one.latency_ms,
        "answer": one.answer,
        "error": one.error,
    }
