"""Every family of endpoints that is declared in rows; list and counts of conversations are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import canned_responses, conversations, csat_responses, public_contacts, public_conversations, public_messages, surveys
from .endpoints import Endpoint, Family
from .reference.shapes import SHAPES

FAMILIES: tuple[Family, ...] = (
    canned_responses.FAMILY,
    conversations.FAMILY,
    public_contacts.FAMILY,
    public_conversations.FAMILY,
    public_messages.FAMILY,
    surveys.FAMILY,
    csat_responses.FAMILY,
)


def shapes() -> dict[str, Shape]:
    """Every shape that a request can speak of, by name. Raises ValueError for a name that two families gave."""
    known = [*SHAPES, *(one for family in FAMILIES for one in family.shapes)]
    found = {one.name: one for one in known}
    if len(found) < len(known):
        raise ValueError(f"shapes of one name: {sorted({one.name for one in known if found[one.name] is not one})}")
    return {name: one for name, one in found.items() if isinstance(one, Shape)}


def endpoints() -> list[Endpoint]:
    return [one for family in FAMILIES for one in family.endpoints]
