"""Search over many nouns at once: conversations by title, description and messages, works by title and body, the others by name.

Each noun finds its ids through an index (``search_names``; messages through ``store/search.py``) and gives the best rows
of its own; a page is the best of all of them. The order is total: tier, moment, noun, id. Conversations with words that very
many have are not listed: they are looked through in order until the page is full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .cursor import Position
from .database import Connection
from .filter import Sql, visible_entries, where
from .nouns import DIRECTIONS
from .order import DEFAULT_KEYSET
from .pages import Page, take_page
from .search import find_numbers, has_text, look_through, page_numbers

_SQL = queries.load("search_nouns")
_VISIBLE = "TRUE /* visible */"
# A place holds tier, noun and id in one number: ids stay far below this.
_IDS, _NOUNS = 2**52, 2**5
# How many conversations a page of common words may cost before all that have them are listed.
_LOOKED_THROUGH = 6000


@dataclass(frozen=True, slots=True)
class Source:
    """A table of nouns. ``kind`` is the column that kinds narrow; ``names`` is the table to search, where it is another."""

    table: str
    id: str = "id"
    title: str = "name"
    modified: str = "updated_at"
    kind: str | None = None
    names: str | None = None


SOURCES: dict[str, Source] = {
    "conversation": Source("conversations", "number", "title", "modified_at", names="conversation_titles"),
    "contact": Source("contacts"),
    "user": Source("memberships", "user_id"),
    "bot": Source("bots", kind="kind"),
    "company": Source("companies"),
    "workspace": Source("workspaces"),
    "team": Source("teams"),
    "tag": Source("tags"),
    "part": Source("parts", kind="kind"),
    "work": Source("works", title="title", kind="kind", names="work_titles"),
}
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """``nouns``: which sources, with the kinds wanted of each (None: all). No terms find everything there is."""

    nouns: Mapping[str, tuple[str, ...] | None]
    terms: tuple[str, ...]
    text: str
    filter: ConversationFilter
    sort: Literal["relevance", "created_at", "modified_at"] = "relevance"
    direction: Literal["asc", "desc"] = "desc"


@dataclass(frozen=True, slots=True)
class _Hits:
    """Ids of one noun (None: all of it), and those whose title or name holds every term.

    ``common``: words that the noun's rows are still to be looked through for.
    """

    ids: list[int] | None
    named: list[int]
    common: tuple[str, ...] = ()


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
    search = _Search(connection, principal, wanted, budget_s)
    hits = {noun: await search.hits(noun) for noun in wanted.nouns}
    return await take_page(partial(search.walk, hits), lambda row: row.place, limit=limit, position=position, backwards=backwards)


async def list_matching_messages(
    connection: Connection, principal: Principal, numbers: Sequence[int], terms: Sequence[str], *, most: int
) -> list[MatchingMessage]:
    """Up to ``most`` of each conversation, newest first."""
    if not numbers or not terms:
        return []
    sql = Sql(principal.tenant.id)
    for value in (list(numbers), [_contains(term) for term in terms], most):
        sql.bind(value)
    text = _SQL.list_matching_messages.replace(_VISIBLE, visible_entries(sql, principal))
    return [MatchingMessage(*record) for record in await connection.fetch(text, *sql.parameters)]


@dataclass(frozen=True, slots=True)
class _Search:
    """One question, and the statements that answer it."""

    connection: Connection
    principal: Principal
    wanted: Wanted
    budget_s: float

    async def hits(self, noun: str) -> _Hits:
        terms = sorted(self.wanted.terms, key=len, reverse=True)
        if not terms:
            return _Hits(None, [])
        if noun == "conversation":
            return await self._conversations(terms)
        named = await self._named(noun, terms)
        return _Hits(named, named)

    async def _conversations(self, terms: list[str]) -> _Hits:
        """Each term in the title, the description or a message, wherever the others are; the longest term first."""
        numbers: set[int] | None = None
        common: list[str] = []
        for term in terms:
            found = await find_numbers(self.connection, self.principal, self._asked(numbers, term))
            if found is None:
                common.append(term)
                continue
            numbers = await self._with_titled(found, numbers, term)
            if not numbers:
                return _Hits([], [])
        named = await self._named("conversation", terms)
        if numbers is None:
            return _Hits(None, named, tuple(common))
        return _Hits(sorted(await self._narrow(numbers, common) if common else numbers), named)

    async def _list_all(self, hits: _Hits) -> _Hits:
        """Every conversation that has the common words."""
        numbers: set[int] | None = None
        for term in hits.common:
            asked = self._asked(numbers, term)
            page = await page_numbers(self.connection, self.principal, asked, DEFAULT_KEYSET, limit=None, budget_s=self.budget_s)
            numbers = await self._with_titled(page.numbers, numbers, term)
        return _Hits(sorted(numbers or ()), hits.named)

    async def _with_titled(self, found: Sequence[int], among: set[int] | None, term: str) -> set[int]:
        titled = set(await self._named("conversation", [term]))
        return set(found) | (titled if among is None else titled & among)

    async def _narrow(self, numbers: set[int], terms: Sequence[str]) -> set[int]:
        """Those of the numbers that have every term."""
        sql = Sql(self.principal.tenant.id)
        text = f"SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.number = ANY ({sql.bind(list(numbers))}::bigint[])"
        text += f" AND {self._has_all(sql, terms)}"
        return {record[0] for record in await self.connection.fetch(text, *sql.parameters)}

    def _asked(self, numbers: set[int] | None, term: str) -> ConversationFilter:
        asked = self.wanted.filter if numbers is None else replace(self.wanted.filter, numbers=tuple(numbers))
        return replace(asked, message_text=_escaped(term))

    def _has_all(self, sql: Sql, terms: Sequence[str]) -> str:
        """Whether conversation ``c`` has every term in its title, its description or a message."""
        found = []
        for term in terms:
            title = f"t.tenant_id = $1 AND t.conversation_number = c.number AND t.text LIKE lower({sql.bind(_contains(term))}::text)"
            in_title = f"coalesce((SELECT TRUE FROM conversation_titles t WHERE {title}), FALSE)"
            found.append(f"({in_title} OR {has_text(sql, self.principal, _escaped(term))})")
        return " AND ".join(found)

    async def _named(self, noun: str, terms: Sequence[str]) -> list[int]:
        patterns = [_contains(term) for term in terms]
        table = SOURCES[noun].names or SOURCES[noun].table
        found = await self.connection.fetch(_SQL.find_names, self.principal.tenant.id, table, patterns)
        return [record[0] for record in found]

    async def walk(self, hits: dict[str, _Hits], limit: int, position: Position | None, backwards: bool) -> list[Found]:
        """The first rows beyond ``position`` over all nouns."""
        rows: list[Found] = []
        for noun in self.wanted.nouns:
            found = await self._look_through(hits[noun], limit, position, backwards) if hits[noun].common else None
            if found is None and hits[noun].common:
                hits[noun] = await self._list_all(hits[noun])
            rows += found if found is not None else await self._walk_noun(noun, hits[noun], limit, position, backwards)
        descending = (self.wanted.direction == "desc") != backwards
        return sorted(rows, key=lambda row: row.key, reverse=descending)[:limit]

    async def _walk_noun(self, noun: str, hits: _Hits, limit: int, position: Position | None, backwards: bool) -> list[Found]:
        if hits.ids == []:
            return []
        sql = Sql(self.principal.tenant.id)
        direction, _ = self._forward(backwards)
        text = f"SELECT x.id, x.tier, x.moment, x.modified_at FROM ({self._selected(sql, noun, hits)}) x"
        if position is not None:
            text += f" WHERE {self._beyond(sql, noun, position, backwards, is_tiered=self._is_tiered(hits))}"
        text += f" ORDER BY x.tier {direction}, x.moment {direction}, x.id {direction} LIMIT {sql.bind(limit)}::bigint"
        return [Found(noun, *record) for record in await self.connection.fetch(text, *sql.parameters)]

    async def _look_through(self, hits: _Hits, limit: int, position: Position | None, backwards: bool) -> list[Found] | None:
        """The same of conversations with common words; None where looking takes too long, because few have all of them."""
        sql, is_tiered = Sql(self.principal.tenant.id), self.wanted.sort == "relevance"
        named: list[Found] = []
        if is_tiered:
            named = await self._walk_noun("conversation", _Hits(hits.named, hits.named), limit, position, backwards)
        moment, found = self._moment(SOURCES["conversation"]), where(sql, self.wanted.filter, self.principal)
        found += f" AND c.number <> ALL ({sql.bind(hits.named)}::bigint[])" if is_tiered else ""
        columns = f"c.number AS id, 0 AS tier, c.{moment} AS moment, c.modified_at, {self._has_all(sql, hits.common)} AS has_all"
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

    def _selected(self, sql: Sql, noun: str, hits: _Hits) -> str:
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

    def _is_tiered(self, hits: _Hits) -> bool:
        return self.wanted.sort == "relevance" and hits.ids is not None

    def _tier(self, sql: Sql, source: Source, hits: _Hits) -> str:
        if not self._is_tiered(hits):
            return "0"
        title, text = f"lower(coalesce(c.{source.title}, ''))", sql.bind(self.wanted.text)
        named = f"c.{source.id} = ANY ({sql.bind(hits.named)}::bigint[])"
        return f"CASE WHEN {title} = {text}::text THEN 3 WHEN starts_with({title}, {text}::text) THEN 2 WHEN {named} THEN 1 ELSE 0 END"


def _escaped(term: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", term)


def _contains(term: str) -> str:
    return f"%{_escaped(term)}%"
