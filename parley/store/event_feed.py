"""The feed of a tenant's events as one caller may see it: by position, with what each is about as it is now.

What a conversation allows decides, also after it was deleted: its end left behind where it was and whose.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from ..domain.event_kinds import Patterns, hears, hears_all
from ..domain.principals import Principal
from . import queries
from .database import Connection
from .events import EventRow, list_events
from .filter import Sql, visible, visible_entries

_SQL = queries.load("event_feed")
_VISIBLE, _ENTRIES, _ALL = "TRUE /* visible */", "TRUE /* entries */", "TRUE /* all */"
# A page that finds little among what others may see stops looking after so many events.
_SCAN, _FARTHEST = 1000, 10_000


class Edges(NamedTuple):
    """The newest position, and the one up to which events may be gone; a feed may begin after any from there on."""

    head: int
    kept_after: int


class ConversationSeen(NamedTuple):
    number: int
    title: str | None
    status: str
    stage: str
    priority: int | None
    inbox_id: int
    contact_id: int
    team_id: int | None
    company_id: int | None
    assignee_user_id: int | None
    assignee_bot_id: int | None
    is_spam: bool
    unread_count: int
    snoozed_until: datetime | None
    created_at: datetime
    modified_at: datetime
    last_activity_at: datetime
    closed_at: datetime | None
    tags: list[str]


class MessageSeen(NamedTuple):
    """A message or a change; ``body`` is None for one that was deleted, ``delivery`` is sent, delivered, read or failed."""

    id: int
    conversation_number: int
    kind: str
    visibility: str
    author_kind: str
    author_id: int | None
    body: str | None
    body_type: str
    content_type: str
    delivery: str
    thread_id: int | None
    external_ref: str | None
    labels: list[str] | None
    attachment_count: int
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime


class SeenEvent(NamedTuple):
    """An event with its conversation and entry as they are now; None where they are gone or there is none."""

    event: EventRow
    conversation: ConversationSeen | None
    message: MessageSeen | None


class FeedPage(NamedTuple):
    """``next`` is the position up to which was looked; after it comes more when it is below the ``head``."""

    events: list[SeenEvent]
    next: int
    head: int


async def get_edges(connection: Connection, tenant_id: int) -> Edges:
    record = await connection.fetchrow(_SQL.get_edges, tenant_id)
    return Edges(*record) if record else Edges(0, 0)


async def find_position_before(connection: Connection, tenant_id: int, since: datetime) -> int:
    """A feed that begins after it tells all that happened from then on."""
    return int(await connection.fetchval(_SQL.find_position_before, tenant_id, since))


async def read_page(connection: Connection, principal: Principal, after: int, limit: int, types: Patterns) -> FeedPage:
    """Up to ``limit`` events that the caller may see, from the one after ``after`` on."""
    tenant_id = principal.tenant.id
    head = (await get_edges(connection, tenant_id)).head
    found: list[SeenEvent] = []
    position, scan, last = after, limit, after + _FARTHEST
    while position < min(head, last):
        rows = await list_events(connection, tenant_id, position, scan)
        if not rows:
            position = head
            break
        found += await see_events(connection, principal, rows, types)
        if len(found) > limit:
            return FeedPage(found[:limit], found[limit - 1].event.position, head)
        position, scan = rows[-1].position, min(2 * scan, _SCAN)
        if len(found) == limit:
            break
    return FeedPage(found, position, head)


async def see_events(connection: Connection, principal: Principal, rows: Sequence[EventRow], types: Patterns) -> list[SeenEvent]:
    """Those of the events that are asked for and that the caller may see: one statement, none where the kinds alone decide."""
    wanted = [row for row in rows if types.match(row.kind) and hears(principal, row.kind, row.actor, partial(decoded, row))]
    if not wanted:
        return []
    sql = Sql(principal.tenant.id)
    sql.bind([row.conversation_number for row in wanted])
    sql.bind([row.message_id for row in wanted])
    sql.bind([row.message_id is not None and row.kind != "conversation.updated" for row in wanted])
    text = _SQL.see_events.replace(_VISIBLE, _conversations(sql, principal)).replace(_ENTRIES, visible_entries(sql, principal))
    text = text.replace(_ALL, "TRUE" if hears_all(principal) else "FALSE")
    return [_seen(wanted, tuple(record)) for record in await connection.fetch(text, *sql.parameters)]


def decoded(row: EventRow) -> dict[str, Any]:
    """What the event says."""
    return dict(msgspec.json.decode(row.data))


def _conversations(sql: Sql, principal: Principal) -> str:
    """``visible``, and for a contact also what is left of a deleted conversation that they were a member of."""
    conditions = " AND ".join(visible(sql, principal)) or "TRUE"
    if principal.ref.kind == "contact":
        conditions += f" OR c.members ? {sql.bind(str(principal.ref))}"
    return f"({conditions})"


def _seen(rows: Sequence[EventRow], values: tuple[Any, ...]) -> SeenEvent:
    place, conversation, message = values[0], values[1:20], values[20:]
    return SeenEvent(
        rows[place - 1],
        None if conversation[0] is None else ConversationSeen(*conversation),
        None if message[0] is None else MessageSeen(*message),
    )
