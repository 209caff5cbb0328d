"""Works: tickets and issues, with who owns and reported them, their tags, parts and channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("works")


class WorkRow(NamedTuple):
    """A ticket or issue. People stand as ``kind:id``; tag lists run in parallel; ``priority`` counts from 0 (P0)."""

    id: int
    kind: str
    number: int
    title: str
    body: str | None
    stage: str
    state: str
    part_id: int
    company_id: int | None
    workspace_id: int | None
    team_id: int | None
    inbox_id: int | None
    source_channel: str | None
    channels: list[str]
    severity: str | None
    priority: int | None
    visibility: int | None
    is_spam: bool
    is_frozen: bool
    needs_response: bool
    sentiment: int | None
    sentiment_summary: str | None
    sentiment_modified_at: datetime | None
    external_ref: str | None
    subtype: str | None
    custom_fields: str
    target_start_at: datetime | None
    target_close_at: datetime | None
    started_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    owners: list[str]
    reporters: list[str]
    tag_ids: list[int]
    tag_values: list[str | None]
    developed_with: list[int]
    channel_ids: list[int]


class LockedWork(NamedTuple):
    """A work that nobody else changes until this transaction ends, with what the rules need to know."""

    id: int
    stage: str
    state: str
    is_frozen: bool
    company_id: int | None
    subtype: str | None
    custom_fields: str
    started_at: datetime | None


def _beside(column: str, table: str, more: str = "") -> str:
    return f"ARRAY(SELECT b.{column} FROM {table} b WHERE b.tenant_id = $1 AND b.work_id = n.id{more} ORDER BY b.position)"


_OWNER, _REPORTER = " AND b.role = 'owner'", " AND b.role = 'reporter'"


def _person(role: str) -> str:
    where = f"b.tenant_id = $1 AND b.work_id = n.id AND b.role = '{role}'"
    return f"EXISTS (SELECT FROM work_people b WHERE {where} AND b.person = ANY ({{}}::text[]))"


def _of(kind: str, condition: str) -> str:
    """A condition on works of one kind that lets the others pass."""
    return f"(n.kind <> '{kind}' OR {condition})"


_CHANNEL = "EXISTS (SELECT FROM work_channels b WHERE b.tenant_id = $1 AND b.work_id = n.id AND b.inbox_id = ANY ({}::bigint[]))"
_TAG = "EXISTS (SELECT FROM work_tags b WHERE b.tenant_id = $1 AND b.work_id = n.id AND b.tag_id = ANY ({}::bigint[]))"
# The value is [[namespace, key, [values]]]: any of a field's values equals it, or is one of its elements where it is a list.
CUSTOM_FIELDS = """NOT EXISTS (
  SELECT FROM jsonb_array_elements({}::text::jsonb) AS f (asked)
  CROSS JOIN LATERAL (SELECT n.custom_fields -> (f.asked ->> 0) -> (f.asked ->> 1) AS value) AS has
  WHERE has.value IS NULL OR NOT EXISTS (
    SELECT FROM jsonb_array_elements(
      CASE jsonb_typeof(has.value) WHEN 'array' THEN has.value ELSE jsonb_build_array(has.value) END) AS e (one)
    WHERE e.one IN (SELECT jsonb_array_elements(f.asked -> 2))))"""


def _range(name: str, column: str, kind: str | None = None) -> dict[str, str]:
    bounds = {f"{name}_after": f"n.{column} >= {{}}::timestamptz", f"{name}_before": f"n.{column} <= {{}}::timestamptz"}
    return bounds if kind is None else {key: _of(kind, text) for key, text in bounds.items()}


WORKS = Noun(
    table="works",
    kind="work",
    row=WorkRow,
    columns=", ".join(f"n.{name}" for name in WorkRow._fields[:-6])
    + f", {_beside('person', 'work_people', _OWNER)} AS owners, {_beside('person', 'work_people', _REPORTER)} AS reporters"
    + f", {_beside('tag_id', 'work_tags')} AS tag_ids, {_beside('value', 'work_tags')} AS tag_values"
    + f", {_beside('part_id', 'work_parts')} AS developed_with, {_beside('inbox_id', 'work_channels')} AS channel_ids",
    writable=frozenset(
        {
            "kind", "number", "title", "body", "stage", "state", "part_id", "company_id", "workspace_id", "team_id", "inbox_id",
            "source_channel", "channels", "severity", "priority", "visibility", "is_spam", "is_frozen", "needs_response", "sentiment",
            "sentiment_summary", "sentiment_modified_at", "external_ref", "subtype", "custom_fields", "target_start_at",
            "target_close_at", "started_at", "closed_at",
        }
    ),
    json=frozenset({"custom_fields"}),
    filters={
        "kinds": "n.kind = ANY ({}::text[])",
        "tickets": "n.kind = 'ticket' AND n.number = ANY ({}::bigint[])",
        "issues": "n.kind = 'issue' AND n.number = ANY ({}::bigint[])",
        "stages": "n.stage = ANY ({}::text[])",
        "states": "n.state = ANY ({}::text[])",
        "parts": "n.part_id = ANY ({}::bigint[])",
        "owners": _person("owner"),
        "reporters": _person("reporter"),
        "tags": _TAG,
        "created_by": "n.created_by = ANY ({}::text[])",
        "modified_by": "n.modified_by = ANY ({}::text[])",
        "external_refs": "n.external_ref = ANY ({}::text[])",
        "custom_fields": CUSTOM_FIELDS,
        **_range("created", "created_at"),
        **_range("modified", "updated_at"),
        **_range("closed", "closed_at"),
        **_range("target_close", "target_close_at"),
        "ticket_companies": _of("ticket", "n.company_id = ANY ({}::bigint[])"),
        "ticket_workspaces": _of("ticket", "n.workspace_id = ANY ({}::bigint[])"),
        "ticket_teams": _of("ticket", "n.team_id = ANY ({}::bigint[])"),
        "ticket_channels": _of("ticket", "n.channels && {}::text[]"),
        "ticket_channel_ids": _of("ticket", _CHANNEL),
        "ticket_inboxes": _of("ticket", "n.inbox_id = ANY ({}::bigint[])"),
        "ticket_source_channels": _of("ticket", "n.source_channel = ANY ({}::text[])"),
        "ticket_severities": _of("ticket", "n.severity = ANY ({}::text[])"),
        "ticket_subtypes": _of("ticket", "n.subtype = ANY ({}::text[])"),
        "ticket_visibilities": _of("ticket", "n.visibility = ANY ({}::bigint[])"),
        "ticket_is_spam": _of("ticket", "n.is_spam = {}::boolean"),
        "ticket_is_frozen": _of("ticket", "n.is_frozen = {}::boolean"),
        "ticket_needs_response": _of("ticket", "n.needs_response = {}::boolean"),
        "issue_priorities": _of("issue", "n.priority = ANY ({}::smallint[])"),
        "issue_subtypes": _of("issue", "n.subtype = ANY ({}::text[])"),
        **_range("issue_started", "started_at", "issue"),
        **_range("issue_target_start", "target_start_at", "issue"),
    },
)  # fmt: skip


async def find_work(connection: Connection, tenant_id: int, kind: str, number: int) -> WorkRow | None:
    found = await WORKS.find(connection, tenant_id, {f"{kind}s": [number]})
    return found[0] if found else None


async def find_works(connection: Connection, tenant_id: int, kind: str, numbers: Sequence[int]) -> dict[int, WorkRow]:
    """Works of one kind, by number; absent ones are left out."""
    if not numbers:
        return {}
    return {row.number: row for row in await WORKS.find(connection, tenant_id, {f"{kind}s": list(set(numbers))})}


async def lock_work(connection: Connection, tenant_id: int, kind: str, number: int) -> LockedWork | None:
    record = await connection.fetchrow(_SQL.lock_work, tenant_id, kind, number)
    return LockedWork(*record) if record else None


async def set_people(connection: Connection, tenant_id: int, work_id: int, role: str, people: Sequence[Ref]) -> None:
    """``role`` is owner or reporter."""
    await connection.execute(_SQL.delete_people, tenant_id, work_id, role)
    await connection.execute(_SQL.insert_people, tenant_id, work_id, role, [str(ref) for ref in people])


async def list_tags(connection: Connection, tenant_id: int, work_id: int) -> dict[int, str | None]:
    return {record[0]: record[1] for record in await connection.fetch(_SQL.list_tags, tenant_id, work_id)}


async def set_tags(connection: Connection, tenant_id: int, work_id: int, tags: Mapping[int, str | None]) -> None:
    await connection.execute(_SQL.delete_tags, tenant_id, work_id)
    await connection.execute(_SQL.insert_tags, tenant_id, work_id, list(tags), list(tags.values()))


async def set_parts(connection: Connection, tenant_id: int, work_id: int, part_ids: Sequence[int]) -> None:
    await connection.execute(_SQL.delete_parts, tenant_id, work_id)
    await connection.execute(_SQL.insert_parts, tenant_id, work_id, list(dict.fromkeys(part_ids)))


async def set_channels(connection: Connection, tenant_id: int, work_id: int, inbox_ids: Sequence[int]) -> None:
    await connection.execute(_SQL.delete_channels, tenant_id, work_id)
    await connection.execute(_SQL.insert_channels, tenant_id, work_id, list(dict.fromkeys(inbox_ids)))
