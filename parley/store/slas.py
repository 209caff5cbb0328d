"""SLAs: what is promised in policies, to which workspaces, and what the policies name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("slas")


class SlaRow(NamedTuple):
    """An SLA with its stamps; ``account_selector`` and ``policies`` are JSON text."""

    id: int
    name: str
    description: str | None
    sla_type: str
    status: str
    evaluation_period: str | None
    applies_to: list[str]
    account_selector: str | None
    policies: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class Known(NamedTuple):
    """A thing that a policy may name: its noun, what kind of it (part, bot), its status where it has one."""

    noun: str
    id: int
    kind: str | None
    status: str | None


SLAS = Noun(
    table="sla_policies",
    kind="sla_policy",
    row=SlaRow,
    columns="n.id, n.name, n.description, n.sla_type, n.status, n.evaluation_period, n.applies_to, n.account_selector, n.policies,"
    " n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "description", "sla_type", "status", "evaluation_period", "applies_to", "account_selector", "policies"}),
    json=frozenset({"account_selector", "policies"}),
    filters={
        "statuses": "n.status = ANY ({}::text[])",
        "types": "n.sla_type = ANY ({}::text[])",
        "applies_to_any": "n.applies_to && {}::text[]",
        "applies_to_all": "n.applies_to @> {}::text[]",
    },
)


async def lock_sla(connection: Connection, tenant_id: int, sla_id: int) -> str | None:
    """The SLA's status, which stays until commit; None when there is no such SLA."""
    found: str | None = await connection.fetchval(_SQL.lock_sla, tenant_id, sla_id)
    return found


async def list_known(connection: Connection, tenant_id: int, wanted: Sequence[tuple[str, int]]) -> list[Known]:
    """Those of the things that the tenant has, by noun and id."""
    ids = [[number for noun, number in wanted if noun == one] for one in _NOUNS]
    return [Known(*record) for record in await connection.fetch(_SQL.list_known, tenant_id, *ids)]


async def replace_references(connection: Connection, tenant_id: int, sla_id: int, named: Sequence[tuple[str, int]]) -> None:
    """Holds what an SLA's policies name, instead of what they named before."""
    await connection.execute(_SQL.delete_references, tenant_id, sla_id)
    nouns, ids = [noun for noun, _ in named], [number for _, number in named]
    await connection.execute(_SQL.insert_references, tenant_id, sla_id, nouns, ids)


async def assign_sla(connection: Connection, tenant_id: int, sla_id: int, workspace_ids: Sequence[int], by: Ref, at: datetime) -> None:
    """Gives workspaces this SLA instead of the one that they have."""
    await connection.execute(_SQL.assign_sla, tenant_id, sla_id, workspace_ids, str(by), at)


async def unassign_slas(connection: Connection, tenant_id: int, workspace_ids: Sequence[int]) -> None:
    await connection.execute(_SQL.unassign_slas, tenant_id, workspace_ids)


# In the order of list_known's parameters.
_NOUNS = ("org_schedule", "tag", "part", "team", "workspace", "stage", "user", "contact", "bot")
