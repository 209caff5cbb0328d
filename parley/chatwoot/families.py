"""Every family of endpoints that is declared in rows; list and counts of conversations are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import (
    applied_slas,
    audit_logs,
    automation_rules,
    bulk_actions,
    canned_responses,
    conversation_actions,
    conversation_people,
    conversation_reading,
    conversations,
    custom_attribute_definitions,
    custom_roles,
    dashboard_apps,
    integrations,
    macros,
    sla_policies,
    webhooks,
)
from .endpoints import Endpoint, Family
from .reference.shapes import SHAPES

FAMILIES: tuple[Family, ...] = (
    canned_responses.FAMILY,
    conversations.FAMILY,
    conversation_actions.FAMILY,
    conversation_people.FAMILY,
    conversation_reading.FAMILY,
    custom_attribute_definitions.FAMILY,
    webhooks.FAMILY,
    dashboard_apps.FAMILY,
    custom_roles.FAMILY,
    macros.FAMILY,
    automation_rules.FAMILY,
    bulk_actions.FAMILY,
    sla_policies.FAMILY,
    applied_slas.FAMILY,
    audit_logs.FAMILY,
    integrations.FAMILY,
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
