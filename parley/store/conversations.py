"""Conversations: the lists of both wires, and what a list shows of each.

A list is two steps: the numbers of its page in order (built by ``filter``, walked inside one index), then the rows of
those numbers. Reads take an open snapshot, so both steps see the same instant.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct

from ..domain.conversations import Conversation, FieldDefinition, Metric, Origin, Part, SchemaFragment, SlaEvent, Stage, Tag, Tracker
from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .cursor import Position
from .database import Connection
from .filter import Sql, opens, where
from .order import Direction, Order
from .pages import Page, take_page
from .people import get_by_ids

_SQL = queries.load("conversations")
_T = TypeVar("_T", bound=Struct)
_THESE = "= ANY ($2::bigint[])"


async def list_keyset(
    connection: Connection,
    principal: Principal,
    asked: ConversationFilter,
    order: Order,
    *,
    limit: int,
    position: Position | None = None,
    backwards: bool = False,
) -> Page[int]:
    """The page after ``position`` (or from the start), or with ``backwards`` the page before it (or from the end)."""
    walk = partial(_walk, connection, principal, asked, order)
    page = await take_page(walk, lambda place: place, limit=limit, position=position, backwards=backwards)
    return Page([row.number for row in page.rows], page.before, page.after)


async def walk_keyset(
    connection: Connection,
    principal: Principal,
    asked: ConversationFilter,
    order: Order,
    *,
    first: int,
    batch: int,
    position: Position | None = None,
) -> AsyncIterator[Page[int]]:
    """The first ``first`` numbers after ``position``, a batch at a time: an export's memory does not grow with its size.

    There is always one page, empty where nothing matches; ``after`` of the last one is set where more follow.
    """
    while True:
        size = min(batch, first)
        rows = await _walk(connection, principal, asked, order, size + 1, position, False)
        position = rows[size - 1] if len(rows) > size else None
        yield Page([row.number for row in rows[:size]], None, position)
        first -= size
        if position is None or first <= 0:
            return


async def list_numbered_page(
    connection: Connection,
    principal: Principal,
    asked: ConversationFilter,
    order: Order,
    *,
    limit: int | None,
    offset: int = 0,
    few: bool = False,
) -> list[int]:
    """The numbers of a page counted from the start; ``limit`` None means all. For ``few`` see ``numbered_page``."""
    sql = Sql(principal.tenant.id)
    text = numbered_page(sql, principal, asked, order, limit, offset, few=few)
    return [record[0] for record in await connection.fetch(text, *sql.parameters)]


def numbered_page(
    sql: Sql, principal: Principal, asked: ConversationFilter, order: Order, limit: int | None, offset: int, *, few: bool = False
) -> str:
    """The statement that lists the numbers of a page. The skipping stays inside the index.

    ``few``: the rows are taken first and then sorted, else the limit makes the planner walk the whole order for them.
    """
    found = f"FROM conversations c WHERE {where(sql, asked, principal)}"
    text = f"SELECT c.number {found} ORDER BY {order.sql()}"
    if few:
        columns = ", ".join(order.columns)
        text = f"WITH found AS MATERIALIZED (SELECT {columns} {found}) SELECT c.number FROM found c ORDER BY {order.sql()}"
    if limit is not None:
        text += f" LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
    return text


async def get_conversations(connection: Connection, tenant_id: int, numbers: Sequence[int]) -> list[Conversation]:
    """Conversations in the order of ``numbers``; absent ones are left out."""
    sql = Sql(tenant_id)
    text = _SQL.get_conversations.replace(_THESE, sql.among(numbers))
    rows = {record[0]: Conversation(*record) for record in await connection.fetch(text, *sql.parameters)}
    return [rows[number] for number in numbers if number in rows]


async def list_stages(connection: Connection, tenant_id: int) -> dict[int, Stage]:
    return {record[0]: Stage(*record) for record in await connection.fetch(_SQL.list_stages, tenant_id)}


async def get_tags(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Tag]:
    return await get_by_ids(connection, _SQL.get_tags, Tag, tenant_id, ids)


async def get_parts(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Part]:
    return await get_by_ids(connection, _SQL.get_parts, Part, tenant_id, ids)


async def list_schema_fragments(connection: Connection, tenant_id: int) -> list[SchemaFragment]:
    return await _list(connection, _SQL.list_schema_fragments, SchemaFragment, tenant_id)


async def list_schema(connection: Connection, tenant_id: int) -> tuple[dict[int, Stage], list[SchemaFragment]]:
    """What ``list_stages`` and ``list_schema_fragments`` return, in one statement."""
    stages: dict[int, Stage] = {}
    fragments: list[SchemaFragment] = []
    for is_stage, number, name, ordinal, notes, status, *state in await connection.fetch(_SQL.list_schema, tenant_id):
        if is_stage:
            stages[number] = Stage(number, name, ordinal, notes, status, *state)
        else:
            fragments.append(SchemaFragment(number, name, notes, status))
    return stages, fragments


async def list_field_definitions(connection: Connection, tenant_id: int, noun: str) -> list[FieldDefinition]:
    return await _list(connection, _SQL.list_field_definitions, FieldDefinition, tenant_id, noun)


async def get_origins(connection: Connection, tenant_id: int, noun: str, ids: Sequence[int]) -> dict[int, Origin]:
    """Origins of rows of one noun, by our id."""
    if not ids:
        return {}
    return {record[0]: Origin(*record) for record in await connection.fetch(_SQL.get_origins, tenant_id, noun, ids)}


async def get_trackers(connection: Connection, tenant_id: int, numbers: Sequence[int]) -> dict[int, Tracker]:
    """SLA trackers by conversation number."""
    return {record[1]: Tracker(*record) for record in await connection.fetch(_SQL.get_trackers, tenant_id, numbers)}


async def get_metrics(connection: Connection, tenant_id: int, tracker_ids: Sequence[int]) -> list[Metric]:
    return await _list(connection, _SQL.get_metrics, Metric, tenant_id, tracker_ids) if tracker_ids else []


async def get_sla_events(connection: Connection, tenant_id: int, tracker_ids: Sequence[int]) -> list[SlaEvent]:
    return await _list(connection, _SQL.get_sla_events, SlaEvent, tenant_id, tracker_ids) if tracker_ids else []


async def _list(connection: Connection, query: str, row_type: type[_T], *parameters: object) -> list[_T]:
    return [row_type(*record) for record in await connection.fetch(query, *parameters)]


async def _walk(
    connection: Connection,
    principal: Principal,
    asked: ConversationFilter,
    order: Order,
    limit: int,
    position: Position | None,
    backwards: bool,
) -> list[Position]:
    """Up to ``limit`` rows from a position in the given direction, nearest first."""
    sql = Sql(principal.tenant.id)
    column, direction = order.columns[0], _turn(order.keys[0].direction, backwards)
    conditions = where(sql, asked, principal)
    if position is not None:
        sign = (">" if direction == "ASC" else "<") + ("=" if position.inclusive else "")
        conditions += f" AND ({column}, c.number) {sign} ({sql.bind(position.value)}::timestamptz, {sql.bind(position.number)}::bigint)"
    text = (
        f"SELECT {column}, c.number FROM conversations c WHERE {conditions}"
        f" ORDER BY {column} {direction}, c.number {direction} LIMIT {sql.bind(limit)}::bigint"
    )
    return [Position.at(*record) for record in await connection.fetch(text, *sql.parameters)]


def _turn(direction: Direction, backwards: bool) -> Direction:
    if not backwards:
        return direction
    return "ASC" if direction == "DESC" else "DESC"


async def may_open(connection: Connection, principal: Principal, number: int) -> bool | None:
    """Whether the caller may open this conversation; None where the tenant has none of this number."""
    sql = Sql(principal.tenant.id)
    may = opens(sql, principal, number)
    found: bool | None = await connection.fetchval(
        f"SELECT ({may}) IS TRUE FROM conversations c WHERE c.tenant_id = $1 AND c.number = $2", *sql.parameters
    )
    return found
