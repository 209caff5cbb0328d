"""Applied SLAs as a report: which policies were missed where, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .database import Connection, keep_plans, vary_plans
from .filter import Sql

MISSED = ("missed", "active_with_misses")


@dataclass(frozen=True, slots=True)
class AppliedFilter:
    """Which applied SLAs; None asks nothing. The bounds are of when the policy began to apply; ``labels`` any of them."""

    since: datetime | None = None
    until: datetime | None = None
    inbox_id: int | None = None
    team_id: int | None = None
    sla_policy_id: int | None = None
    agent_id: int | None = None
    labels: Sequence[str] | None = None


async def count_applied(connection: Connection, tenant_id: int, asked: AppliedFilter) -> tuple[int, int]:
    """How many there are, and how many of them were missed."""
    sql = Sql(tenant_id)
    missed = f"t.status = ANY ({sql.bind(list(MISSED))}::text[])"
    await vary_plans(connection)
    record = await connection.fetchrow(f"SELECT count(*), count(*) FILTER (WHERE {missed}) {_from(sql, asked)}", *sql.parameters)
    await keep_plans(connection)
    assert record is not None
    return record[0], record[1]


async def list_missed(connection: Connection, tenant_id: int, asked: AppliedFilter, *, limit: int, offset: int = 0) -> list[int]:
    """The numbers of the conversations, newest applied SLA first."""
    sql = Sql(tenant_id)
    missed = f"t.status = ANY ({sql.bind(list(MISSED))}::text[])"
    text = f"SELECT t.conversation_number {_from(sql, asked)} AND {missed} ORDER BY t.created_at DESC, t.id DESC"
    await vary_plans(connection)
    records = await connection.fetch(f"{text} LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint", *sql.parameters)
    await keep_plans(connection)
    return [record[0] for record in records]


def _from(sql: Sql, asked: AppliedFilter) -> str:
    conditions = ["t.tenant_id = $1"]
    for column, value in (("t.created_at >=", asked.since), ("t.created_at <=", asked.until)):
        if value is not None:
            conditions.append(f"{column} {sql.bind(value)}::timestamptz")
    numbers = {
        "c.inbox_id": asked.inbox_id,
        "c.team_id": asked.team_id,
        "t.sla_policy_id": asked.sla_policy_id,
        "c.assignee_user_id": asked.agent_id,
    }
    conditions += [f"{column} = {sql.bind(value)}::bigint" for column, value in numbers.items() if value is not None]
    if asked.labels is not None:
        names = f"SELECT lower(n) FROM unnest({sql.bind(list(asked.labels))}::text[]) n"
        tags = f"SELECT g.id FROM tags g WHERE g.tenant_id = $1 AND lower(g.name) IN ({names})"
        conditions.append(
            "EXISTS (SELECT FROM conversation_tags ct WHERE ct.tenant_id = $1 AND ct.conversation_number = c.number"
            f" AND ct.tag_id = ANY (ARRAY({tags})))"
        )
    joined = "JOIN conversations c ON c.tenant_id = $1 AND c.number = t.conversation_number"
    return f"FROM sla_trackers t {joined} WHERE {' AND '.join(conditions)}"
