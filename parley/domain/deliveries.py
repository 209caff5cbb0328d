"""What is sent to whom when something happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EndpointKind = Literal["webhook", "inbox", "bot", "rule", "macro"]
Wire = Literal["devrev", "chatwoot"]
VERIFY = "verify"
"""The type of a delivery that asks an endpoint whether it is who it should be."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whose URL it is: a webhook's, an inbox's, a bot's, or one that a rule or a macro names."""

    kind: EndpointKind
    id: int
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """One body for one endpoint. ``type`` is the event as the wire calls it, ``body`` the JSON text that is sent as it is.

    Deliveries of one ``lane`` (``conversation:5``, ``contact:7``) reach an endpoint in the order of their events.
    """

    endpoint: Endpoint
    wire: Wire
    event_id: int
    type: str
    lane: str
    body: str


def message_key(tenant_id: int, event_id: int, type_: str) -> str:
    """The id that receivers see: the same for every attempt and every endpoint (Standard Webhooks: webhook-id)."""
    return f"evt_{tenant_id}_{event_id}_{type_}"
