"""What users are told of: written by a job that reads the events in their order, read and answered by the users themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.messages import Message
from ..domain.principals import Principal
from . import queries
from .database import Connection, affected
from .filter import Sql, openable, visible_entries
from .tenants import allocate_ids

_SQL = queries.load("notifications")
_VISIBLE = "TRUE /* visible */"

KINDS = (
    *("conversation_creation", "conversation_assignment", "assigned_conversation_new_message", "conversation_mention"),
    "participating_conversation_new_message",
)


class Due(NamedTuple):
    """Something that a user is to be told."""

    user_id: int
    kind: str
    conversation_number: int
    message_id: int | None
    actor_kind: str
    actor_id: int | None
    created_at: datetime


class Notification(NamedTuple):
    """Something that a user was told. ``snoozed_until`` is None once that has passed."""

    id: int
    user_id: int
    kind: str
    conversation_number: int
    message_id: int | None
    actor_kind: str
    actor_id: int | None
    read_at: datetime | None
    snoozed_until: datetime | None
    last_activity_at: datetime
    created_at: datetime
    updated_at: datetime


class Settings(NamedTuple):
    """The kinds that a user wants by mail, and on their devices."""

    email_kinds: list[str]
    push_kinds: list[str]


DEFAULT = Settings(["conversation_assignment"], ["conversation_assignment"])


async def list_waiting(connection: Connection) -> list[int]:
    """Tenants with events that nobody was told of; needs no tenant."""
    return [record[0] for record in await connection.fetch(_SQL.list_waiting)]


async def lock_head(connection: Connection, tenant_id: int) -> int | None:
    """The position up to which events have been read; None while another worker reads them."""
    await connection.execute(_SQL.insert_head, tenant_id)
    found: int | None = await connection.fetchval(_SQL.lock_head, tenant_id)
    return found


async def set_head(connection: Connection, tenant_id: int, position: int) -> None:
    await connection.execute(_SQL.set_head, tenant_id, position)


async def list_due(connection: Connection, tenant_id: int, after: int, upto: int) -> list[Due]:
    """Whom the events between two positions concern."""
    return [Due(*record) for record in await connection.fetch(_SQL.list_due, tenant_id, after, upto)]


async def put_notifications(connection: Connection, tenant_id: int, due: Sequence[Due]) -> None:
    """Each user is told of a conversation in one place: the newest takes the older one's, with a number of its own."""
    if due:
        first = await allocate_ids(connection, tenant_id, "notification", len(due))
        await connection.execute(_SQL.put_notifications, tenant_id, first, *map(list, zip(*due, strict=True)))


class Asked(NamedTuple):
    """Which of a user's notifications: unread and awake ones, and more where said."""

    now: datetime
    with_read: bool = False
    with_snoozed: bool = False


async def list_notifications(
    connection: Connection, principal: Principal, asked: Asked, *, ascending: bool, limit: int, offset: int
) -> list[Notification]:
    """Those of the caller, by time; only of conversations that they may open now."""
    sql = Sql(principal.tenant.id)
    conditions = _conditions(sql, principal, asked)
    direction = "ASC" if ascending else "DESC"
    order = f"ORDER BY n.last_activity_at {direction}, n.id {direction}"
    columns = (
        "n.id, n.user_id, n.kind, n.conversation_number, n.message_id, n.actor_kind, n.actor_id, n.read_at, "
        f"CASE WHEN n.snoozed_until > {sql.bind(asked.now)} THEN n.snoozed_until END, n.last_activity_at, n.created_at, n.updated_at"
    )
    text = f"SELECT {columns} {conditions} {order} LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
    return [Notification(*record) for record in await connection.fetch(text, *sql.parameters)]


async def count_notifications(connection: Connection, principal: Principal, asked: Asked) -> tuple[int, int]:
    """How many there are, and how many of them are unread."""
    sql = Sql(principal.tenant.id)
    text = f"SELECT count(*), count(*) FILTER (WHERE n.read_at IS NULL) {_conditions(sql, principal, asked)}"
    record = await connection.fetchrow(text, *sql.parameters)
    assert record is not None
    return int(record[0]), int(record[1])


