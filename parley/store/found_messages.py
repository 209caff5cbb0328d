"""Messages that hold a text: those of some conversations, and the newest over the whole history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from ..domain.filters import ConversationFilter, TimeRange
from ..domain.principals import Principal, Ref
from . import queries
from .database import Connection, vary_plans
from .filter import visible_entries
from .order import PAGE_ORDERS
from .search import Pattern, page_numbers
from .sql import Sql

_SQL = queries.load("found_messages")
_VISIBLE = "TRUE /* visible */"
# Conversations looked through at once for the newest messages, at first and at most.
_FIRST_BATCH, _LARGEST_BATCH = 50, 2000
_ANY_TIME = TimeRange()
_LATEST_FIRST = PAGE_ORDERS["last_activity_at_desc"]


class FoundMessage(Struct, frozen=True, gc=False):
    """A message or change, as a search shows it."""

    id: int
    conversation_number: int
    kind: str
    author_kind: str
    author_id: int | None
    body: str | None
    content_type: str
    source_id: str | None
    attachment_count: int
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class WantedMessages:
    """``text`` may hold the wildcards of LIKE; ``author`` and ``sent`` narrow further."""

    text: str
    inbox_id: int | None = None
    author: Ref | None = None
    sent: TimeRange = _ANY_TIME


class FoundPage(NamedTuple):
    """``complete`` is false where the time budget ended before the page was certain."""

    messages: list[FoundMessage]
    complete: bool


class _Place(NamedTuple):
    """Where a message stands among others; its words are read when it is known to be shown."""

    created_at: datetime
    id: int


async def list_of_conversations(
    connection: Connection, principal: Principal, numbers: Sequence[int], text: str | None, *, most: int
) -> dict[int, list[FoundMessage]]:
    """By conversation, oldest first: the newest ``most`` with the text, or without one of all entries."""
    pattern = None if text is None else Pattern.of(text)
    if text is not None and pattern is None:
        return {}
    found: dict[int, list[FoundMessage]] = defaultdict(list)
    values = (list(numbers), pattern and pattern.like, most)
    for one in await _fetch(connection, principal, _SQL.list_of_conversations, values):
        found[one.conversation_number].append(one)
    return found


async def list_first(connection: Connection, principal: Principal, numbers: Sequence[int]) -> dict[int, FoundMessage]:
    """By conversation; one without a message is left out."""
    rows = await _fetch(connection, principal, _SQL.list_first, (list(numbers),))
    return {one.conversation_number: one for one in rows}


async def find_newest(
    connection: Connection, principal: Principal, wanted: WantedMessages, *, limit: int, offset: int, budget_s: float
) -> FoundPage:
    """A page of messages, the newest first.

    Conversations with the text are looked through by their latest activity, which no message of theirs is newer than, until
    no other one can hold a message of the page.
    """
    pattern = Pattern.of(wanted.text)
    if pattern is None:
        return FoundPage([], complete=True)
    inboxes = None if wanted.inbox_id is None else (wanted.inbox_id,)
    asked = ConversationFilter(message_text=wanted.text, inbox_ids=inboxes)
    author, sent = wanted.author, wanted.sent
    found: list[_Place] = []
    seen, size = 0, max(_FIRST_BATCH, offset + limit)
    while True:
        page = await page_numbers(connection, principal, asked, _LATEST_FIRST, limit=size, offset=seen, budget_s=budget_s)
        await vary_plans(connection)
        bounds = (sent.after, sent.before, author and author.kind, author and author.id)
        found += await _places(connection, principal, (page.numbers, pattern.like, *bounds, offset + limit))
        seen += len(page.numbers)
        if len(page.numbers) < size or await _is_certain(connection, principal, found, page.numbers[-1], wanted, offset + limit):
            break
        size = min(2 * size, _LARGEST_BATCH)
    ids = [one.id for one in sorted(found, reverse=True)[offset : offset + limit]]
    return FoundPage(await _fetch(connection, principal, _SQL.get_found, (ids,) if ids else ()), page.complete)


async def _is_certain(
    connection: Connection, principal: Principal, found: Sequence[_Place], number: int, wanted: WantedMessages, enough: int
) -> bool:
    """Whether no conversation after this one can hold a message that belongs on the page."""
    edge = await connection.fetchval(_SQL.get_last_activity, principal.tenant.id, number)
    too_old = wanted.sent.after is not None and edge < wanted.sent.after
    return bool(too_old) or sum(one.created_at >= edge for one in found) >= enough


async def _places(connection: Connection, principal: Principal, values: Sequence[object]) -> list[_Place]:
    sql = Sql(principal.tenant.id)
    for value in values:
        sql.bind(value)
    text = _SQL.list_newest.replace(_VISIBLE, visible_entries(sql, principal))
    return [_Place(*record) for record in await connection.fetch(text, *sql.parameters)]


async def _fetch(connection: Connection, principal: Principal, query: str, values: Sequence[object]) -> list[FoundMessage]:
    """Asks nothing when there are no values."""
    if not values:
        return []
    sql = Sql(principal.tenant.id)
    for value in values:
        sql.bind(value)
    text = query.replace(_VISIBLE, visible_entries(sql, principal))
    return [FoundMessage(*record) for record in await connection.fetch(text, *sql.parameters)]
