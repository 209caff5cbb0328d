"""What follows when deliveries end: the log, how the endpoint is doing, and what becomes of a webhook or a message."""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from ..domain.deliveries import VERIFY
from ..domain.endpoint_health import GONE, Outcome, after
from ..domain.principals import SYSTEM, Principal, Tenant
from ..domain.problems import NotFound
from ..store import claims, endpoints
from ..store.claims import Ended
from ..store.database import Connection
from ..store.endpoints import Key
from ..store.savepoints import savepoint
from ..store.webhooks import WEBHOOKS
from . import nouns
from .context import Context
from .delivery import note_undelivered

Settle = Callable[[Connection, int, int, int, str, datetime], Awaitable[object]]
"""Takes the answer to a verify request: connection, tenant, webhook, status, the answer's text, now."""
GONE_REASON = "the endpoint answered 410 (gone)"
_OF_MESSAGES = ("message_created", "message_updated")
_log = logging.getLogger("parley.deliveries")


async def end_claims(context: Context, connection: Connection, tenant_id: int, ended: Sequence[Ended], settle: Settle) -> bool:
    """In one transaction with the next claims; whether events were written.

    What cannot be carried on to a webhook or a message is logged and left: how the claims ended is written all the same.
    """
    held = await claims.end(connection, tenant_id, ended)
    gone = await _note_health(connection, tenant_id, ended)
    steps: list[Callable[[], Awaitable[object]]] = [partial(_disable, context, connection, tenant_id, key) for key in gone]
    for one in ended:
        claim = one.claim
        if claim.id in held and claim.event_type == VERIFY and one.state == "delivered":
            steps.append(
                partial(settle, connection, tenant_id, claim.endpoint_id, one.log.status or 0, one.log.answer or "", context.clock())
            )
        elif claim.id in held and claim.endpoint_kind == "inbox" and one.state == "failed":
            steps.append(partial(fail_messages, context, connection, tenant_id, [(claim.event_id, claim.event_type)], one.reason or ""))
    for step in steps:
        try:
            async with savepoint(connection):
                await step()
        except Exception:
            _log.exception("could not carry on what came of a delivery of tenant %s", tenant_id)
    return bool(steps)


async def fail_messages(
    context: Context, connection: Connection, tenant_id: int, events: Sequence[tuple[int | None, str]], reason: str
) -> None:
    """Messages that an inbox's callback was not told of have failed (Chatwoot contract 5.1)."""
    told = [event_id for event_id, type_ in events if event_id is not None and type_ in _OF_MESSAGES]
    for message_id in await claims.get_event_messages(connection, tenant_id, told) if told else []:
        await note_undelivered(connection, context, _server(tenant_id), message_id, reason)


async def _note_health(connection: Connection, tenant_id: int, ended: Sequence[Ended]) -> list[Key]:
    """Endpoints that were and are well are not looked at. Returns those that are gone."""
    outcomes = defaultdict[Key, list[Outcome]](list)
    for one in ended:
        if one.outcome is not None:
            outcomes[one.claim.key].append(one.outcome)
    changed = {key: found for key, found in outcomes.items() if any(one.error is not None or one.is_ailing for one in found)}
    if not changed:
        return []
    before = await endpoints.lock_health(connection, tenant_id, sorted(changed))
    now = {key: after(before[key], found) for key, found in changed.items()}
    gone = [key for key, found in changed.items() if any(one.status == GONE for one in found)]
    await endpoints.update_health(connection, tenant_id, now)
    for key, health in now.items():
        if health.pauses > before[key].pauses:
            _log.warning("the endpoint %s %s of tenant %s keeps failing: paused for %.0f s", *key, tenant_id, health.pause_s)
    return gone


async def _disable(context: Context, connection: Connection, tenant_id: int, key: Key) -> None:
    """Nothing more is sent to it: a webhook becomes inactive, and what was to be sent fails."""
    kind, number = key
    if kind == "webhook":
        with contextlib.suppress(NotFound):
            await nouns.change(connection, context, _server(tenant_id), WEBHOOKS, number, {"status": "inactive"})
        await endpoints.touch(connection, tenant_id, key)
    closed = await claims.close(connection, tenant_id, key, GONE_REASON)
    if kind == "inbox":
        await fail_messages(context, connection, tenant_id, closed, GONE_REASON)


def _server(tenant_id: int) -> Principal:
    return Principal(Tenant(tenant_id, "", ""), SYSTEM, can_write=True)
