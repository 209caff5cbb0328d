"""Companies: the organisations that customers come from (DevRev: accounts)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import customers, queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("companies")


class CompanyRow(NamedTuple):
    """A company; ``owners`` are people as ``kind:id``, ``custom_fields`` is JSON text {namespace: {key: value}}."""

    id: int
    name: str
    description: str | None
    domains: list[str]
    websites: list[str]
    external_refs: list[str]
    owners: list[str]
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


def _has(kind: str) -> str:
    return (
        f"n.id IN (SELECT v.company_id FROM company_values v WHERE v.tenant_id = $1 AND v.kind = '{kind}' AND v.value = ANY ({{}}::text[]))"
    )


COMPANIES = Noun(
    table="companies",
    kind="company",
    row=CompanyRow,
    columns=(
        "n.id, n.name, n.description, n.domains, n.websites, n.external_refs, n.owners, n.tier, n.subtype, n.custom_fields,"
        f" n.created_at, n.updated_at, n.created_by, n.modified_by, {customers.carried('company')}"
    ),
    writable=frozenset(
        {"name", "description", "domains", "websites", "external_refs", "owners", "tier", "subtype", "custom_fields"},
    ),
    filters={
        **customers.filters("company"),
        "names": "n.name = ANY ({}::text[])",
        "tiers": "n.tier = ANY ({}::text[])",
        "subtypes": "n.subtype = ANY ({}::text[])",
        "domains": _has("domain"),
        "websites": _has("website"),
        "external_refs": _has("external_ref"),
        "owners": _has("owner"),
    },
    json=frozenset({"custom_fields"}),
)


async def lock_companies(connection: Connection, tenant_id: int, *ids: int) -> set[int]:
    """Those of the companies that exist, locked."""
    return {record[0] for record in await connection.fetch(_SQL.lock_companies, tenant_id, list(ids))}


async def move_workspaces(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """A company's workspaces become another's."""
    await connection.execute(_SQL.move_workspaces, tenant_id, secondary, primary)


async def list_contacts(connection: Connection, tenant_id: int, company_id: int, after: int, at_most: int | None) -> list[int]:
    """Ids of the company's contacts beyond one, ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_contacts, tenant_id, company_id, after, at_most)]


async def move_contacts(connection: Connection, tenant_id: int, secondary: int, primary: int, ids: Sequence[int]) -> int:
    """These contacts of one company become another's; how many were."""
    return affected(await connection.execute(_SQL.move_contacts, tenant_id, secondary, primary, ids))


async def list_conversations(connection: Connection, tenant_id: int, company_id: int, after: int, at_most: int | None) -> list[int]:
    """Numbers of the company's conversations beyond one, ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, company_id, after, at_most)]


async def move_conversations(
    connection: Connection, tenant_id: int, secondary: int, primary: int, numbers: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """These conversations of one company become another's, with an event each; how many were."""
    return affected(await connection.execute(_SQL.move_conversations, tenant_id, secondary, primary, by.kind, by.id, at, numbers))
