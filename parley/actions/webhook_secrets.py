"""A webhook's secret and how it is changed for another without a gap: for a day deliveries are signed with both."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..domain.webhooks import NEW_SECRET_BYTES
from ..store.webhooks import WEBHOOKS, WebhookRow, lock_webhook
from .context import Context
from .nouns import change, changing
from .webhook_challenge import new_challenge

ROTATION_TIME = timedelta(days=1)
"""How long deliveries are signed with the secret before, too."""
# Chatwoot shows its secrets as they are, so they are made of hexadecimal digits.
_CHATWOOT_BYTES = 12


def new_secret(wire: str) -> bytes:
    """A random one, of the form that the wire shows."""
    return secrets.token_hex(_CHATWOOT_BYTES).encode() if wire == "chatwoot" else secrets.token_bytes(NEW_SECRET_BYTES)


async def rotate(context: Context, principal: Principal, webhook_id: int) -> bytes:
    """Gives a webhook of either wire a new secret, and returns it. Raises NotFound, Forbidden."""
    async with changing(context, principal, administrator=True) as connection:
        row = await lock_webhook(connection, principal.tenant.id, webhook_id, None)
        if row is None:
            raise NotFound("no such webhook")
        secret = new_secret(row.wire)
        await change(connection, context, principal, WEBHOOKS, webhook_id, rotated(row, secret, context.clock()))
        return secret


def rotated(row: WebhookRow, secret: bytes, now: datetime) -> dict[str, Any]:
    """The columns of a webhook whose secret becomes this one.

    An endpoint that has had deliveries gets both signatures for a time. On DevRev's wire it is asked again, and stays
    active meanwhile: a change of secret loses no event.
    """
    was_used = row.wire == "chatwoot" or row.verified_at is not None
    values = {"secret": secret, "previous_secret": row.secret if was_used else None}
    values["previous_secret_until"] = now + ROTATION_TIME if was_used else None  # type: ignore[assignment]
    return values | (new_challenge(now) if row.wire == "devrev" else {})
