"""Bulk loads through COPY, as the owner role: whole tenants at once, without the per-message triggers.

One transaction loads one tenant, so that a load that was cut off left nothing. A record is a Struct whose fields are the
table's columns, or a mapping of column to value where every row of a table has the same keys; ``tenant_id`` is added here.
JSON columns take JSON text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from ..domain import problems
from . import queries
from .database import SESSION, Connection, enter_tenant

_SQL = queries.load("load")

# Foreign keys are checked by a query for each row: planning it anew each time costs ten times the load.
_LOADING = {"application_name": "parley load", "plan_cache_mode": "auto", "maintenance_work_mem": "256MB"}

# The tables of a tenant without its conversations, each behind those that it refers to.
STRUCTURE_TABLES = (
    "attachments", "custom_roles", "memberships", "bots", "companies", "workspaces", "contacts", "inboxes", "inbox_members", "teams",
    "team_members", "contact_points", "parts", "brands", "tags", "states", "stages", "schema_fragments", "custom_fields", "campaigns",
    "sync_units", "org_schedules", "metric_definitions", "sla_policies", "canned_responses", "macros", "automation_rules", "custom_filters",
    "dashboard_apps", "contact_notes", "customer_tags", "org_schedule_fragments",
)  # fmt: skip
# What hangs on conversations and messages, likewise.
DETAIL_TABLES = (
    "conversation_tags", "conversation_members", "conversation_owners", "conversation_parts", "conversation_channels", "mentions",
    "sla_trackers", "sla_metrics", "sla_events", "attachments", "reactions", "origins", "conversation_drafts",
    "works", "work_people", "links",
)  # fmt: skip


class NewConversation(Struct, kw_only=True, gc=False):
    """A row of conversations; every column but the tenant and the version."""

    number: int
    uuid: str
    title: str | None = None
    description: str | None = None
    stage_id: int
    status: str
    priority: int | None = None
    inbox_id: int
    contact_id: int
    contact_point_id: int | None = None
    workspace_id: int | None = None
    company_id: int | None = None
    team_id: int | None = None
    brand_id: int | None = None
    campaign_id: int | None = None
    sla_policy_id: int | None = None
    assignee_user_id: int | None = None
    assignee_bot_id: int | None = None
    owner_agent_id: int | None = None
    source_channel: str | None = None
    subtype: str | None = None
    is_spam: bool = False
    is_frozen: bool = False
    is_creator_verified: bool = False
    url_context: str | None = None
    identifier: str | None = None
    additional_attributes: str = "{}"
    custom_fields: str = "{}"
    sentiment: int | None = None
    sentiment_summary: str | None = None
    sentiment_modified_at: datetime | None = None
    created_by_kind: str = "contact"
    created_by_id: int | None = None
    modified_by_kind: str = "contact"
    modified_by_id: int | None = None
    created_at: datetime
    modified_at: datetime
    last_activity_at: datetime
    closed_at: datetime | None = None
    snoozed_until: datetime | None = None
    first_reply_at: datetime | None = None
    waiting_since: datetime | None = None
    agent_last_seen_at: datetime | None = None
    assignee_last_seen_at: datetime | None = None
    contact_last_seen_at: datetime | None = None
    last_incoming_at: datetime | None = None
    last_external_message_at: datetime | None = None
    unread_count: int = 0


class NewMessage(Struct, kw_only=True, gc=False):
    """A row of messages, a message or a change; ``reaction_count`` is left to the trigger on reactions."""

    id: int
    conversation_number: int
    kind: str
    visibility: str = "external"
    private_to: list[str] | None = None
    author_kind: str = "system"
    author_id: int | None = None
    body: str | None = None
    body_type: str = "text"
    content_type: str = "text"
    content_attributes: str | None = None
    additional_attributes: str | None = None
    processed_body: str | None = None
    sentiment: str | None = None
    status: str = "sent"
    source_id: str | None = None
    event_type: str | None = None
    event: str | None = None
    external_ref: str | None = None
    labels: list[str] | None = None
    panels: list[str] | None = None
    references_: str | None = None
    snap_kit_body: str | None = None
    snap_widgets: str | None = None
    thread_id: int | None = None
    reply_count: int = 0
    attachment_count: int = 0
    is_imported: bool = False
    deleted_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


def jsonb(value: object) -> str:
    """A value as the text that a jsonb column takes."""
    return msgspec.json.encode(value).decode()


@asynccontextmanager
async def owner(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection as the role that owns the tables, which row-level security does not bind. Raises Unavailable."""
    try:
        connection = await asyncpg.connect(dsn, server_settings=SESSION | _LOADING)
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
        raise problems.Unavailable(f"cannot reach the database: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()


async def begin_bulk(connection: Connection, tenant_id: int) -> None:
    """From here to the end of the open transaction rows belong to this tenant and count and queue nothing by themselves."""
    await enter_tenant(connection, tenant_id)
    await connection.execute("SET LOCAL parley.bulk = 'on'")


async def copy_rows(connection: Connection, tenant_id: int, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Mappings with the same keys into a table; nothing for none."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    columns = list(first)
    await _copy(connection, table, columns, _tuples(tenant_id, itemgetter(columns[0], *columns), first, rows))


async def copy_structs(connection: Connection, tenant_id: int, table: str, rows: Sequence[Struct]) -> None:
    """Structs of one class into a table; nothing for none."""
    if not rows:
        return
    columns = list(rows[0].__struct_fields__)
    await _copy(connection, table, columns, ((tenant_id, *values) for values in map(attrgetter(*columns), rows)))


async def reserve_message_ids(connection: Connection, count: int) -> list[int]:
    """Ascending ids that no other writer will get."""
    return list(await connection.fetchval(_SQL.reserve_message_ids, count) or ())


async def read_marker(connection: Connection, tenant_id: int) -> dict[str, Any] | None:
    """What a load wrote about itself; None for a tenant that no load made."""
    marker = await connection.fetchval(_SQL.read_marker, tenant_id)
    return None if marker is None else dict(msgspec.json.decode(marker))


async def write_marker(connection: Connection, tenant_id: int, marker: Mapping[str, Any], features: Sequence[str] = ()) -> None:
    await connection.execute(_SQL.write_marker, tenant_id, jsonb(marker), list(features))


async def learn(connection: Connection, *tables: str) -> None:
    """Fresh statistics in the middle of a load: without them a foreign key is checked by reading the whole tenant, row by row.

    For the tables that the rows to come refer to, once they hold their first rows.
    """
    await connection.execute(f"ANALYZE {', '.join(tables)}")


async def settle(connection: Connection) -> None:
    """After a load: fresh statistics and visibility maps, which index-only scans live from. Outside any transaction."""
    await connection.execute("VACUUM (ANALYZE)")


async def _copy(connection: Connection, table: str, columns: Sequence[str], records: Iterator[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, columns=["tenant_id", *columns], records=records)


def _tuples(
    tenant_id: int, pick: Callable[[Mapping[str, Any]], tuple[Any, ...]], first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]
) -> Iterator[tuple[Any, ...]]:
    """``pick`` takes one key too many, because of one key alone itemgetter makes no tuple."""
    yield (tenant_id, *pick(first)[1:])
    for row in rest:
        yield (tenant_id, *pick(row)[1:])
