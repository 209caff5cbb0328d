"""One object's timeline: its entries page by page, and what changes or deletes one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from ..domain.filters import TimeRange
from ..domain.messages import Entry
from ..domain.principals import Principal, Ref
from . import messages, queries
from .cursor import Position
from .database import Connection
from .filter import Sql, opens, visible_entries
from .pages import Page, take_page

_SQL = queries.load("timeline")
_VISIBLE, _ASKED, _FORWARD = "TRUE /* visible */", "TRUE /* asked */", "ORDER BY m.created_at, m.id"
_BACKWARD = "ORDER BY m.created_at DESC, m.id DESC"
# Where an entry stands that does not say so itself.
_COLLECTIONS = "coalesce(m.collections, CASE m.kind WHEN 'activity' THEN ARRAY['events'] ELSE ARRAY['discussions'] END)"
_PANELS = (
    "coalesce(m.panels, CASE WHEN m.kind = 'activity' THEN ARRAY['events']"
    " WHEN m.visibility IN ('external', 'public') THEN ARRAY['customer_chat'] ELSE ARRAY['discussions'] END)"
)
# The columns that an action may set on a message.
WRITABLE = frozenset({"body", "processed_body", "body_type", "external_ref", "labels", "snap_kit_body", "status", "content_attributes"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of a conversation (answers to its entries apart), or with ``thread_id`` the answers to one entry."""

    conversation_number: int
    thread_id: int | None = None
    collections: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    visibility: tuple[str, ...] = ()
    created: TimeRange = field(default_factory=TimeRange)


class LockedMessage(NamedTuple):
    """A message that nobody else changes until this transaction ends."""

    id: int
    conversation_number: int
    kind: str
    visibility: str
    private_to: list[str] | None
    author_kind: str
    author_id: int | None
    body: str | None
    body_type: str
    external_ref: str | None
    labels: list[str] | None
    snap_kit_body: str | None
    thread_id: int | None
    deleted_at: datetime | None
    status: str
    content_attributes: str | None


async def list_entries(
    connection: Connection,
    principal: Principal,
    asked: Asked,
    *,
    limit: int,
    position: Position | None = None,
    backwards: bool = False,
) -> Page[Entry]:
    """The page after ``position`` (or from the start), or with ``backwards`` the page before it (or from the end)."""
    walk = partial(_walk, connection, principal, asked)
    return await take_page(walk, lambda one: Position.at(one.created_at, one.id), limit=limit, position=position, backwards=backwards)


async def sees_conversation(connection: Connection, principal: Principal, number: int) -> bool:
    sql = Sql(principal.tenant.id)
    condition = opens(sql, principal, number)
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM conversations c WHERE {condition})", *sql.parameters))


async def find_entry(connection: Connection, principal: Principal, entry_id: int) -> Entry | None:
    """One entry; None where the caller may not see it or its conversation."""
    entry = await messages.get_entry(connection, principal, entry_id)
    if entry is None or not await sees_conversation(connection, principal, entry.conversation_number):
        return None
    return entry


async def find_by_external_ref(connection: Connection, tenant_id: int, number: int, external_ref: str) -> int | None:
    found: int | None = await connection.fetchval(_SQL.find_by_external_ref, tenant_id, number, external_ref)
    return found


async def lock_message(connection: Connection, tenant_id: int, message_id: int) -> LockedMessage | None:
    record = await connection.fetchrow(_SQL.lock_message, tenant_id, message_id)
    return LockedMessage(*record) if record else None


async def update_message(connection: Connection, tenant_id: int, message_id: int, values: Mapping[str, Any], by: Ref, at: datetime) -> None:
    """Sets columns, who changed it and when. Raises KeyError for a column that no action may set."""
    if unknown := set(values) - WRITABLE:
        raise KeyError(f"not writable: {', '.join(sorted(unknown))}")
    sql = Sql(tenant_id)
    stamps = {"updated_at": at, "modified_by_kind": by.kind, "modified_by_id": by.id}
    assignments = ", ".join(f"{column} = {sql.bind(value)}" for column, value in {**values, **stamps}.items())
    text = f"UPDATE messages m SET {assignments} WHERE m.tenant_id = $1 AND m.id = {sql.bind(message_id)}"
    await connection.execute(text, *sql.parameters)


