"""Writing conversations. Actions decide what; here it becomes rows, with the change and the event in the same statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.messages import Entry
from ..domain.principals import Principal, Ref
from . import queries
from .database import Connection
from .filter import Sql, opens

_SQL = queries.load("writes")
_TOUCHED = "/* touched */"

# The columns that an action may set on a conversation.
WRITABLE = frozenset(
    {
        "contact_last_seen_at",
        "title", "description", "stage_id", "status", "priority", "team_id", "brand_id", "company_id", "workspace_id",
        "assignee_user_id", "assignee_bot_id", "is_spam", "is_frozen", "url_context", "custom_fields",
        "modified_by_kind", "modified_by_id", "modified_at", "last_activity_at", "closed_at", "snoozed_until", "first_reply_at",
        "waiting_since", "agent_last_seen_at", "last_incoming_at", "last_external_message_at", "unread_count",
        "subtype", "owner_agent_id", "sentiment", "sentiment_summary", "sentiment_modified_at", "inbox_id", "contact_id",
        "contact_point_id", "sla_policy_id", "assignee_last_seen_at",
    }
)  # fmt: skip


class Locked(NamedTuple):
    """A conversation that nobody else changes until this transaction ends, with what the rules need to know."""

    number: int
    title: str | None
    description: str | None
    stage_id: int
    stage: str
    status: str
    inbox_id: int
    contact_id: int
    team_id: int | None
    assignee_user_id: int | None
    assignee_bot_id: int | None
    is_spam: bool
    is_frozen: bool
    first_reply_at: datetime | None
    waiting_since: datetime | None
    last_activity_at: datetime
    modified_at: datetime
    last_incoming_at: datetime | None
    unread_count: int
    custom_fields: str
    brand_id: int | None
    company_id: int | None
    workspace_id: int | None
    subtype: str | None
    owner_agent_id: int | None
    url_context: str | None
    sentiment: int | None
    sentiment_summary: str | None
    sentiment_modified_at: datetime | None
    last_external_message_at: datetime | None
    priority: int | None
    sla_policy_id: int | None
    snoozed_until: datetime | None
    agent_last_seen_at: datetime | None
    assignee_last_seen_at: datetime | None


_LOCKED = ", ".join("s.name" if name == "stage" else f"c.{name}" for name in Locked._fields)


class Opening(NamedTuple):
    """Everything a new conversation starts with; ``messages`` are bodies, in order."""

    title: str | None
    description: str | None
    stage_id: int
    status: str
    inbox_id: int
    contact_id: int
    contact_point_id: int
    workspace_id: int | None
    company_id: int | None
    team_id: int | None
    brand_id: int | None
    assignee: Ref | None
    source_channel: str | None
    is_spam: bool
    is_creator_verified: bool
    url_context: str | None
    custom_fields: Mapping[str, Mapping[str, Any]]
    creator: Ref
    at: datetime
    members: Sequence[Ref]
    co_owners: Sequence[Ref]
    tags: Sequence[tuple[int, str | None]]
    channel_ids: Sequence[int]
    messages: Sequence[str | None]
    sentence: str
    subtype: str | None
    owner_agent_id: int | None
    additional_attributes: Mapping[str, Any]
    snoozed_until: datetime | None


class NewMessage(NamedTuple):
    """One message to write; ``kind`` is incoming or outgoing."""

    kind: str
    visibility: str
    private_to: list[str] | None
    author: Ref
    body: str | None
    external_ref: str | None
    labels: list[str] | None
    at: datetime
    body_type: str = "text"
    collections: list[str] | None = None
    expires_at: datetime | None = None
    snap_kit_body: str | None = None
    thread_id: int | None = None
    content_type: str = "text"
    content_attributes: str | None = None
    additional_attributes: str | None = None
    source_id: str | None = None
    echo_id: str | None = None


class NewChange(NamedTuple):
    """A change entry with its event. ``touch`` sets columns of its locked conversation; ``columns``, old and new by name, are the
    event's only.
    """

    number: int
    author: Ref
    deltas: Sequence[object]
    columns: Mapping[str, Any]
    sentence: str
    at: datetime
    touch: Mapping[str, Any] = {}


class NewTags(NamedTuple):
    """What changes of a conversation's tags."""

    number: int
    add: Sequence[tuple[int, str | None]]
    remove: Sequence[int]


class WritableTag(NamedTuple):
    id: int
    name: str
    allowed_values: list[str]


async def lock_conversations(connection: Connection, principal: Principal, numbers: Sequence[int]) -> dict[int, Locked]:
    """Locks those that the caller may open, in the order of their numbers, so that no two wait for each other."""
    sql = Sql(principal.tenant.id)
    # Locked before its stage is looked up: who waits here for a change of the stage would else find no stage, and so nothing.
    locked = f"SELECT c.* FROM conversations c WHERE {opens(sql, principal, *numbers)} ORDER BY c.number FOR NO KEY UPDATE"
    text = f"SELECT {_LOCKED} FROM ({locked}) c JOIN stages s ON s.tenant_id = $1 AND s.id = c.stage_id"
    return {record[0]: Locked(*record) for record in await connection.fetch(text, *sql.parameters)}


async def update_conversation(connection: Connection, tenant_id: int, number: int, values: Mapping[str, Any]) -> None:
    """Sets columns of a locked conversation. Raises KeyError for a column that no action may set."""
    sql = Sql(tenant_id)
    text = _update(sql, values, sql.bind(number))
    await connection.execute(text, *sql.parameters)


