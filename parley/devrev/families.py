"""Every family of endpoints that is declared in rows; the conversations' own are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import (
    accounts,
    auth_tokens,
    dev_orgs,
    dev_users,
    groups,
    rev_orgs,
    rev_user_links,
    rev_users,
    service_accounts,
    tags,
)
from .endpoints import Family
from .reference.requests import REQUESTS
from .reference.shapes import SHAPES

FAMILIES: tuple[Family, ...] = (
    accounts.FAMILY,
    auth_tokens.FAMILY,
    dev_orgs.FAMILY,
    dev_users.FAMILY,
    groups.FAMILY,
    rev_orgs.FAMILY,
    rev_user_links.FAMILY,
    rev_users.FAMILY,
    service_accounts.FAMILY,
    tags.FAMILY,
)


def shapes() -> dict[str, Shape]:
    """Every shape that a request can speak of, by name."""
    known = [*REQUESTS, *SHAPES, *(one for family in FAMILIES for one in family.shapes)]
    return {one.name: one for one in known if isinstance(one, Shape)}
