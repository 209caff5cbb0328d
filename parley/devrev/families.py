"""Every family of endpoints that is declared in rows; the conversations' own are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import brands, links, parts, tags, works
from .endpoints import Family
from .reference.requests import REQUESTS
from .reference.shapes import SHAPES

FAMILIES: tuple[Family, ...] = (tags.FAMILY, brands.FAMILY, parts.FAMILY, works.FAMILY, links.FAMILY)


def shapes() -> dict[str, Shape]:
    """Every shape that a request can speak of, by name."""
    known = [*REQUESTS, *SHAPES, *(one for family in FAMILIES for one in family.shapes)]
    return {one.name: one for one in known if isinstance(one, Shape)}