def _update(sql: Sql, values: Mapping[str, Any], number: str) -> str:
    if unknown := set(values) - WRITABLE:
        raise KeyError(f"not writable: {', '.join(sorted(unknown))}")
    assignments = ", ".join(f"{column} = {sql.bind(value)}" for column, value in values.items())
    return f"UPDATE conversations SET {assignments} WHERE tenant_id = $1 AND number = {number}"


async def insert_conversation(connection: Connection, tenant_id: int, new: Opening) -> int:
    """Writes the conversation and returns its number; the last statement of its transaction, because it takes the number."""
    assignee = new.assignee
    values = (
        *new[:11],
        assignee.id if assignee and assignee.kind == "user" else None,
        assignee.id if assignee and assignee.kind == "bot" else None,
        *new[12:16],
        msgspec.json.encode(new.custom_fields).decode(),
        new.creator.kind,
        new.creator.id,
        new.at,
        *_columns(new.members),
        *_columns(new.co_owners),
        [tag for tag, _ in new.tags],
        [value for _, value in new.tags],
        list(new.channel_ids),
        list(new.messages),
        new.sentence,
        new.subtype,
        new.owner_agent_id,
        msgspec.json.encode(new.additional_attributes).decode(),
        new.snoozed_until,
    )
    return int(await connection.fetchval(_SQL.insert_conversation, tenant_id, *values))


async def insert_message(
    connection: Connection, tenant_id: int, number: int, new: NewMessage, touch: Mapping[str, Any], told: Mapping[str, Any] | None = None
) -> Entry:
    """Writes a message with its event and returns it; ``touch`` sets columns of its locked conversation, ``told`` is the event's data.

    Raises asyncpg's UniqueViolationError for a taken external_ref, KeyError for a column that no action may set.
    """
    author, sql = new.author, Sql(tenant_id)
    for value in (
        *(number, new.kind, new.visibility, new.private_to, author.kind, author.id, new.body, new.external_ref, new.labels),
        *(new.at, new.body_type, new.collections, new.expires_at, new.snap_kit_body, new.thread_id),
        *(new.content_type, new.content_attributes, new.additional_attributes, new.source_id, new.echo_id),
        msgspec.json.encode(told or {}).decode(),
    ):
        sql.bind(value)
    touched = f", touched AS ({_update(sql, touch, '$2')})" if touch else ""
    record = await connection.fetchrow(_SQL.insert_message.replace(_TOUCHED, touched), *sql.parameters)
    assert record is not None
    return Entry(*record)


async def insert_changes(connection: Connection, tenant_id: int, changes: Iterable[NewChange]) -> None:
    """Writes them and what they set, in one round trip. Raises KeyError for a column that no action may set."""
    statements: dict[str, list[Sequence[Any]]] = {}
    for one in changes:
        entry = msgspec.json.encode({"deltas": one.deltas}).decode()
        event = msgspec.json.encode({"deltas": one.deltas, "columns": one.columns}).decode()
        sql = Sql(tenant_id)
        for value in (one.number, one.author.kind, one.author.id, entry, one.sentence, one.at, event):
            sql.bind(value)
        touched = f", touched AS ({_update(sql, one.touch, '$2')})" if one.touch else ""
        statements.setdefault(_SQL.insert_change.replace(_TOUCHED, touched), []).append(sql.parameters)
    for text, rows in statements.items():
        await connection.executemany(text, rows)


async def change_tags(connection: Connection, tenant_id: int, changes: Sequence[NewTags]) -> None:
    """Each in one round trip for all conversations."""
    if removed := [(tenant_id, one.number, list(one.remove)) for one in changes if one.remove]:
        await connection.executemany(_SQL.delete_tags, removed)
    added = [(tenant_id, one.number, [tag for tag, _ in one.add], [value for _, value in one.add]) for one in changes if one.add]
    if added:
        await connection.executemany(_SQL.upsert_tags, added)


async def set_co_owners(connection: Connection, tenant_id: int, number: int, owners: Sequence[Ref]) -> None:
    await connection.execute(_SQL.delete_owners, tenant_id, number)
    if owners:
        await connection.execute(_SQL.insert_owners, tenant_id, number, *_columns(owners))


async def set_members(connection: Connection, tenant_id: int, number: int, members: Sequence[Ref]) -> None:
    """Who takes part beside the contact; those who stay keep their place."""
    await connection.execute(_SQL.set_members, tenant_id, number, *_columns(members))


async def set_parts(connection: Connection, tenant_id: int, number: int, part_ids: Sequence[int]) -> None:
    await connection.execute(_SQL.delete_parts, tenant_id, number)
    await connection.execute(_SQL.insert_parts, tenant_id, number, list(part_ids))


async def set_channels(connection: Connection, tenant_id: int, number: int, inbox_ids: Sequence[int]) -> None:
    """The channels beside the conversation's own."""
    await connection.execute(_SQL.delete_channels, tenant_id, number)
    await connection.execute(_SQL.insert_channels, tenant_id, number, list(inbox_ids))


async def get_brand_ids(connection: Connection, tenant_id: int, ids: Sequence[int]) -> set[int]:
    """Those of the brands that the tenant has."""
    return {record[0] for record in await connection.fetch(_SQL.get_brand_ids, tenant_id, list(ids))}


async def get_tags_for_writing(connection: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, WritableTag]:
    return {record[0]: WritableTag(*record) for record in await connection.fetch(_SQL.get_tags_for_writing, tenant_id, list(ids))}


def _columns(refs: Sequence[Ref]) -> tuple[list[str], list[int]]:
    return [ref.kind for ref in refs], [ref.id for ref in refs]
