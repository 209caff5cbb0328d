"""Which rows a search over many nouns finds: the ids of each noun, from the words alone.

A name is looked up in the trigram index of its table (``search_names``), messages through ``store/search.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .database import Connection
from .filter import Sql
from .order import DEFAULT_KEYSET
from .search import find_numbers, has_text, page_numbers

_SQL = queries.load("search_hits")


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
class Hits:
    """Ids of one noun (None: all of it), and those whose title or name holds every term.

    ``common``: words that the noun's rows are still to be looked through for.
    """

    ids: list[int] | None
    named: list[int]
    common: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finder:
    """One question, and the statements that find its rows."""

    connection: Connection
    principal: Principal
    wanted: Wanted
    budget_s: float

    async def find(self, noun: str) -> Hits:
        terms = sorted(self.wanted.terms, key=len, reverse=True)
        if not terms:
            return Hits(None, [])
        if noun == "conversation":
            return await self._conversations(terms)
        named = await self._named(noun, terms)
        return Hits(named, named)

    async def _conversations(self, terms: list[str]) -> Hits:
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
                return Hits([], [])
        named = await self._named("conversation", terms)
        if numbers is None:
            return Hits(None, named, tuple(common))
        return Hits(sorted(await self._narrow(numbers, common) if common else numbers), named)

    async def list_all(self, hits: Hits) -> Hits:
        """Every conversation that has the common words."""
        numbers: set[int] | None = None
        for term in hits.common:
            asked = self._asked(numbers, term)
            page = await page_numbers(self.connection, self.principal, asked, DEFAULT_KEYSET, limit=None, budget_s=self.budget_s)
            numbers = await self._with_titled(page.numbers, numbers, term)
        return Hits(sorted(numbers or ()), hits.named)

    async def _with_titled(self, found: Sequence[int], among: set[int] | None, term: str) -> set[int]:
        titled = set(await self._named("conversation", [term]))
        return set(found) | (titled if among is None else titled & among)

    async def _narrow(self, numbers: set[int], terms: Sequence[str]) -> set[int]:
        """Those of the numbers that have every term."""
        sql = Sql(self.principal.tenant.id)
        text = f"SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.number = ANY ({sql.bind(list(numbers))}::bigint[])"
        text += f" AND {self.has_all(sql, terms)}"
        return {record[0] for record in await self.connection.fetch(text, *sql.parameters)}

    def _asked(self, numbers: set[int] | None, term: str) -> ConversationFilter:
        asked = self.wanted.filter if numbers is None else replace(self.wanted.filter, numbers=tuple(numbers))
        return replace(asked, message_text=_escaped(term))

    def has_all(self, sql: Sql, terms: Sequence[str]) -> str:
        """Whether conversation ``c`` has every term in its title, its description or a message."""
        found = []
        for term in terms:
            title = f"t.tenant_id = $1 AND t.conversation_number = c.number AND t.text LIKE lower({sql.bind(contains(term))}::text)"
            in_title = f"coalesce((SELECT TRUE FROM conversation_titles t WHERE {title}), FALSE)"
            found.append(f"({in_title} OR {has_text(sql, self.principal, _escaped(term))})")
        return " AND ".join(found)

    async def _named(self, noun: str, terms: Sequence[str]) -> list[int]:
        patterns = [contains(term) for term in terms]
        table = SOURCES[noun].names or SOURCES[noun].table
        found = await self.connection.fetch(_SQL.find_names, self.principal.tenant.id, table, patterns)
        return [record[0] for record in found]


def _escaped(term: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", term)


def contains(term: str) -> str:
    """The LIKE pattern of what has the term somewhere."""
    return f"%{_escaped(term)}%"
