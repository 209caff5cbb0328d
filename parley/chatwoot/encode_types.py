"""The odd types of this wire: seconds since 1970 with 0 for null, one float, ISO strings, JSON columns passed through."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

EMPTY = Raw(b"{}")


class _CustomFields(msgspec.Struct):
    """A custom_fields column: only the tenant's own namespace exists on this wire."""

    tnt: Raw = EMPTY


_CUSTOM_FIELDS = msgspec.json.Decoder(_CustomFields)
encode = msgspec.json.Encoder().encode


def epoch(at: datetime) -> int:
    """Whole seconds, rounded down."""
    return math.floor(at.timestamp())


def epoch_or_zero(at: datetime | None) -> int:
    return 0 if at is None else math.floor(at.timestamp())


def iso(at: datetime) -> str:
    """``2026-12-24T09:00:00.000Z``, cut to the millisecond."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def iso_or_none(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def json_object(text: str | None) -> Raw:
    """A JSON column as it is; ``{}`` for null."""
    return EMPTY if text is None else Raw(text.encode())


def custom_attributes(custom_fields: str) -> Raw:
    """The tenant's own fields under their raw keys."""
    return EMPTY if custom_fields == "{}" else _CUSTOM_FIELDS.decode(custom_fields).tnt


def raw(value: Any) -> Raw:
    """Encodes once what an answer shows many times."""
    return Raw(encode(value))


def channel(kind: str) -> str:
    """``web_widget`` -> ``Channel::WebWidget``."""
    return "Channel::" + "".join(word.capitalize() for word in kind.split("_"))
