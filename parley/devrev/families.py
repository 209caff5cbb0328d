"""Every family of endpoints that is declared in rows; the conversations' own are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import (
    accounts,
    artifacts,
    atoms,
    auth_tokens,
    brands,
    conversations,
    dev_orgs,
    dev_users,
    groups,
    jobs,
    links,
    metric_definitions,
    org_schedule_fragments,
    org_schedules,
    parts,
    ping,
    reactions,
    rev_orgs,
    rev_user_links,
    rev_users,
    schemas,
    search,
    service_accounts,
    sla_trackers,
    slas,
    stage_diagrams,
    stages,
    states,
    stock_schemas,
    subtypes,
    tags,
    timeline_entries,
    webhooks,
    works,
)
from .endpoints import Family
from .reference.requests import REQUESTS
from .reference.shapes import SHAPES

_NOUNS: tuple[Family, ...] = (
    accounts.FAMILY,
    artifacts.FAMILY,
    auth_tokens.FAMILY,
    brands.FAMILY,
    conversations.FAMILY,
    dev_orgs.FAMILY,
    dev_users.FAMILY,
    groups.FAMILY,
    jobs.FAMILY,
    links.FAMILY,
    metric_definitions.FAMILY,
    org_schedule_fragments.FAMILY,
    org_schedules.FAMILY,
    parts.FAMILY,
    ping.FAMILY,
    reactions.FAMILY,
    rev_orgs.FAMILY,
    rev_user_links.FAMILY,
    rev_users.FAMILY,
    schemas.FAMILY,
    search.FAMILY,
    service_accounts.FAMILY,
    sla_trackers.FAMILY,
    slas.FAMILY,
    stage_diagrams.FAMILY,
    stages.FAMILY,
    states.FAMILY,
    stock_schemas.FAMILY,
    subtypes.FAMILY,
    tags.FAMILY,
    timeline_entries.FAMILY,
    webhooks.FAMILY,
    works.FAMILY,
)
FAMILIES: tuple[Family, ...] = (*_NOUNS, atoms.family(_NOUNS))


def shapes() -> dict[str, Shape]:
    """Every shape that a request can speak of, by name. Raises ValueError for a name that two families gave."""
    known = [*REQUESTS, *SHAPES, *(one for family in FAMILIES for one in family.shapes)]
    found = {one.name: one for one in known}
    if len(found) < len(known):
        raise ValueError(f"shapes of one name: {sorted({one.name for one in known if found[one.name] is not one})}")
    return {name: one for name, one in found.items() if isinstance(one, Shape)}
