"""What a tenant starts with, and the ids it gives out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from ..domain.stages import FIRST_CUSTOM_ID, STOCK_STAGES, STOCK_STATES
from . import queries
from .database import Connection

_SQL = queries.load("tenants")

Kind = Literal[
    "survey_response",
    "conversation", "contact", "bot", "company", "workspace", "inbox", "team", "contact_point", "part", "brand", "tag", "state", "stage",
    "schema_fragment", "custom_field", "campaign", "sync_unit", "custom_role", "org_schedule", "metric_definition", "sla_policy",
    "sla_tracker", "sla_event", "attachment", "user", "webhook", "job", "org_schedule_fragment", "stage_diagram", "work", "ticket", "issue",
    "link", "canned_response", "contact_note", "custom_filter", "dashboard_app", "macro", "automation_rule", "bulk_action", "notification",
]  # fmt: skip


class Membership(NamedTuple):
    """A user's place in the tenant, as an operator lists it."""

    user_id: int
    name: str
    email: str | None
    role: str
    state: str
    left_at: datetime | None
    custom_role: str | None
    inbox_ids: list[int]


async def allocate_ids(connection: Connection, tenant_id: int, kind: Kind, count: int = 1) -> int:
    """The first of ``count`` new ids. Call it as late as the transaction allows: it holds the kind's row until commit."""
    return int(await connection.fetchval(_SQL.allocate_ids, tenant_id, kind, count))


async def raise_allocator(connection: Connection, tenant_id: int, kind: Kind, above: int) -> None:
    """Makes sure that no id up to ``above`` will be given out; for rows that came with ids of their own."""
    await connection.execute(_SQL.raise_allocator, tenant_id, kind, above)


async def seed_tenant(connection: Connection, tenant_id: int) -> None:
    """The stock states, stages and schema fragments; running it again changes nothing."""
    states, stages = STOCK_STATES, STOCK_STAGES
    await connection.execute(
        _SQL.seed_states,
        tenant_id,
        [s.id for s in states],
        [s.name for s in states],
        [s.ordinal for s in states],
        [s.is_final for s in states],
    )
    await connection.execute(
        _SQL.seed_stages,
        tenant_id,
        [s.id for s in stages],
        [s.name for s in stages],
        [s.state for s in stages],
        [s.ordinal for s in stages],
        [s.status for s in stages],
    )
    await connection.execute(_SQL.seed_fragments, tenant_id)
    for kind, used in (("state", FIRST_CUSTOM_ID - 1), ("stage", FIRST_CUSTOM_ID - 1), ("schema_fragment", 2)):
        await raise_allocator(connection, tenant_id, kind, used)  # type: ignore[arg-type]


async def insert_membership(connection: Connection, tenant_id: int, user_id: int, *, role: str, name: str, email: str | None) -> None:
    """Raises asyncpg's UniqueViolationError when the user already belongs to the tenant."""
    await connection.execute(_SQL.insert_membership, tenant_id, user_id, role, name, email)


async def list_members(connection: Connection, tenant_id: int) -> list[Membership]:
    """The tenant's users, also those who left, by id."""
    return [Membership(*record) for record in await connection.fetch(_SQL.list_members, tenant_id)]
