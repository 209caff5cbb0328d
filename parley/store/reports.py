"""Reports: what happened in a time, counted and averaged by PostgreSQL in one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..domain.reports import AVERAGES, EVENT_OF, Report, Span, Subject
from . import queries
from .database import Connection
from .filter import Sql

_SQL = queries.load("reports")
# Where each subject is known from, on a conversation, a message and a reporting event.
_OF_CONVERSATION = {"agent": "c.assignee_user_id = {}", "inbox": "c.inbox_id = {}", "team": "c.team_id = {}"}
_TAGGED = "EXISTS (SELECT FROM conversation_tags ct WHERE ct.tenant_id = $1 AND ct.conversation_number = c.number AND ct.tag_id = {})"
# What a summary groups by, on a conversation and on a reporting event of one.
_GROUPS: dict[str, tuple[str, str]] = {
    "agent": ("c.assignee_user_id", "e.user_id"),
    "inbox": ("c.inbox_id", "e.inbox_id"),
    "team": ("c.team_id", "c.team_id"),
    "label": ("ct.tag_id", "ct.tag_id"),
}


class Point(NamedTuple):
    """One step of a series; ``value`` is None where there is nothing to average."""

    at: datetime
    value: float | None
    counted: int


class Summary(NamedTuple):
    """One agent, inbox, team or label; times are seconds, None where there is nothing to average."""

    number: int
    conversations: int
    resolutions: int
    avg_first_response_s: float | None
    avg_resolution_s: float | None
    avg_reply_s: float | None


class ReportingEvent(NamedTuple):
    """How long something took, in seconds."""

    id: int
    name: str
    value: float
    value_in_business_hours: float
    started_at: datetime
    ended_at: datetime
    conversation_number: int
    inbox_id: int
    user_id: int | None


class Live(NamedTuple):
    """Conversations as they stand now; ``number`` is whose, None for nobody's."""

    number: int | None
    open: int
    unattended: int
    unassigned: int
    pending: int


async def series(connection: Connection, tenant_id: int, report: Report) -> list[Point]:
    """Every step of the span, also those in which nothing happened; of an open span those in which something did."""
    sql = Sql(tenant_id)
    facts, at, value = _facts(sql, report)
    offset, unit = sql.bind(report.offset), sql.bind(report.period)
    step = f"date_trunc({unit}, ({at} + {offset}::interval) AT TIME ZONE 'UTC')"
    text = f"SELECT {step} AS step, {value} AS value, count(*) AS count FROM {facts} GROUP BY 1"
    if report.span.since is not None and report.span.until is not None:
        first, last = (
            f"date_trunc({unit}, ({sql.bind(end)}::timestamptz + {offset}::interval) AT TIME ZONE 'UTC')" for end in _ends(report.span)
        )
        steps = f"generate_series({first}, {last}, ('1 ' || {unit}::text)::interval)"
        text = f"SELECT g.step, f.value, coalesce(f.count, 0) AS count FROM {steps} AS g(step) LEFT JOIN ({text}) f ON f.step = g.step"
    ordered = f"SELECT (s.step AT TIME ZONE 'UTC') - {offset}::interval, s.value, s.count FROM ({text}) s ORDER BY 1"
    return [Point(*record) for record in await connection.fetch(ordered, *sql.parameters)]


async def total(connection: Connection, tenant_id: int, report: Report) -> float | None:
    """A count, or an average in seconds; None where there is nothing to average."""
    sql = Sql(tenant_id)
    facts, _, value = _facts(sql, report)
    found: float | None = await connection.fetchval(f"SELECT {value} FROM {facts}", *sql.parameters)
    return found


async def list_summaries(connection: Connection, tenant_id: int, by: Subject, span: Span, *, in_business_hours: bool) -> dict[int, Summary]:
    """By number, of those with anything to tell. Conversations count when they were opened in the span, the rest when it ended in it."""
    sql = Sql(tenant_id)
    of_conversation, of_event = _GROUPS[by]
    value = "e.value_in_business_hours" if in_business_hours else "e.value"
    tags = "JOIN conversation_tags ct ON ct.tenant_id = $1 AND ct.conversation_number = c.number" if by == "label" else ""
    opened, ended = _during(sql, span, "c.created_at"), _during(sql, span, "e.ended_at")
    joined = f"JOIN conversations c ON c.tenant_id = $1 AND c.number = e.conversation_number {tags}" if by in ("team", "label") else ""
    text = f"""
    WITH opened AS (
      SELECT {of_conversation} AS number, count(*) AS conversations FROM conversations c {tags}
      WHERE c.tenant_id = $1 AND {opened} AND {of_conversation} IS NOT NULL GROUP BY 1
    ), timed AS (
      SELECT {of_event} AS number, count(*) FILTER (WHERE e.name = 'conversation_resolved') AS resolutions,
             avg({value}) FILTER (WHERE e.name = 'first_response') AS first_response,
             avg({value}) FILTER (WHERE e.name = 'conversation_resolved') AS resolution,
             avg({value}) FILTER (WHERE e.name = 'reply_time') AS reply
      FROM reporting_events e {joined}
      WHERE e.tenant_id = $1 AND e.name = ANY ('{{first_response,conversation_resolved,reply_time}}') AND {ended} AND {of_event} IS NOT NULL
      GROUP BY 1
    )
    SELECT number, coalesce(o.conversations, 0), coalesce(t.resolutions, 0), t.first_response, t.resolution, t.reply
    FROM opened o FULL JOIN timed t USING (number)"""
    return {record[0]: Summary(*record) for record in await connection.fetch(text, *sql.parameters)}