def _conditions(sql: Sql, principal: Principal, asked: Asked) -> str:
    conditions = ["n.tenant_id = $1", f"n.user_id = {sql.bind(principal.ref.id)}", *openable(sql, principal)]
    if not asked.with_read:
        conditions.append("n.read_at IS NULL")
    if not asked.with_snoozed:
        conditions.append(f"(n.snoozed_until IS NULL OR n.snoozed_until <= {sql.bind(asked.now)})")
    joined = "FROM notifications n JOIN conversations c ON c.tenant_id = $1 AND c.number = n.conversation_number"
    return f"{joined} WHERE {' AND '.join(conditions)}"


async def get_notification(connection: Connection, tenant_id: int, user_id: int, number: int, now: datetime) -> Notification | None:
    record = await connection.fetchrow(_SQL.get_notification, tenant_id, user_id, number, now)
    return Notification(*record) if record else None


async def get_notifications(connection: Connection, tenant_id: int, ids: Iterable[int], now: datetime) -> dict[int, Notification]:
    """By id, of whatever user; asks nothing for none."""
    wanted = list(set(ids))
    records = await connection.fetch(_SQL.get_notifications, tenant_id, wanted, now) if wanted else []
    return {record[0]: Notification(*record) for record in records}


async def count_unread(connection: Connection, tenant_id: int, user_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """Of each user that has some; asks nothing for nobody."""
    wanted = list(set(user_ids))
    records = await connection.fetch(_SQL.count_unread, tenant_id, wanted, now) if wanted else []
    return {record[0]: int(record[1]) for record in records}


async def set_read(connection: Connection, tenant_id: int, user_id: int, number: int, read_at: datetime | None, at: datetime) -> bool:
    """False when the user has no such notification."""
    return affected(await connection.execute(_SQL.set_read, tenant_id, user_id, number, read_at, at)) > 0


async def snooze(connection: Connection, tenant_id: int, user_id: int, number: int, until: datetime | None, at: datetime) -> bool:
    """False when the user has no such notification."""
    return affected(await connection.execute(_SQL.snooze, tenant_id, user_id, number, until, at)) > 0


async def read_all(connection: Connection, tenant_id: int, user_id: int, at: datetime, conversation: int | None) -> list[int]:
    """The numbers of those that were unread."""
    return [record[0] for record in await connection.fetch(_SQL.read_all, tenant_id, user_id, at, conversation)]


async def delete_notification(connection: Connection, tenant_id: int, user_id: int, number: int) -> bool:
    return affected(await connection.execute(_SQL.delete_notification, tenant_id, user_id, number)) > 0


async def delete_all(connection: Connection, tenant_id: int, user_id: int, *, only_read: bool) -> list[int]:
    """The numbers of those that went."""
    return [record[0] for record in await connection.fetch(_SQL.delete_all, tenant_id, user_id, only_read)]


async def get_messages(connection: Connection, principal: Principal, ids: Sequence[int]) -> dict[int, Message]:
    """Messages by id, as far as the caller may see them; asks nothing for none."""
    if not ids:
        return {}
    sql = Sql(principal.tenant.id)
    sql.bind(list(ids))
    text = _SQL.get_messages.replace(_VISIBLE, visible_entries(sql, principal))
    return {record[0]: Message(*record) for record in await connection.fetch(text, *sql.parameters)}


async def get_settings(connection: Connection, tenant_id: int, user_id: int) -> Settings:
    """Those of a user who never chose are ``DEFAULT``."""
    record = await connection.fetchrow(_SQL.get_settings, tenant_id, user_id)
    return Settings(*record) if record else DEFAULT


async def put_settings(connection: Connection, tenant_id: int, user_id: int, wanted: Settings) -> None:
    await connection.execute(_SQL.put_settings, tenant_id, user_id, wanted.email_kinds, wanted.push_kinds)
