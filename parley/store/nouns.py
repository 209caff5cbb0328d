"""Small nouns: tags, brands, accounts and their like, each a table described once and read and written alike.

A noun is a value, not a class to inherit from: its table, its columns as its row type takes them, and the allow-lists of
what may be asked and set. Everything that a noun does beyond this has a named query of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from ..domain.principals import Ref
from .cursor import Position
from .database import Connection, affected, keep_plans, vary_plans
from .filter import Sql
from .pages import Page, take_page
from .tenants import Kind, allocate_ids

T = TypeVar("T")
DIRECTIONS = {"asc": ("ASC", ">"), "desc": ("DESC", "<")}


@dataclass(frozen=True, slots=True)
class NounOrder:
    """A column of the noun that is never null, ``asc`` or ``desc``; the id breaks ties."""

    column: str = "created_at"
    direction: str = "asc"


@dataclass(frozen=True, slots=True)
class Noun(Generic[T]):
    """``columns`` is the select list over the table (alias ``n``), in the order of ``row``'s fields.

    The table has ``id``, ``created_at``, ``updated_at``, ``created_by`` and ``modified_by`` (people as ``kind:id``).
    ``filters``: what may be asked, as a condition with ``{}`` where the value goes. ``writable``: the columns that an action
    may set; those in ``json`` are given as JSON values. ``kind`` allocates its ids. ``told``: the columns whose old values
    the event of a change tells.
    """

    table: str
    kind: Kind
    row: type[T]
    columns: str
    writable: frozenset[str]
    filters: Mapping[str, str] = field(default_factory=dict)
    json: frozenset[str] = frozenset()
    joins: str = ""
    orders: frozenset[str] = frozenset({"created_at", "updated_at"})
    told: frozenset[str] = frozenset()

    async def get(self, connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, T]:
        """Rows by id; absent ones are left out."""
        wanted = list(set(ids))
        if not wanted:
            return {}
        records = await connection.fetch(f"{self._select('n.id, ')} AND n.id = ANY ($2::bigint[])", tenant_id, wanted)
        return {record[0]: self.row(*record[1:]) for record in records}

    async def find(self, connection: Connection, tenant_id: int, asked: Mapping[str, Any]) -> list[T]:
        """All rows that ``asked`` selects, by id; for what is few."""
        sql = Sql(tenant_id)
        await vary_plans(connection)
        records = await connection.fetch(f"{self._select()}{self._conditions(sql, asked)} ORDER BY n.id", *sql.parameters)
        await keep_plans(connection)
        return [self.row(*record) for record in records]

    async def page(
        self,
        connection: Connection,
        tenant_id: int,
        asked: Mapping[str, Any],
        *,
        order: NounOrder,
        limit: int,
        position: Position | None = None,
        backwards: bool = False,
    ) -> Page[T]:
        """The page after ``position`` (or from the start), or with ``backwards`` the page before it (or from the end)."""
        await vary_plans(connection)
        walk = partial(self._walk, connection, tenant_id, asked, order)
        page = await take_page(walk, lambda row: Position.at(row[0], row[1]), limit=limit, position=position, backwards=backwards)
        await keep_plans(connection)
        return Page([self.row(*record[2:]) for record in page.rows], page.before, page.after)

    async def count(self, connection: Connection, tenant_id: int, asked: Mapping[str, Any], *, at_most: int) -> int:
        """How many rows ``asked`` selects; counting stops at ``at_most``."""
        sql = Sql(tenant_id)
        conditions = f"n.tenant_id = $1{self._conditions(sql, asked)}"
        rows = f"SELECT FROM {self.table} n {self.joins} WHERE {conditions} LIMIT {sql.bind(at_most)}::bigint"
        return int(await connection.fetchval(f"SELECT count(*) FROM ({rows}) AS counted", *sql.parameters))

    async def insert(self, connection: Connection, tenant_id: int, values: Mapping[str, Any], by: Ref) -> int:
        """A new row with the next id. Raises asyncpg's UniqueViolationError and ForeignKeyViolationError."""
        number = await allocate_ids(connection, tenant_id, self.kind)
        sql = Sql(tenant_id)
        columns = ", ".join(["tenant_id", "id", "created_by", "modified_by", *self._checked(values)])
        stamps = [sql.bind(number), author := sql.bind(str(by)), author]
        given = ", ".join(["$1", *stamps, *(self._bind(sql, column, value) for column, value in values.items())])
        await connection.execute(f"INSERT INTO {self.table} ({columns}) VALUES ({given})", *sql.parameters)
        return number

    async def update(self, connection: Connection, tenant_id: int, number: int, values: Mapping[str, Any], by: Ref) -> bool:
        """Sets columns, ``updated_at`` and ``modified_by``; false when there is no such row."""
        sql = Sql(tenant_id)
        changes = [f"{column} = {self._bind(sql, column, values[column])}" for column in self._checked(values)]
        text = f"UPDATE {self.table} n SET {', '.join([*changes, 'updated_at = clock_timestamp()', f'modified_by = {sql.bind(str(by))}'])}"
        return affected(await connection.execute(f"{text} WHERE n.tenant_id = $1 AND n.id = {sql.bind(number)}", *sql.parameters)) > 0

    async def peek(self, connection: Connection, tenant_id: int, number: int, names: Iterable[str]) -> dict[str, Any]:
        """Those of the columns that events tell, as they are now, JSON as values; the row is locked. Empty where it is absent."""
        wanted = sorted(self.told & set(names))
        if not wanted:
            return {}
        columns = ", ".join(f"n.{name}" for name in wanted)
        text = f"SELECT {columns} FROM {self.table} n WHERE n.tenant_id = $1 AND n.id = $2 FOR NO KEY UPDATE"
        record = await connection.fetchrow(text, tenant_id, number)
        values = dict(record) if record else {}
        return {name: msgspec.json.decode(value) if name in self.json and value is not None else value for name, value in values.items()}

    async def delete(self, connection: Connection, tenant_id: int, number: int) -> bool:
        """False when there is no such row."""
        text = f"DELETE FROM {self.table} n WHERE n.tenant_id = $1 AND n.id = $2"
        return affected(await connection.execute(text, tenant_id, number)) > 0

    def statements(self) -> list[str]:
        """Every text that reads can make, for the test that prepares them."""
        sql = Sql(0)
        sql.bind(None)
        walk = f"{self._select('n.created_at, n.id, ')} AND n.id = ANY ($2::bigint[])"
        return [walk, *(f"{self._select()} AND {condition.format('$2')}" for condition in self.filters.values())]

    async def _walk(
        self,
        connection: Connection,
        tenant_id: int,
        asked: Mapping[str, Any],
        order: NounOrder,
        limit: int,
        position: Position | None,
        backwards: bool,
    ) -> list[Any]:
        """Rows with their place before them."""
        if order.column not in self.orders:
            raise KeyError(f"{self.table} has no order by {order.column}")
        forward = order.direction if not backwards else {"asc": "desc", "desc": "asc"}[order.direction]
        direction, beyond = DIRECTIONS[forward]
        sql = Sql(tenant_id)
        conditions = self._conditions(sql, asked)
        if position is not None:
            beyond += "=" if position.inclusive else ""
            place = f"({sql.bind(position.value)}::timestamptz, {sql.bind(position.number)}::bigint)"
            conditions += f" AND (n.{order.column}, n.id) {beyond} {place}"
        sort = f"ORDER BY n.{order.column} {direction}, n.id {direction} LIMIT {sql.bind(limit)}::bigint"
        return await connection.fetch(f"{self._select(f'n.{order.column}, n.id, ')}{conditions} {sort}", *sql.parameters)

    def _select(self, more: str = "") -> str:
        return f"SELECT {more}{self.columns} FROM {self.table} n {self.joins} WHERE n.tenant_id = $1"

    def _conditions(self, sql: Sql, asked: Mapping[str, Any]) -> str:
        return "".join(f" AND {self.filters[name].format(sql.bind(value))}" for name, value in asked.items() if value is not None)

    def _checked(self, values: Mapping[str, Any]) -> Sequence[str]:
        if unknown := set(values) - self.writable:
            raise KeyError(f"not writable in {self.table}: {', '.join(sorted(unknown))}")
        return list(values)

    def _bind(self, sql: Sql, column: str, value: Any) -> str:
        if column in self.json and value is not None:
            return f"{sql.bind(msgspec.json.encode(value).decode())}::text::jsonb"
        return sql.bind(value)
