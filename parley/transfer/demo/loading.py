"""Putting a demo tenant into the database: the whole tenant in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from ...domain.principals import Tenant
from ...domain.problems import Conflict
from ...store import chunks, control, counts, load, reports, tenants
from ...store.database import Connection, enter_tenant
from .dataset import Dataset

# What is being written, how much of it is, and how much it will be.
Progress: TypeAlias = Callable[[str, int, int], None]
# Brings the search index of a tenant up to its messages.
Index: TypeAlias = Callable[[Connection, int], Awaitable[object]]

# Table -> the kind under which its ids are given out.
ALLOCATED: Mapping[str, tenants.Kind] = {
    "contacts": "contact", "bots": "bot", "companies": "company", "workspaces": "workspace", "inboxes": "inbox", "teams": "team",
    "contact_points": "contact_point", "parts": "part", "brands": "brand", "tags": "tag", "stages": "stage",
    "schema_fragments": "schema_fragment", "custom_fields": "custom_field", "campaigns": "campaign", "sync_units": "sync_unit",
    "custom_roles": "custom_role", "org_schedules": "org_schedule", "metric_definitions": "metric_definition",
    "sla_policies": "sla_policy", "sla_trackers": "sla_tracker", "sla_events": "sla_event", "attachments": "attachment",
    "canned_responses": "canned_response", "macros": "macro", "automation_rules": "automation_rule", "custom_filters": "custom_filter",
    "dashboard_apps": "dashboard_app", "contact_notes": "contact_note", "org_schedule_fragments": "org_schedule_fragment",
    "works": "work", "links": "link",
}  # fmt: skip
BATCH = 5000


async def _index_later(_connection: Connection, _tenant_id: int) -> None:
    """The search queue is full of it: the server's own indexer will come to it."""


def _silent(_what: str, _done: int, _total: int) -> None:
    """For nobody."""


@dataclass(frozen=True, slots=True)
class Helpers:
    """What a load is given from outside: somebody to tell how far it is, and an indexer for search."""

    progress: Progress = _silent
    index: Index = _index_later


ALONE = Helpers()


@dataclass(frozen=True, slots=True)
class Plan:
    """A tenant to be made. ``people`` are (name, e-mail) of its users; ``marker`` says later what it was made from."""

    slug: str
    name: str
    people: Sequence[tuple[str, str]]
    marker: Mapping[str, Any]
    features: Sequence[str] = ()


async def find_loaded(connection: Connection, slug: str) -> tuple[Tenant, Mapping[str, Any]] | None:
    """A tenant that a load made, with its marker. Raises Conflict for one of that slug that was made otherwise."""
    tenant = await control.find_tenant(connection, slug)
    if tenant is None:
        return None
    marker = await load.read_marker(connection, tenant.id)
    if marker is None:
        raise Conflict(f"there is a tenant {slug!r} already, and it is no demo")
    return tenant, marker


async def begin_tenant(connection: Connection, plan: Plan) -> tuple[Tenant, list[int]]:
    """An empty tenant, and the ids of its users-to-be; leaves the transaction inside the tenant, in bulk."""
    try:
        tenant = await control.insert_tenant(connection, slug=plan.slug, name=plan.name)
    except asyncpg.UniqueViolationError as error:
        raise Conflict(f"somebody else is making the tenant {plan.slug!r} right now") from error
    await enter_tenant(connection, tenant.id)
    await tenants.seed_tenant(connection, tenant.id)
    users = [await _user(connection, name, email) for name, email in plan.people]
    await load.begin_bulk(connection, tenant.id)
    return tenant, users


async def write(connection: Connection, tenant_id: int, data: Dataset, progress: Progress = _silent) -> None:
    """Every row of the data set, and the ids above theirs."""
    data.number_messages(await load.reserve_message_ids(connection, len(data.messages)))
    for table in load.STRUCTURE_TABLES:
        await load.copy_rows(connection, tenant_id, table, data.structure[table])
    if data.structure["contacts"]:
        await load.learn(connection, "contacts", "contact_points", "companies", "workspaces")
    await _write_conversations(connection, tenant_id, data, progress)
    await _raise_allocators(connection, tenant_id, data)


async def _write_conversations(connection: Connection, tenant_id: int, data: Dataset, progress: Progress) -> None:
    is_first = bool(data.conversations) and data.conversations[0].number == 1
    await load.copy_structs(connection, tenant_id, "conversations", data.conversations)
    if is_first:
        await load.learn(connection, "conversations")
    for start in range(0, len(data.messages), BATCH):
        batch = data.messages[start : start + BATCH]
        await load.copy_structs(connection, tenant_id, "messages", batch)
        progress("messages", start + len(batch), len(data.messages))
    if is_first:
        await load.learn(connection, "messages")
    for table in load.DETAIL_TABLES:
        await load.copy_rows(connection, tenant_id, table, data.details[table])
        if is_first and table == "sla_trackers":
            await load.learn(connection, table)


async def finish_tenant(connection: Connection, tenant_id: int, plan: Plan) -> None:
    """What a live tenant's triggers and jobs would have done by now."""
    await chunks.queue_conversations(connection, tenant_id)
    await counts.roll_up(connection, tenant_id)
    await reports.backfill(connection, tenant_id)
    await load.write_marker(connection, tenant_id, plan.marker, plan.features)


async def _user(connection: Connection, name: str, email: str) -> int:
    known = await control.find_user(connection, email)
    return known.id if known else await control.insert_user(connection, name=name, email=email)


async def _raise_allocators(connection: Connection, tenant_id: int, data: Dataset) -> None:
    for table, kind in ALLOCATED.items():
        rows = data.structure[table] + data.details[table]
        if rows:
            await tenants.raise_allocator(connection, tenant_id, kind, max(row["id"] for row in rows))
    if works := data.details["works"]:
        await tenants.raise_allocator(connection, tenant_id, "ticket", max(row["number"] for row in works))
    if data.conversations:
        await tenants.raise_allocator(connection, tenant_id, "conversation", max(row.number for row in data.conversations))
