"""Putting a made-up tenant into the database: the whole tenant in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from ...domain.principals import Tenant
from ...domain.problems import Conflict
from ...store import control, load, tenants
from ...store.database import Connection, enter_tenant
from .dataset import Dataset

# What is being written, how much of it is, and how much it will be.
Progress: TypeAlias = Callable[[str, int, int], None]
Build: TypeAlias = Callable[[Sequence[int]], Dataset]

# Table -> the kind under which its ids are given out.
ALLOCATED: Mapping[str, tenants.Kind] = {
    "contacts": "contact", "bots": "bot", "companies": "company", "workspaces": "workspace", "inboxes": "inbox", "teams": "team",
    "contact_points": "contact_point", "parts": "part", "brands": "brand", "tags": "tag", "stages": "stage",
    "schema_fragments": "schema_fragment", "custom_fields": "custom_field", "campaigns": "campaign", "sync_units": "sync_unit",
    "custom_roles": "custom_role", "org_schedules": "org_schedule", "metric_definitions": "metric_definition",
    "sla_policies": "sla_policy", "sla_trackers": "sla_tracker", "sla_events": "sla_event", "attachments": "attachment",
}  # fmt: skip
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Plan:
    """A tenant to be made. ``people`` are (name, e-mail) of its users; ``marker`` says later what it was made from."""

    slug: str
    name: str
    people: Sequence[tuple[str, str]]
    marker: Mapping[str, Any]
    features: Sequence[str] = ()


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress for nobody."""


async def find_loaded(connection: Connection, slug: str) -> tuple[Tenant, Mapping[str, Any]] | None:
    """A tenant that a load made, with its marker. Raises Conflict for one of that slug that was made otherwise."""
    tenant = await control.find_tenant(connection, slug)
    if tenant is None:
        return None
    marker = await load.read_marker(connection, tenant.id)
    if marker is None:
        raise Conflict(f"there is a tenant {slug!r} already, and it is no demo")
    return tenant, marker


async def load_tenant(connection: Connection, plan: Plan, build: Build, progress: Progress = silent) -> Tenant:
    """Makes the tenant with all its rows. Raises Conflict when another load makes it at the same time."""
    async with connection.transaction():
        tenant, users = await begin_tenant(connection, plan)
        data = build(users)
        await write(connection, tenant.id, data, progress)
        await finish_tenant(connection, tenant.id, plan)
    return tenant


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


async def write(connection: Connection, tenant_id: int, data: Dataset, progress: Progress) -> None:
    """Every row of the data set, and the ids above theirs."""
    data.number_messages(await load.reserve_message_ids(connection, len(data.messages)))
    for table in load.STRUCTURE_TABLES:
        await load.copy_rows(connection, tenant_id, table, data.structure[table])
    await load.copy_structs(connection, tenant_id, "conversations", data.conversations)
    for start in range(0, len(data.messages), BATCH):
        batch = data.messages[start : start + BATCH]
        await load.copy_structs(connection, tenant_id, "messages", batch)
        progress("messages", start + len(batch), len(data.messages))
    for table in load.DETAIL_TABLES:
        await load.copy_rows(connection, tenant_id, table, data.details[table])
    await _raise_allocators(connection, tenant_id, data)


async def finish_tenant(connection: Connection, tenant_id: int, plan: Plan) -> None:
    """What a live tenant's triggers and jobs would have done by now."""
    await load.queue_search(connection, tenant_id)
    await load.roll_up_tallies(connection, tenant_id)
    await load.write_marker(connection, tenant_id, plan.marker, plan.features)


async def _user(connection: Connection, name: str, email: str) -> int:
    known = await control.find_user(connection, email)
    return known.id if known else await control.insert_user(connection, name=name, email=email)


async def _raise_allocators(connection: Connection, tenant_id: int, data: Dataset) -> None:
    for table, kind in ALLOCATED.items():
        rows = data.structure[table] + data.details[table]
        if rows:
            await tenants.raise_allocator(connection, tenant_id, kind, max(row["id"] for row in rows))
    if data.conversations:
        await tenants.raise_allocator(connection, tenant_id, "conversation", max(row.number for row in data.conversations))
