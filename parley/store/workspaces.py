"""Workspaces: the parts of a company (DevRev: rev orgs). A company has a default one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import customers, queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("workspaces")


class WorkspaceRow(NamedTuple):
    """A workspace; ``custom_fields`` is JSON text {namespace: {key: value}}."""

    id: int
    company_id: int
    name: str
    description: str | None
    is_default: bool
    external_ref: str | None
    domain: str | None
    environment: str | None
    tier: str | None
    subtype: str | None
    custom_fields: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    tag_ids: list[int]
    tag_values: list[str | None]
    artifact_ids: list[int]


WORKSPACES = Noun(
    table="workspaces",
    kind="workspace",
    row=WorkspaceRow,
    columns=(
        "n.id, n.company_id, n.name, n.description, n.is_default, n.external_ref, n.domain, n.environment, n.tier, n.subtype,"
        f" n.custom_fields, n.created_at, n.updated_at, n.created_by, n.modified_by, {customers.carried('workspace')}"
    ),
    writable=frozenset(
        {"company_id", "name", "description", "is_default", "external_ref", "domain", "environment", "tier", "subtype", "custom_fields"},
    ),
    filters={
        **customers.filters("workspace"),
        "companies": "n.company_id = ANY ({}::bigint[])",
        "names": "n.name = ANY ({}::text[])",
        "external_refs": "n.external_ref = ANY ({}::text[])",
        "is_default": "n.is_default = {}::boolean",
    },
    json=frozenset({"custom_fields"}),
)


async def lock_workspace(connection: Connection, tenant_id: int, workspace_id: int) -> int | None:
    """Its company's id; None when there is no such workspace."""
    company_id: int | None = await connection.fetchval(_SQL.lock_workspace, tenant_id, workspace_id)
    return company_id


async def list_contacts(
    connection: Connection, tenant_id: int, workspace_id: int, company_id: int, after: int, at_most: int | None
) -> list[int]:
    """Ids, beyond one and ascending, of the workspace's contacts that are not the company's."""
    return [record[0] for record in await connection.fetch(_SQL.list_contacts, tenant_id, workspace_id, company_id, after, at_most)]


async def move_contacts(connection: Connection, tenant_id: int, workspace_id: int, company_id: int, ids: Sequence[int]) -> int:
    """These contacts of a workspace follow it to another company; how many do."""
    return affected(await connection.execute(_SQL.move_contacts, tenant_id, workspace_id, company_id, ids))


async def list_conversations(
    connection: Connection, tenant_id: int, workspace_id: int, company_id: int, after: int, at_most: int | None
) -> list[int]:
    """Numbers, beyond one and ascending, of the workspace's conversations that are not the company's."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, workspace_id, company_id, after, at_most)]


async def move_conversations(
    connection: Connection, tenant_id: int, workspace_id: int, company_id: int, numbers: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """These conversations of a workspace follow it to another company, with an event each; how many do."""
    return affected(await connection.execute(_SQL.move_conversations, tenant_id, workspace_id, company_id, by.kind, by.id, at, numbers))
