"""What DevRev's webhooks are told: an envelope for each webhook, event and type (contract 2.3).

``{id, webhook_id, timestamp, type, <type>: {...}}``. Things are shown as an administrator of the dev org sees them when the
envelope is made; what is private to a few people is never told. ``timestamp`` is when the envelope was made: retries send the
same bytes, and the header ``webhook-timestamp`` has the time of each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from ..actions.context import Context
from ..domain.deliveries import VERIFY, Endpoint, Told, message_key
from ..domain.principals import SYSTEM, Principal, Tenant
from ..store.database import Connection
from ..store.events import EventRow
from ..store.webhooks import Listening, list_listening
from . import dates, event_bodies
from .event_readings import Saying, read
from .viewer import Viewer

Tell: TypeAlias = Callable[[Connection, Tenant, Sequence[EventRow]], Awaitable[list[Told]]]
_ASKS = ("webhook.created", "webhook.updated")


def teller(context: Context) -> Tell:
    """What makes deliveries of this wire from events."""

    async def tell(connection: Connection, tenant: Tenant, events: Sequence[EventRow]) -> list[Told]:
        """In the order of the events. Nothing is asked but which webhooks there are, where there are none."""
        listening = await list_listening(connection, tenant.id, "devrev")
        if not listening:
            return []
        viewer = Viewer(context, Principal(tenant, SYSTEM), connection)
        envelopes = _Envelopes(viewer, context.clock())
        wanted = {one.id: frozenset(one.event_types) for one in listening if one.since is not None}
        types = frozenset().union(*wanted.values())
        sayings = [saying for event in events for saying in read(event) if saying.type in types]
        bodies = await event_bodies.load(viewer, sayings) if sayings else None
        told = [envelopes.verify(one, event_id) for one, event_id in _asked(listening, events, envelopes.now)]
        for saying in sayings:
            body = bodies.body(saying) if bodies is not None else None
            if body is not None:
                inside = msgspec.Raw(msgspec.json.encode(body))
                told += [envelopes.told(one, saying, inside) for one in listening if _listens(one, wanted, saying)]
        return told

    return tell


def _listens(one: Listening, wanted: dict[int, frozenset[str]], saying: Saying) -> bool:
    """Whether the webhook gets this: it was verified by then, and asks for the type."""
    is_meant = saying.only is None or saying.only == one.id
    return is_meant and one.since is not None and one.since <= saying.event.created_at and saying.type in wanted[one.id]


def _asked(listening: Sequence[Listening], events: Sequence[EventRow], now: datetime) -> Iterator[tuple[Listening, int]]:
    """The webhooks that these events challenged, each with the last such event, while there is time to answer."""
    last: dict[int, int] = {}
    for event in events:
        if event.kind in _ASKS:
            data: dict[str, Any] = msgspec.json.decode(event.data)
            if event.kind == "webhook.created" or "challenge" in data["changed"]:
                last[data["id"]] = event.id
    for one in listening:
        if one.id in last and one.challenge is not None and one.challenge_until is not None and one.challenge_until >= now:
            yield one, last[one.id]


class _Envelopes:
    """The frames of one batch."""

    def __init__(self, viewer: Viewer, now: datetime) -> None:
        self.now = now
        self._tenant_id = viewer.tenant_id
        self._names = viewer.names
        self._timestamp = dates.show(now)

    def told(self, webhook: Listening, saying: Saying, inside: Any) -> Told:
        return self._told(webhook, saying.event.id, saying.type, saying.lane, inside)

    def verify(self, webhook: Listening, event_id: int) -> Told:
        """In a lane of its own: it waits for nothing that is to be sent there."""
        return self._told(webhook, event_id, VERIFY, VERIFY, {"challenge": webhook.challenge})

    def _told(self, webhook: Listening, event_id: int, kind: str, lane: str, inside: Any) -> Told:
        body = {
            "id": message_key(self._tenant_id, event_id, kind),
            "webhook_id": self._names.don("webhook", webhook.id),
            "timestamp": self._timestamp,
            "type": kind,
            kind: inside,
        }
        endpoint = Endpoint("webhook", webhook.id, webhook.url)
        return Told(endpoint, "devrev", event_id, kind, lane, msgspec.json.encode(body).decode())
