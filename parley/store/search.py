"""Search over message text: which conversations have a message that contains ``q``, exactly and at this instant.

Three ways, one meaning. A selective term takes the trigram index (``search_conversations``) and then the other filters.
A common term walks the conversations in the asked order until the page is full. A term without a trigram, and a caller
or a moment that the chunks do not serve, walks under a time budget. Conversations that the indexer has not caught up
with are always read from their messages (docs/decisions/0003-search-chunks.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .counts import Counts, counted, without_ignored
from .database import Connection, Row, vary_plans
from .filter import Sql, visible_entries, where
from .order import DEFAULT_KEYSET, Order

_SQL = queries.load("search")

SEPARATOR = "\x1f"
# Up to this many chunks are fetched before a term counts as common.
_MANY_HITS = 3000
# Counting looks up the conversations of more of them, before it passes over all that the tenant has.
_MANY_COUNTED = 20_000
# A term is common, too, when so many of the newest conversations have it.
_GLANCED, _OFTEN = 100, 10
# How many conversations a common term may cost before the index is asked after all.
_WALKED = 6000
# More conversations than this waiting for the indexer: their messages are read under the budget.
_SHORT_QUEUE = 1000
_FIRST_BATCH, _LARGEST_BATCH = 250, 4000
_COUNT_BATCH = 5000


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Conversation numbers in order. ``complete`` is false where the time budget ended before the page was certain."""

    numbers: list[int]
    complete: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A LIKE pattern: ``%`` and ``_`` are wildcards, ``\\`` escapes.

    ``apart``: it could match across the end of a message, so each message is matched alone. ``selective``: it holds three
    letters or digits in a row, so the trigram index can narrow it.
    """

    like: str
    apart: bool
    selective: bool

    @classmethod
    def of(cls, text: str) -> Pattern | None:
        """The pattern for a substring; None for text that no message can hold (NUL, half a surrogate pair).

        A lone backslash at the end has nothing to escape and stands for itself.
        """
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            return None
        trailing = len(text) - len(text.rstrip("\\"))
        text += "\\" * (trailing % 2)
        return cls(f"%{text}%", apart=bool(re.search(rf"[%_\\{SEPARATOR}]", text)), selective=_has_trigram(text))


async def page_numbers(
    connection: Connection,
    principal: Principal,
    asked: ConversationFilter,
    order: Order,
    *,
    limit: int | None,
    offset: int = 0,
    budget_s: float,
) -> SearchPage:
    """A page of the conversations that ``asked`` selects, ``message_text`` included; ``limit`` None means all."""
    pattern = Pattern.of(asked.message_text or "")
    if pattern is None:
        return SearchPage([], complete=True)
    await vary_plans(connection)
    search = _Search(connection, principal, asked, pattern)
    if not await search.can_use_index():
        return await search.walk(order, limit, offset, budget_s=budget_s)
    hits = await search.hits(_MANY_HITS)
    if hits is None and limit is not None:
        page = await search.walk(order, limit, offset, at_most=max(_WALKED, 2 * (offset + limit)))
        if page.complete:
            return page
    return SearchPage(await search.page(hits, order, limit, offset), complete=True)


async def count(connection: Connection, principal: Principal, asked: ConversationFilter, *, budget_s: float) -> Counts:
    """The four counts under ``message_text``; exact unless the budget ended (``complete`` false: at least so many)."""
    pattern = Pattern.of(asked.message_text or "")
    if pattern is None:
        return Counts(0, 0, 0, 0)
    await vary_plans(connection)
    search = _Search(connection, principal, without_ignored(asked), pattern)
    if await search.can_use_index():
        return await search.count(await search.hits(_MANY_COUNTED))
    return await search.count_walking(budget_s)


async def find_numbers(connection: Connection, principal: Principal, asked: ConversationFilter) -> list[int] | None:
    """Every conversation with the text; None where they are many, or not to be found by the index: look through them in order."""
    pattern = Pattern.of(asked.message_text or "")
    if pattern is None:
        return []
    await vary_plans(connection)
    search = _Search(connection, principal, asked, pattern)
    hits = await search.hits(_MANY_HITS) if await search.can_use_index() else None
    return None if hits is None else await search.page(hits, DEFAULT_KEYSET, None, 0)


def has_text(sql: Sql, principal: Principal, text: str) -> str:
    """Whether conversation ``c`` has the text in a message that counts for this caller, read row by row."""
    pattern = Pattern.of(text)
    return "FALSE" if pattern is None else _matches(sql, principal, pattern)


async def look_through(
    connection: Connection,
    cursor: str,
    text: str,
    parameters: Sequence[Any],
    wanted: int | None,
    *,
    budget_s: float | None = None,
    at_most: int | None = None,
) -> tuple[list[Row], bool]:
    """The first ``wanted`` rows of a query whose last column says true, read until a bound is met; whether they are certain.

    ``cursor``: a name that always has the same columns, since the driver remembers them.
    """
    deadline = None if budget_s is None else monotonic() + budget_s
    found: list[Row] = []
    seen, batch, complete = 0, _FIRST_BATCH, False
    await connection.fetch(f"DECLARE {cursor} NO SCROLL CURSOR FOR {text}", *parameters)
    while not complete:
        rows = await connection.fetch(f"FETCH {batch} FROM {cursor}")
        found += [row for row in rows if row[-1]]
        seen += len(rows)
        complete = len(rows) < batch or (wanted is not None and len(found) >= wanted)
        if (deadline is not None and monotonic() > deadline) or (at_most is not None and seen >= at_most):
            break
        batch = min(2 * batch, _LARGEST_BATCH)
    await connection.execute(f"CLOSE {cursor}")
    return found[:wanted], complete


Hits = Sequence[tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class _Search:
    """One question, and the statements that can answer it."""

    connection: Connection
    principal: Principal
    asked: ConversationFilter
    pattern: Pattern

    async def can_use_index(self) -> bool:
        """Chunks hold internal notes, so a contact's few conversations are read directly."""
        if not self.pattern.selective or self.principal.ref.kind == "contact":
            return False
        return bool(await self.connection.fetchval(_SQL.queue_is_short, self.principal.tenant.id, _SHORT_QUEUE))

    async def hits(self, many: int) -> Hits | None:
        """The chunks with the text, or None when there are so many."""
        if await self._is_often_seen():
            return None
        tenant_id, pattern = self.principal.tenant.id, self.pattern
        found = await self.connection.fetch(_SQL.find_hits, tenant_id, pattern.like, pattern.apart, many)
        return [(record[0], record[1]) for record in found] if len(found) < many else None

    async def _is_often_seen(self) -> bool:
        """Whether a good part of the newest conversations has the text: the index would gather all the others before it tells."""
        sql = Sql(self.principal.tenant.id)
        newest = f"SELECT c.number FROM conversations c WHERE c.tenant_id = $1 ORDER BY c.last_activity_at DESC LIMIT {_GLANCED}"
        text = f"SELECT count(*) >= {_OFTEN} FROM ({newest}) c WHERE {_matches(sql, self.principal, self.pattern)}"
        return bool(await self.connection.fetchval(text, *sql.parameters))

    async def page(self, hits: Hits | None, order: Order, limit: int | None, offset: int) -> list[int]:
        sql = Sql(self.principal.tenant.id)
        found = f"SELECT {', '.join(order.columns)} FROM conversations c WHERE {self._selected(sql, hits)}"
        if hits is not None:
            # Few rows: taken first and then sorted, else the limit makes the planner walk the whole order for them.
            found = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found c"
        text = f"{found} ORDER BY {order.sql()} LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
        return [record["number"] for record in await self.connection.fetch(text, *sql.parameters)]

    async def count(self, hits: Hits | None) -> Counts:
        sql = Sql(self.principal.tenant.id)
        text = f"SELECT {counted(sql, self.principal)} FROM conversations c WHERE {self._selected(sql, hits)}"
        record = await self.connection.fetchrow(text, *sql.parameters)
        assert record is not None
        return Counts.of(*record)

    async def walk(
        self, order: Order, limit: int | None, offset: int, *, budget_s: float | None = None, at_most: int | None = None
    ) -> SearchPage:
        """Looks at one conversation after another in order, until the page is full, all are seen or the bound is met."""
        sql = Sql(self.principal.tenant.id)
        text = (
            f"SELECT c.number, {_matches(sql, self.principal, self.pattern)} FROM conversations c"
            f" WHERE {where(sql, self.asked, self.principal)} ORDER BY {order.sql()}"
        )
        wanted = None if limit is None else offset + limit
        found, complete = await look_through(
            self.connection, "search_walk", text, sql.parameters, wanted, budget_s=budget_s, at_most=at_most
        )
        return SearchPage([record[0] for record in found[offset:]], complete)

    async def count_walking(self, budget_s: float) -> Counts:
        """Counts batch by batch, highest numbers first."""
        deadline = monotonic() + budget_s
        totals, below = (0, 0, 0), 2**63 - 1
        while True:
            *some, lowest, looked_at = await self._count_below(below)
            totals = (totals[0] + some[0], totals[1] + some[1], totals[2] + some[2])
            if looked_at < _COUNT_BATCH:
                return Counts.of(*totals)
            if monotonic() > deadline:
                return Counts.of(*totals, complete=False)
            below = lowest

    async def _count_below(self, below: int) -> list[int]:
        sql = Sql(self.principal.tenant.id)
        text = (
            "WITH batch AS MATERIALIZED (SELECT c.number, c.assignee_user_id FROM conversations c"
            f" WHERE {where(sql, self.asked, self.principal)} AND c.number < {sql.bind(below)}::bigint"
            f" ORDER BY c.number DESC LIMIT {_COUNT_BATCH}),"
            f" hit AS MATERIALIZED (SELECT c.assignee_user_id FROM batch c WHERE {_matches(sql, self.principal, self.pattern)})"
            f" SELECT {counted(sql, self.principal)}, (SELECT min(b.number) FROM batch b), (SELECT count(*) FROM batch b) FROM hit c"
        )
        record = await self.connection.fetchrow(text, *sql.parameters)
        assert record is not None
        return list(record)

    def _selected(self, sql: Sql, hits: Hits | None) -> str:
        """The conditions on conversation ``c``, with the text found by the index (hits None: all that it has)."""
        like = sql.bind(self.pattern.like)
        if hits is None:
            # Hashed as a value, and so probed by one pass over the conversations, where a join would look up each.
            source = f"search_conversations($1, lower({like}::text), {sql.bind(self.pattern.apart)}, NULL) h"
            among = "coalesce(c.number IN ({}), FALSE)"
        else:
            numbers, guarded = sql.bind([number for number, _ in hits]), sql.bind([message for _, message in hits])
            source = f"unnest({numbers}::bigint[], {guarded}::bigint[]) h (found_number, guarded_message_id)"
            among = "c.number IN ({})"
        return f"{where(sql, self.asked, self.principal)} AND {among.format(self._found(sql, source, like))}"

    def _found(self, sql: Sql, source: str, like: str) -> str:
        """Every conversation with the text: from the hits, and those still queued from their messages."""
        text = _text(sql, self.principal, like)
        return (
            f"SELECT h.found_number FROM {source} WHERE h.guarded_message_id IS NULL"
            f" OR {_exists('messages m', f'm.tenant_id = $1 AND m.id = h.guarded_message_id AND {text}')}"
            " UNION ALL SELECT q.conversation_number"
            " FROM (SELECT DISTINCT w.conversation_number FROM search_queue w WHERE w.tenant_id = $1) q"
            f" WHERE {_exists('messages m', f'm.tenant_id = $1 AND m.conversation_number = q.conversation_number AND {text}')}"
        )


