"""SLA policies as Chatwoot's clients know them: three thresholds. ``slas`` has the same rows as DevRev's do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("sla_policies")


class SlaPolicy(NamedTuple):
    """A policy; thresholds are in seconds."""

    id: int
    name: str
    description: str | None
    first_response_s: float | None
    next_response_s: float | None
    only_during_business_hours: bool
    resolution_s: float | None


SLA_POLICIES = Noun(
    table="sla_policies",
    kind="sla_policy",
    row=SlaPolicy,
    columns="n.id, n.name, n.description, n.first_response_s, n.next_response_s, n.only_during_business_hours, n.resolution_s",
    writable=frozenset(
        {"name", "description", "first_response_s", "next_response_s", "only_during_business_hours", "resolution_s", "status"}
    ),
    filters={"status": "n.status = {}::text", "ids": "n.id = ANY ({}::bigint[])"},
)


async def list_measured(connection: Connection, tenant_id: int, policy_id: int, after: int, at_most: int | None) -> list[int]:
    """Numbers, beyond one and ascending, of the conversations that the policy applies to or has measured."""
    return [record[0] for record in await connection.fetch(_SQL.list_measured, tenant_id, policy_id, after, at_most)]


async def release(connection: Connection, tenant_id: int, policy_id: int, numbers: Sequence[int]) -> int:
    """The policy applies to none of these conversations any more, and what it measured is gone; to how many it applied."""
    await connection.execute(_SQL.delete_trackers, tenant_id, policy_id, numbers)
    return affected(await connection.execute(_SQL.release_conversations, tenant_id, policy_id, numbers))
