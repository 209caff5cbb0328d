"""What goes over the wire: version 1 of ActionCable's protocol, JSON text both ways.

The server sends ``{"type": welcome | ping | confirm_subscription | reject_subscription | disconnect, ...}`` and, of a
subscription, ``{"identifier": ..., "message": ...}``; the client ``{"command": subscribe | unsubscribe | message, "identifier": ...}``.
An identifier is JSON as text; it is given back as it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

VERSION = "actioncable-v1-json"
SUBPROTOCOLS = (VERSION, "actioncable-unsupported")
WELCOME = '{"type":"welcome"}'
LONGEST = 16_384
"""Characters of a command; a longer one is no command."""

UNAUTHORIZED = "unauthorized"
SERVER_RESTART = "server_restart"
TOO_MANY = "too_many_connections"
TOO_SLOW = "too_slow"
UNAVAILABLE = "unavailable"


class Command(msgspec.Struct, frozen=True):
    """``data`` is JSON as text, with the action's name."""

    command: str
    identifier: str
    data: str = "{}"


def choose(offered: Iterable[str]) -> str | None:
    """The subprotocol that is spoken; None for a client that asked for none."""
    known = list(offered)
    return next((one for one in SUBPROTOCOLS if one in known), None)


def read(text: str) -> Command | None:
    """None for what is no command: it is passed over, as in the original."""
    if len(text) > LONGEST:
        return None
    try:
        return msgspec.json.decode(text, type=Command)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in an identifier or in a command's data; empty for anything else."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def ping(epoch: int) -> str:
    return f'{{"type":"ping","message":{epoch}}}'


def confirmed(identifier: str) -> str:
    return encode({"identifier": identifier, "type": "confirm_subscription"})


def rejected(identifier: str, reason: str | None = None) -> str:
    """``reason`` is more than the original says."""
    said = {"identifier": identifier, "type": "reject_subscription"}
    return encode(said if reason is None else said | {"reason": reason})


def disconnect(reason: str, *, reconnect: bool) -> str:
    return encode({"type": "disconnect", "reason": reason, "reconnect": reconnect})


def leading(identifier: str) -> str:
    """What stands before each message of a subscription; a brace goes behind it."""
    return f'{{"identifier":{encode(identifier)},"message":'
