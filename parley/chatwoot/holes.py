"""What the caller or the clock decides of a conversation: left open when it is encoded, filled when it is read.

A hole stands where a value goes, between two control characters 1, which JSON text never holds; inside are a letter and what
the value is made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ..domain.people import Contact, Member, Team
from ..domain.presence import is_contact_present, shown_availability
from ..domain.principals import Principal
from ..store import presences
from ..store.database import Connection
from .wire import Wire

_EDGE = b"\x01"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_USER, _CONTACT, _TEAM, _REPLY, _FILE = b"u", b"c", b"m", b"r", b"f"


def _hole(letter: bytes, *made_from: Any) -> Any:
    """The encoder writes it as it is, whatever the type that stands there when it is filled."""
    return msgspec.Raw(_EDGE + letter + msgspec.json.encode(made_from) + _EDGE)


class OpenWire(Wire):
    """A wire that decides nothing: it leaves holes."""

    def availability(self, person: Member) -> str:
        return _hole(_USER, person.id, person.availability) if person.auto_offline else person.availability

    def contact_availability(self, person: Contact) -> str:
        return _hole(_CONTACT, person.id)  # type: ignore[no-any-return]

    def can_reply(self, last_incoming_at: datetime | None, window_s: int | None) -> bool:
        if window_s is None or last_incoming_at is None:
            return window_s is None
        end = last_incoming_at + timedelta(seconds=window_s)
        return _hole(_REPLY, (end - _EPOCH) // _MICROSECOND)  # type: ignore[no-any-return]

    def is_member(self, team: Team) -> bool:
        return _hole(_TEAM, team.id)  # type: ignore[no-any-return]

    def file_url(self, attachment_id: int, file_name: str | None) -> str:
        return _hole(_FILE, attachment_id, file_name)  # type: ignore[no-any-return]


async def fill(connection: Connection, principal: Principal, wire: Wire, bodies: Sequence[bytes]) -> list[bytes]:
    """The bodies as this caller sees them now."""
    pieces = [body.split(_EDGE) for body in bodies]
    holes = {hole for one in pieces for hole in one[1::2]}
    if not holes:
        return list(bodies)
    values = await _values(connection, principal, wire, holes)
    for one in pieces:
        one[1::2] = [values[hole] for hole in one[1::2]]
    return [b"".join(one) for one in pieces]


async def _values(connection: Connection, principal: Principal, wire: Wire, holes: Iterable[bytes]) -> dict[bytes, bytes]:
    """Each hole once, with the JSON that goes there."""
    made_from = {hole: msgspec.json.decode(hole[1:]) for hole in holes}
    users = [given[0] for hole, given in made_from.items() if hole[:1] == _USER]
    contacts = [given[0] for hole, given in made_from.items() if hole[:1] == _CONTACT]
    seen = await presences.list_at_hand(connection, principal.tenant.id, users, contacts, principal.user_id)
    decide: dict[bytes, Callable[..., Any]] = {
        _USER: lambda number, chosen: shown_availability(chosen, auto_offline=True, seen_at=seen.get(("user", number)), now=wire.now),
        _CONTACT: lambda number: "online" if is_contact_present(seen.get(("contact", number)), wire.now) else "offline",
        _TEAM: lambda number: ("team", number) in seen,
        _REPLY: lambda end: (wire.now - _EPOCH) // _MICROSECOND < end,
        _FILE: wire.file_url,
    }
    return {hole: msgspec.json.encode(decide[hole[:1]](*given)) for hole, given in made_from.items()}
