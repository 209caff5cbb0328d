"""Whether an endpoint is who it should be: it is sent a challenge and has to answer it in time (contract 2.3).

The challenge is written with the change that asks for it; the face's teller makes the ``verify`` delivery from that change's
event, and whoever sends it brings the answer here.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..domain.principals import SYSTEM
from ..store import events, webhooks
from ..store.database import Connection
from ..store.webhooks import WEBHOOKS, WebhookRow

CHALLENGE_TIME = timedelta(minutes=3)
"""How long an endpoint has to answer (contract 2.3)."""
_CHALLENGE_BYTES = 32


class _Answer(msgspec.Struct):
    challenge: str


def new_challenge(now: datetime) -> dict[str, Any]:
    """The columns of a webhook that is asked from now on; a challenge before this one is void."""
    random = base64.b64encode(secrets.token_bytes(_CHALLENGE_BYTES)).decode()
    return {"challenge": random, "challenge_until": now + CHALLENGE_TIME}


async def settle(connection: Connection, tenant_id: int, webhook_id: int, status: int, answer_text: str, now: datetime) -> bool:
    """Whether this answer is the one to the open challenge; it verifies the webhook, and makes one active that waited for it.

    Anything else changes nothing. One that somebody made inactive meanwhile stays so, and can be made active without a new challenge.
    """
    row = await webhooks.lock_webhook(connection, tenant_id, webhook_id, None)
    if row is None or not _answers(row, status, answer_text, now):
        return False
    values: dict[str, Any] = {"challenge": None, "challenge_until": None}
    if row.verified_at is None:
        values["verified_at"] = now
    if row.status == "unverified":
        values["status"] = "active"
    await WEBHOOKS.update(connection, tenant_id, webhook_id, values, SYSTEM)
    data = {"id": webhook_id, "changed": sorted(values)}
    await events.insert_event(connection, tenant_id, "webhook.updated", SYSTEM, data, now)
    return True


def _answers(row: WebhookRow, status: int, answer_text: str, now: datetime) -> bool:
    if row.challenge is None or row.challenge_until is None or now > row.challenge_until or not 200 <= status < 300:
        return False
    try:
        answer = msgspec.json.decode(answer_text, type=_Answer)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return secrets.compare_digest(answer.challenge.encode(), row.challenge.encode())