async def list_named(connection: Connection, tenant_id: int, subject: Subject) -> dict[int, str]:
    """Everybody, or everything, that a report can be about: names by number."""
    queries_of = {"agent": _SQL.list_agents, "inbox": _SQL.list_inboxes, "team": _SQL.list_teams, "label": _SQL.list_tags}
    return {record[0]: record[1] for record in await connection.fetch(queries_of[subject], tenant_id)}


async def count_by_channel(connection: Connection, tenant_id: int, span: Span) -> list[tuple[str, str, int]]:
    """Kind of inbox, status and how many conversations opened in the span."""
    since, until = _bounds(span)
    return [tuple(record) for record in await connection.fetch(_SQL.count_by_channel, tenant_id, since, until)]


async def first_response_buckets(connection: Connection, tenant_id: int, span: Span) -> list[tuple[str, list[int]]]:
    """By kind of inbox: first answers in less than 1, 4, 8, 24 hours and later."""
    since, until = _bounds(span)
    return [(record[0], list(record[1:])) for record in await connection.fetch(_SQL.first_response_buckets, tenant_id, since, until)]


async def count_tagged(
    connection: Connection, tenant_id: int, span: Span, inbox_ids: Sequence[int], tag_ids: Sequence[int]
) -> dict[tuple[int, int], int]:
    """Conversations opened in the span, by inbox and tag."""
    since, until = _bounds(span)
    rows = await connection.fetch(_SQL.count_tagged, tenant_id, since, until, list(inbox_ids), list(tag_ids))
    return {(record[0], record[1]): record[2] for record in rows}


async def count_outgoing(connection: Connection, tenant_id: int, span: Span, by: Subject) -> dict[int, int]:
    """Outgoing messages of the span by whose conversation it is; for agents without those of bots."""
    sql = Sql(tenant_id)
    group = _GROUPS[by][0]
    tags = "JOIN conversation_tags ct ON ct.tenant_id = $1 AND ct.conversation_number = c.number" if by == "label" else ""
    people = "AND m.author_kind <> 'bot'" if by == "agent" else ""
    text = f"""SELECT {group}, count(*) FROM messages m
    JOIN conversations c ON c.tenant_id = $1 AND c.number = m.conversation_number {tags}
    WHERE m.tenant_id = $1 AND m.kind = 'outgoing' AND {_during(sql, span, "m.created_at")} AND {group} IS NOT NULL {people}
    GROUP BY 1 ORDER BY 1"""
    return {record[0]: record[1] for record in await connection.fetch(text, *sql.parameters)}


async def bot_metrics(connection: Connection, tenant_id: int, span: Span, inbox_ids: Sequence[int] | None) -> tuple[int, int, int, int]:
    """Conversations opened in the span, outgoing messages in them, and how many a bot resolved and handed over."""
    since, until = _bounds(span)
    wanted = None if inbox_ids is None else list(inbox_ids)
    record = await connection.fetchrow(_SQL.bot_metrics, tenant_id, since, until, wanted)
    assert record is not None
    return (record[0], record[1], record[2], record[3])


async def live(connection: Connection, tenant_id: int, *, team_id: int | None = None) -> Live:
    """The account's conversations as they stand, or a team's."""
    record = await connection.fetchrow(_SQL.live, tenant_id, team_id)
    assert record is not None
    return Live(team_id, *record)


async def live_by(connection: Connection, tenant_id: int, by: Subject) -> dict[int | None, Live]:
    """The same by agent or team, nobody's under None."""
    query = _SQL.live_by_agent if by == "agent" else _SQL.live_by_team
    return {record[0]: Live(*record) for record in await connection.fetch(query, tenant_id)}


