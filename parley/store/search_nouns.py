"""Search over many nouns at once: conversations by title, description and messages, works by title and body, the others by name.

Each noun finds its ids (``search_hits``) and gives the best rows of its own; a page is the best of all of them. The order is
total: tier, moment, noun, id. Conversations with words that very many have are not listed: they are looked through in order
until the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Principal
from . import queries
from .cursor import Position
from .database import Connection
from .filter import Sql, visible_entries, where
from .nouns import DIRECTIONS
from .pages import Page, take_page
from .search import look_through
from .search_hits import SOURCES, Finder, Hits, Source, Wanted, contains

_SQL = queries.load("search_nouns")
_VISIBLE = "TRUE /* visible */"
# A place holds tier, noun and id in one number: ids stay far below this.
_IDS, _NOUNS = 2**52, 2**5
# How many conversations a page of common words may cost before all that have them are listed.
_LOOKED_THROUGH = 6000
_RANKS = {noun: rank for rank, noun in enumerate(SOURCES)}


class Found(NamedTuple):
    """``tier``: 3 the name is the query, 2 it begins so, 1 it holds every word, 0 only the messages do (or not asked for)."""

    noun: str
    id: int
    tier: int
    moment: datetime
    modified_at: datetime

    @property
    def key(self) -> tuple[int, datetime, int, int]:
        return self.tier, self.moment, _RANKS[self.noun], self.id

    @property
    def place(self) -> Position:
        return Position.at(self.moment, (self.tier * _NOUNS + _RANKS[self.noun]) * _IDS + self.id)


class MatchingMessage(NamedTuple):
    """A message with a hit; ``references`` is JSON text."""

    conversation_number: int
    id: int
    author_kind: str
    author_id: int | None
    body: str
    panels: list[str] | None
    references: str | None
    created_at: datetime


async def find_page(
    connection: Connection,
    principal: Principal,
    wanted: Wanted,
    *,
    limit: int,
    position: Position | None = None,
    backwards: bool = False,
    budget_s: float,
) -> Page[Found]:
    """The page after ``position`` (or from the start), or with ``backwards`` the page before it (or from the end)."""
    finder = Finder(connection, principal, wanted, budget_s)
    hits = {noun: await finder.find(noun) for noun in wanted.nouns}
    walk = _Walk(connection, principal, wanted, finder, hits)
    return await take_page(walk.take, lambda row: row.place, limit=limit, position=position, backwards=backwards)


async def list_matching_messages(
    connection: Connection, principal: Principal, numbers: Sequence[int], terms: Sequence[str], *, most: int
) -> list[MatchingMessage]:
    """Up to ``most`` of each conversation, newest first."""
    if not numbers or not terms:
        return []
    sql = Sql(principal.tenant.id)
    for value in (list(numbers), [contains(term) for term in terms], most):
        sql.bind(value)
    text = _SQL.list_matching_messages.replace(_VISIBLE, visible_entries(sql, principal))
    return [MatchingMessage(*record) for record in await connection.fetch(text, *sql.parameters)]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through what was found, in order."""

    connection: Connection
    principal: Principal
    wanted: Wanted
    finder: Finder
    hits: dict[str, Hits]

    async def take(self, limit: int, position: Position | None, backwards: bool) -> list[Found]:
        """The first rows beyond ``position`` over all nouns."""
        rows: list[Found] = []
        for noun, hits in self.hits.items():
            if hits.common:
                found = await self._look_through(hits, limit, position, backwards)
                if found is not None:
                    rows += found
                    continue
                self.hits[noun] = await self.finder.list_all(hits)
            rows += await self._walk_noun(noun, self.hits[noun], limit, position, backwards)
        descending = (self.wanted.direction == "desc") != backwards
        return sorted(rows, key=lambda row: row.key, reverse=descending)[:limit]

    async def _walk_noun(self, noun: str, hits: Hits, limit: int, position: Position | None, backwards: bool) -> list[Found]:
        if hits.ids == []:
            return []
        sql = Sql(self.principal.tenant.id)
        direction, _ = self._forward(backwards)
        text = f"SELECT x.id, x.tier, x.moment, x.modified_at FROM ({self._selected(sql, noun, hits)}) x"
        if position is not None:
            text += f" WHERE {self._beyond(sql, noun, position, backwards, is_tiered=self._is_tiered(hits))}"
        text += f" ORDER BY x.tier {direction}, x.moment {direction}, x.id {direction} LIMIT {sql.bind(limit)}::bigint"
        return [Found(noun, *record) for record in await self.connection.fetch(text, *sql.parameters)]

    async def _look_through(self, hits: Hits, limit: int, position: Position | None, backwards: bool) -> list[Found] | None:
        """The same of conversations with common words; None where looking takes too long, because few have all of them."""
        sql, is_tiered = Sql(self.principal.tenant.id), self.wanted.sort == "relevance"
        named: list[Found] = []
        if is_tiered:
            named = await self._walk_noun("conversation", Hits(hits.named, hits.named), limit, position, backwards)
        moment, found = self._moment(SOURCES["conversation"]), where(sql, self.wanted.filter, self.principal)
        found += f" AND c.number <> ALL ({sql.bind(hits.named)}::bigint[])" if is_tiered else ""
        columns = f"c.number AS id, 0 AS tier, c.{moment} AS moment, c.modified_at, {self.finder.has_all(sql, hits.common)} AS has_all"
        text = f"SELECT x.* FROM (SELECT {columns} FROM conversations c WHERE {found}) x"
        if position is not None:
            text += f" WHERE {self._beyond(sql, 'conversation', position, backwards, is_tiered=position.number >= _NOUNS * _IDS)}"
        direction, _ = self._forward(backwards)
        text += f" ORDER BY x.moment {direction}, x.id {direction}"
        rows, complete = await look_through(self.connection, "search_nouns", text, sql.parameters, limit, at_most=_LOOKED_THROUGH)
        return named + [Found("conversation", *tuple(record)[:4]) for record in rows] if complete else None

    def _forward(self, backwards: bool) -> tuple[str, str]:
        """The direction in SQL, and the operator of what lies beyond a place."""
        return DIRECTIONS[self.wanted.direction if not backwards else {"asc": "desc", "desc": "asc"}[self.wanted.direction]]

    def _beyond(self, sql: Sql, noun: str, position: Position, backwards: bool, *, is_tiered: bool) -> str:
        """Whether row ``x`` lies beyond a position. Where all rows have the position's tier, an index can begin there."""
        beyond = self._forward(backwards)[1] + ("=" if position.inclusive else "")
        kind, number = divmod(position.number, _IDS)
        place = [sql.bind(value) for value in (kind // _NOUNS, position.value, kind % _NOUNS, number)]
        values = ", ".join(f"{one}::{cast}" for one, cast in zip(place, ("int", "timestamptz", "int", "bigint"), strict=True))
        text = f"(x.tier, x.moment, {_RANKS[noun]}, x.id) {beyond} ({values})"
        return text if is_tiered else f"{text} AND x.moment {beyond[0]}= {place[1]}::timestamptz"

    def _moment(self, source: Source) -> str:
        return "created_at" if self.wanted.sort == "created_at" else source.modified

    def _selected(self, sql: Sql, noun: str, hits: Hits) -> str:
        """id, tier, moment and modified_at of what was found and may be seen."""
        source = SOURCES[noun]
        if noun == "conversation":
            asked = self.wanted.filter if hits.ids is None else replace(self.wanted.filter, numbers=tuple(hits.ids))
            found = where(sql, asked, self.principal)
        else:
            found = "c.tenant_id = $1"
            found += f" AND c.{source.id} = ANY ({sql.bind(hits.ids)}::bigint[])" if hits.ids is not None else ""
            kinds = self.wanted.nouns[noun]
            found += f" AND c.{source.kind} = ANY ({sql.bind(list(kinds))}::text[])" if kinds is not None else ""
        columns = f"c.{source.id} AS id, {self._tier(sql, source, hits)} AS tier, c.{self._moment(source)} AS moment"
        columns += f", c.{source.modified} AS modified_at"
        return f"SELECT {columns} FROM {source.table} c WHERE {found}"

    def _is_tiered(self, hits: Hits) -> bool:
        return self.wanted.sort == "relevance" and hits.ids is not None

    def _tier(self, sql: Sql, source: Source, hits: Hits) -> str:
        if not self._is_tiered(hits):
            return "0"
        title, text = f"lower(coalesce(c.{source.title}, ''))", sql.bind(self.wanted.text)
        named = f"c.{source.id} = ANY ({sql.bind(hits.named)}::bigint[])"
        return f"CASE WHEN {title} = {text}::text THEN 3 WHEN starts_with({title}, {text}::text) THEN 2 WHEN {named} THEN 1 ELSE 0 END"
