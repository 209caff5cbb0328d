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
    accounts.FAMILY,
    agent_bots.FAMILY,
    agents.FAMILY,
    applied_slas.FAMILY,
    audit_logs.FAMILY,
    automation_rules.FAMILY,
    bulk_actions.FAMILY,
    campaigns.FAMILY,
    canned_responses.FAMILY,
    contact_cards.FAMILY,
    contact_filter.FAMILY,
    contact_inboxes.FAMILY,
    contact_jobs.FAMILY,
    contact_notes.FAMILY,
    contact_records.FAMILY,
    contacts.FAMILY,
    conversation_actions.FAMILY,
    conversation_filter.FAMILY,
    conversation_people.FAMILY,
    conversation_reading.FAMILY,
    conversations.FAMILY,
    csat_responses.FAMILY,
    custom_attribute_definitions.FAMILY,
    custom_filters.FAMILY,
    custom_roles.FAMILY,
    dashboard_apps.FAMILY,
    direct_uploads.FAMILY,
    inbox_members.FAMILY,
    inboxes.FAMILY,
    integrations.FAMILY,
    labels.FAMILY,
    live_reports.FAMILY,
    macros.FAMILY,
    messages.FAMILY,
    notifications.FAMILY,
    platform.FAMILY,
    profiles.FAMILY,
    public_contacts.FAMILY,
    public_conversations.FAMILY,
    public_messages.FAMILY,
    report_files.FAMILY,
    report_groups.FAMILY,
    reporting_events.FAMILY,
    reports.FAMILY,
    search.FAMILY,
    sessions.FAMILY,
    sla_policies.FAMILY,
    surveys.FAMILY,
    teams.FAMILY,
    threads.FAMILY,
    webhooks.FAMILY,
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