async def list_events(
    connection: Connection, tenant_id: int, span: Span, asked: dict[str, Any], *, limit: int, offset: int
) -> tuple[int, list[ReportingEvent]]:
    """How many there are, and a page of them, newest first. ``asked``: name, inbox_id, user_id."""
    sql = Sql(tenant_id)
    conditions = ["e.tenant_id = $1", _during(sql, span, "e.ended_at")]
    conditions += [f"e.{column} = {sql.bind(asked[column])}" for column in ("name", "inbox_id", "user_id") if asked.get(column) is not None]
    where = " AND ".join(conditions)
    count = int(await connection.fetchval(f"SELECT count(*) FROM reporting_events e WHERE {where}", *sql.parameters))
    page = f"ORDER BY e.ended_at DESC, e.id DESC LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
    rows = await connection.fetch(f"SELECT {_EVENT} FROM reporting_events e WHERE {where} {page}", *sql.parameters)
    return count, [ReportingEvent(*record) for record in rows]


async def list_events_of(connection: Connection, tenant_id: int, number: int) -> list[ReportingEvent]:
    """A conversation's, oldest first."""
    text = f"SELECT {_EVENT} FROM reporting_events e WHERE e.tenant_id = $1 AND e.conversation_number = $2 ORDER BY e.ended_at, e.id"
    return [ReportingEvent(*record) for record in await connection.fetch(text, tenant_id, number)]


_EVENT = ", ".join(f"e.{name}" for name in ReportingEvent._fields)


async def backfill(connection: Connection, tenant_id: int) -> int:
    """First answers and ends of conversations that came with them and have no reporting event; how many were written."""
    return int(await connection.fetchval(_SQL.backfill, tenant_id))


def _facts(sql: Sql, report: Report) -> tuple[str, str, str]:
    """FROM and WHERE, the column of the time, and what is computed."""
    if report.metric in EVENT_OF:
        return _events(sql, report)
    if report.metric == "conversations_count":
        conditions = ["c.tenant_id = $1", _during(sql, report.span, "c.created_at"), *_of_conversation(sql, report)]
        return f"conversations c WHERE {' AND '.join(conditions)}", "c.created_at", "count(*)"
    # As text, because the index has these kinds only, which a plan for any value could not know.
    kind = "incoming" if report.metric == "incoming_messages_count" else "outgoing"
    conditions = ["m.tenant_id = $1", f"m.kind = '{kind}'", _during(sql, report.span, "m.created_at")]
    table = "messages m"
    if report.subject == "agent":
        conditions.append(f"m.author_kind = 'user' AND m.author_id = {sql.bind(report.number)}")
    elif inside := _of_conversation(sql, report):
        table += " JOIN conversations c ON c.tenant_id = $1 AND c.number = m.conversation_number"
        conditions += inside
    return f"{table} WHERE {' AND '.join(conditions)}", "m.created_at", "count(*)"


def _events(sql: Sql, report: Report) -> tuple[str, str, str]:
    conditions = ["e.tenant_id = $1", f"e.name = {sql.bind(EVENT_OF[report.metric])}", _during(sql, report.span, "e.ended_at")]
    table = "reporting_events e"
    if report.subject in ("agent", "inbox"):
        conditions.append(f"e.{'user_id' if report.subject == 'agent' else 'inbox_id'} = {sql.bind(report.number)}")
    elif inside := _of_conversation(sql, report):
        table += " JOIN conversations c ON c.tenant_id = $1 AND c.number = e.conversation_number"
        conditions += inside
    value = "e.value_in_business_hours" if report.in_business_hours else "e.value"
    counted = "count(DISTINCT e.conversation_number)" if report.metric == "bot_handoffs_count" else "count(*)"
    return f"{table} WHERE {' AND '.join(conditions)}", "e.ended_at", f"avg({value})" if report.metric in AVERAGES else counted


def _of_conversation(sql: Sql, report: Report) -> list[str]:
    if report.subject == "account":
        return []
    return [_OF_CONVERSATION.get(report.subject, _TAGGED).format(sql.bind(report.number))]


def _during(sql: Sql, span: Span, column: str) -> str:
    bounds = []
    if span.since is not None:
        bounds.append(f"{column} >= {sql.bind(span.since)}")
    if span.until is not None:
        bounds.append(f"{column} < {sql.bind(span.until)}")
    return " AND ".join(bounds) or "TRUE"


def _bounds(span: Span) -> tuple[datetime | None, datetime | None]:
    return span.since, span.until


def _ends(span: Span) -> tuple[datetime, datetime]:
    """The first moment of a closed span and its last; of an empty one the first twice."""
    assert span.since is not None
    assert span.until is not None
    return span.since, max(span.since, span.until - datetime.resolution)
