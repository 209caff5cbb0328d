"""Companies: the organisations that customers come from (DevRev: accounts)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import customers, queries
from .database import Connection
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


async def move_members(connection: Connection, tenant_id: int, secondary: int, primary: int, *, by: Ref, at: datetime) -> None:
    """What belongs to one company becomes another's: workspaces, contacts, and conversations with an event each."""
    await connection.execute(_SQL.move_workspaces, tenant_id, secondary, primary)
    await connection.execute(_SQL.move_contacts, tenant_id, secondary, primary)
    await connection.execute(_SQL.move_conversations, tenant_id, secondary, primary, by.kind, by.id, at)