async def delete_body(connection: Connection, tenant_id: int, message_id: int, by: Ref, at: datetime) -> None:
    """The row stays; body, files and emoji go."""
    await connection.execute(_SQL.delete_body, tenant_id, message_id, at, by.kind, by.id)
    await connection.execute(_SQL.delete_attachments, tenant_id, message_id)
    await connection.execute(_SQL.delete_reactions, tenant_id, message_id)


async def count_replies(connection: Connection, tenant_id: int, message_id: int, step: int) -> None:
    await connection.execute(_SQL.count_replies, tenant_id, message_id, step)


async def insert_event(
    connection: Connection, tenant_id: int, kind: str, number: int, message_id: int | None, by: Ref, data: Mapping[str, Any], at: datetime
) -> int:
    """An event of the open transaction about a message, or with None about the conversation; its id."""
    encoded = msgspec.json.encode(data).decode()
    return int(await connection.fetchval(_SQL.insert_event, tenant_id, kind, number, message_id, by.kind, by.id, encoded, at))


async def delete_conversation(connection: Connection, tenant_id: int, number: int) -> dict[str, Any]:
    """The row and, by its foreign keys, all that it carries; what its event has to tell of where it was and whose.

    ``inbox_id``, ``team_id``, ``assignee_user_id``, ``contact_id``, and ``members`` as ``kind:id``.
    """
    return dict(msgspec.json.decode(await connection.fetchval(_SQL.delete_conversation, tenant_id, number) or "{}"))


async def list_first_messages(connection: Connection, tenant_id: int, number: int) -> list[int]:
    """Ids, oldest first."""
    return [record[0] for record in await connection.fetch(_SQL.list_first_messages, tenant_id, number)]


async def _walk(
    connection: Connection, principal: Principal, asked: Asked, limit: int, position: Position | None, backwards: bool
) -> list[Entry]:
    """Up to ``limit`` entries from a position in the given direction, nearest first."""
    sql = Sql(principal.tenant.id)
    sql.bind(limit)
    text = _SQL.list_entries.replace(_VISIBLE, visible_entries(sql, principal))
    conditions = _conditions(sql, asked)
    if position is not None:
        sign = ("<" if backwards else ">") + ("=" if position.inclusive else "")
        place = f"({sql.bind(position.value)}::timestamptz, {sql.bind(position.number)}::bigint)"
        conditions.append(f"(m.created_at, m.id) {sign} {place}")
    text = text.replace(_ASKED, " AND ".join(conditions))
    records = await connection.fetch(text.replace(_FORWARD, _BACKWARD) if backwards else text, *sql.parameters)
    return [Entry(*record) for record in records]


def _conditions(sql: Sql, asked: Asked) -> list[str]:
    found = [f"m.conversation_number = {sql.bind(asked.conversation_number)}"]
    found.append("m.thread_id IS NULL" if asked.thread_id is None else f"m.thread_id = {sql.bind(asked.thread_id)}")
    texts: Sequence[tuple[str, tuple[str, ...]]] = (
        (f"{_COLLECTIONS} && {{}}::text[]", asked.collections),
        ("m.labels && {}::text[]", asked.labels),
        (f"{_PANELS} && {{}}::text[]", asked.panels),
        ("m.visibility = ANY ({}::text[])", asked.visibility),
    )
    found += [condition.format(sql.bind(list(values))) for condition, values in texts if values]
    for sign, bound in ((">=", asked.created.after), ("<=", asked.created.before)):
        if bound is not None:
            found.append(f"m.created_at {sign} {sql.bind(bound)}")
    return found
