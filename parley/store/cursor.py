"""Opaque signed cursors: where a keyset walk stands, valid only for the same tenant, filters and order.

A cursor is ``base64url(mac ‖ msgpack)`` with a 16-byte BLAKE2b MAC under the server's key. It holds exact sort values,
never a page number, and the ``now`` of the walk's first page, so that "the last 7 days" means the same on every page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import msgspec

from ..domain.problems import InvalidCursor

_MAC_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A place between two rows: beside the row with this sort value (µs since 1970, UTC) and number.

    ``inclusive``: the walk takes that row itself too (the way back from an empty page).
    """

    value_us: int
    number: int
    inclusive: bool = False

    @classmethod
    def at(cls, value: datetime, number: int) -> Position:
        return cls((value - _EPOCH) // timedelta(microseconds=1), number)

    @property
    def value(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.value_us)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """``digest`` is of the request's filters and order; ``now_us`` is the clock of the walk's first page."""

    tenant_id: int
    digest: bytes
    now_us: int
    position: Position


def digest(*parts: object) -> bytes:
    """Tells one set of filters and order from another."""
    return hashlib.blake2b(msgspec.json.encode(parts, order="sorted"), digest_size=12).digest()


def encode(cursor: Cursor, key: bytes) -> str:
    payload = msgspec.msgpack.encode(cursor)
    return base64.urlsafe_b64encode(_mac(payload, key) + payload).rstrip(b"=").decode()


def decode(text: str, key: bytes, *, tenant_id: int, digest: bytes) -> Cursor:
    """Raises InvalidCursor when the text was altered or made for another tenant, other filters or another order."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor("the cursor is not one of ours") from error
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    # The last base64 character can carry unused bits: only the text that we made is accepted.
    canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text.rstrip("=")
    if not canonical or not hmac.compare_digest(mac, _mac(payload, key)):
        raise InvalidCursor("the cursor was altered or is from another server")
    cursor = msgspec.msgpack.decode(payload, type=Cursor)
    if cursor.tenant_id != tenant_id:
        raise InvalidCursor("the cursor belongs to another tenant")
    if cursor.digest != digest:
        raise InvalidCursor("the cursor was made for other filters or another order")
    return cursor


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _mac(payload: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=_MAC_BYTES).digest()
