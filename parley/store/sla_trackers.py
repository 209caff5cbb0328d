"""SLA trackers as a list of their own, and a target taken off one. What a tracker shows comes from ``conversations``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.filters import ConversationFilter, TimeRange
from ..domain.principals import Principal, Ref
from . import queries
from .cursor import Position
from .database import Connection, affected
from .filter import Sql, where
from .nouns import DIRECTIONS, NounOrder, NounPage
from .tenants import allocate_ids

_SQL = queries.load("sla_trackers")
_ORDERS = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class TrackerFilter:
    """Which trackers; None asks nothing. ``statuses`` are Chatwoot's words, as stored."""

    stages: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    created: TimeRange | None = None
    modified: TimeRange | None = None


async def find_conversation(connection: Connection, principal: Principal, tracker_id: int) -> int | None:
    """The number of the conversation that a tracker is of; None when the caller may not see it."""
    sql = Sql(principal.tenant.id)
    text = f"SELECT c.number {_from(sql, principal)} AND t.id = {sql.bind(tracker_id)}"
    found: int | None = await connection.fetchval(text, *sql.parameters)
    return found


async def page_trackers(
    connection: Connection,
    principal: Principal,
    asked: TrackerFilter,
    *,
    order: NounOrder,
    limit: int,
    position: Position | None = None,
    backwards: bool = False,
) -> NounPage[int]:
    """The numbers of the conversations whose trackers are on the page after ``position``, or with ``backwards`` before it."""
    rows = await _walk(connection, principal, asked, order, limit + 1, position, backwards)
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        behind = position and Position(position.value_us, position.number, inclusive=True)
        exists = behind and await _walk(connection, principal, asked, order, 1, behind, not backwards)
        return NounPage([], behind if exists and not backwards else None, behind if exists and backwards else None)
    ends = [Position.at(row[0], row[1]) for row in (rows[0], rows[-1])]
    other = position and await _walk(connection, principal, asked, order, 1, ends[-1 if backwards else 0], not backwards)
    has_before, has_after = (more, bool(other)) if backwards else (bool(other), more)
    return NounPage([row[2] for row in rows], ends[0] if has_before else None, ends[1] if has_after else None)


async def lock_tracker(connection: Connection, tenant_id: int, number: int) -> int | None:
    """The id of the tracker of a conversation, locked until commit."""
    found: int | None = await connection.fetchval(_SQL.lock_tracker, tenant_id, number)
    return found


async def remove_metric(connection: Connection, tenant_id: int, tracker_id: int, metric_id: int, by: Ref, at: datetime) -> bool:
    """Takes a target off a tracker; false when it is not there, or no longer."""
    return affected(await connection.execute(_SQL.remove_metric, tenant_id, tracker_id, metric_id, by.kind, by.id, at)) > 0


async def update_tracker(
    connection: Connection, tenant_id: int, tracker_id: int, *, closest: int | None, stage: str | None, by: Ref, at: datetime
) -> None:
    await connection.execute(_SQL.update_tracker, tenant_id, tracker_id, closest, stage, by.kind, by.id, at)


async def _walk(
    connection: Connection,
    principal: Principal,
    asked: TrackerFilter,
    order: NounOrder,
    limit: int,
    position: Position | None,
    backwards: bool,
) -> list[Any]:
    """Up to ``limit`` rows (value, tracker, conversation) from a position in the given direction, nearest first."""
    if order.column not in _ORDERS:
        raise KeyError(f"trackers have no order by {order.column}")
    direction, beyond = DIRECTIONS[order.direction if not backwards else {"asc": "desc", "desc": "asc"}[order.direction]]
    sql = Sql(principal.tenant.id)
    text = f"SELECT t.{order.column}, t.id, c.number {_from(sql, principal)}{_conditions(sql, asked)}"
    if position is not None:
        beyond += "=" if position.inclusive else ""
        place = f"({sql.bind(position.value)}::timestamptz, {sql.bind(position.number)}::bigint)"
        text += f" AND (t.{order.column}, t.id) {beyond} {place}"
    text += f" ORDER BY t.{order.column} {direction}, t.id {direction} LIMIT {sql.bind(limit)}::bigint"
    return await connection.fetch(text, *sql.parameters)


def _from(sql: Sql, principal: Principal) -> str:
    """A tracker is seen by those who see its conversation."""
    seen = where(sql, ConversationFilter(), principal)
    joined = "JOIN conversations c ON c.tenant_id = $1 AND c.number = t.conversation_number"
    return f"FROM sla_trackers t {joined} WHERE t.tenant_id = $1 AND {seen}"


def _conditions(sql: Sql, asked: TrackerFilter) -> str:
    conditions = []
    for column, values in (("stage", asked.stages), ("status", asked.statuses)):
        if values is not None:
            conditions.append(f"t.{column} = ANY ({sql.bind(list(values))}::text[])")
    for column, span in (("created_at", asked.created), ("updated_at", asked.modified)):
        for sign, bound in ((">=", span and span.after), ("<=", span and span.before)):
            if bound is not None:
                conditions.append(f"t.{column} {sign} {sql.bind(bound)}::timestamptz")
    return "".join(f" AND {condition}" for condition in conditions)


async def insert_tracker(connection: Connection, tenant_id: int, number: int, policy_id: int, by: Ref, at: datetime) -> None:
    """A conversation has one tracker: where an older one is left, it follows the policy from now on."""
    tracker_id = await allocate_ids(connection, tenant_id, "sla_tracker")
    await connection.execute(_SQL.insert_tracker, tenant_id, tracker_id, number, policy_id, by.kind, by.id, at)


async def get_policy_name(connection: Connection, tenant_id: int, policy_id: int) -> str | None:
    found: str | None = await connection.fetchval(_SQL.get_policy_name, tenant_id, policy_id)
    return found