def _matches(sql: Sql, principal: Principal, pattern: Pattern) -> str:
    """Whether conversation ``c`` has the text, from its chunks or, where they are behind, from its messages."""
    like = sql.bind(pattern.like)
    text = _text(sql, principal, like)
    in_messages = _exists("messages m", f"m.tenant_id = $1 AND m.conversation_number = c.number AND {text}")
    if principal.ref.kind == "contact":
        return in_messages
    chunk = f"k.tenant_id = $1 AND k.conversation_number = c.number AND k.text LIKE lower({like})"
    if pattern.apart:
        parts = "unnest(string_to_array(k.text, chr(31))) t"
        chunk += f" AND (k.is_guarded OR {_exists(parts, f't LIKE lower({like})')})"
    checked = _exists("messages m", f"m.tenant_id = $1 AND m.id = k.first_message_id AND {text}")
    queued = _exists("search_queue q", "q.tenant_id = $1 AND q.conversation_number = c.number")
    in_chunks = _exists("search_chunks k", f"{chunk} AND (NOT k.is_guarded OR {checked})")
    return f"CASE WHEN {queued} THEN {in_messages} ELSE {in_chunks} END"


def _text(sql: Sql, principal: Principal, like: str) -> str:
    """Whether message ``m`` counts for this caller and holds the text."""
    return (
        "m.kind IN ('incoming', 'outgoing') AND (m.expires_at IS NULL OR m.expires_at > now())"
        f" AND m.body ILIKE {like}::text AND {visible_entries(sql, principal)}"
    )


def _exists(source: str, condition: str) -> str:
    """EXISTS that is always looked up row by row: the planner may hash the usual one, and read the whole table for it."""
    return f"coalesce((SELECT TRUE FROM {source} WHERE {condition} LIMIT 1), FALSE)"


def _has_trigram(text: str) -> bool:
    """Three letters or digits in a row outside wildcards, which is what pg_trgm can look up."""
    literal = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)((?:\\\\)*)[%_]", r"\1 ", text), flags=re.DOTALL)
    runs = "".join(character if character.isalpha() or character.isdecimal() else " " for character in literal).split(" ")
    return any(len(run) >= 3 for run in runs)
