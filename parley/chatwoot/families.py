"""Every family of endpoints that is declared in rows; list and counts of conversations are in ``routes``."""

from __future__ import annotations

from ..reference.notation import Shape
from . import (
    accounts,
    agent_bots,
    agents,
    applied_slas,
    audit_logs,
    automation_rules,
    bulk_actions,
    campaigns,
    canned_responses,
    contact_cards,
    contact_filter,
    contact_inboxes,
    contact_jobs,
    contact_notes,
    contact_records,
    contacts,
    conversation_actions,
    conversation_filter,
    conversation_people,
    conversation_reading,
    conversations,
    csat_responses,
    custom_attribute_definitions,
    custom_filters,
    custom_roles,
    dashboard_apps,
    direct_uploads,
    inbox_members,
    inboxes,
    integrations,
    labels,
    live_reports,
    macros,
    messages,
    notifications,
    platform,
    profiles,
    public_contacts,
    public_conversations,
    public_messages,
    report_files,
    report_groups,
    reporting_events,
    reports,
    search,
    sessions,
    sla_policies,
    surveys,
    teams,
    threads,
    webhooks,
)
from .endpoints import Endpoint, Family
from .reference.shapes import SHAPES

FAMILIES: tuple[Family, ...] = (
    canned_responses.FAMILY,
    conversations.FAMILY,
    direct_uploads.FAMILY,
    messages.FAMILY,
    threads.FAMILY,
    conversation_actions.FAMILY,
    conversation_people.FAMILY,
    conversation_reading.FAMILY,
    contacts.FAMILY,
    contact_cards.FAMILY,
    contact_inboxes.FAMILY,
    contact_notes.FAMILY,
    contact_records.FAMILY,
    contact_jobs.FAMILY,
    conversation_filter.FAMILY,
    contact_filter.FAMILY,
    search.FAMILY,
    custom_filters.FAMILY,
    campaigns.FAMILY,
    agent_bots.FAMILY,
    agents.FAMILY,
    inbox_members.FAMILY,
    inboxes.FAMILY,
    labels.FAMILY,
    teams.FAMILY,
    live_reports.FAMILY,
    report_files.FAMILY,
    report_groups.FAMILY,
    reporting_events.FAMILY,
    reports.FAMILY,
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
    sessions.FAMILY,
    profiles.FAMILY,
    accounts.FAMILY,
    platform.FAMILY,
    notifications.FAMILY,
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
