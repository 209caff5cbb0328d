"""Inboxes as administrators set them up, and who works in them; ``people`` reads what conversations show of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("inboxes")


class InboxRow(NamedTuple):
    """An inbox. ``channel``, ``settings``, ``channel_secrets`` and ``working_hours`` are JSON text; ``provider`` is the channel's."""

    id: int
    name: str
    kind: str
    channel_id: int | None
    channel: str
    settings: str
    timezone: str
    lock_to_single_conversation: bool
    active_bot_id: int | None
    identifier: str | None
    hmac_token: str | None
    hmac_mandatory: bool
    webhook_secret: str | None
    channel_secrets: str
    working_hours: str
    deleted_at: datetime | None
    avatar_id: int | None
    picture_name: str | None
    provider: str | None
    created_at: datetime
    updated_at: datetime


INBOXES = Noun(
    table="inboxes",
    kind="inbox",
    row=InboxRow,
    columns=(
        "n.id, n.name, n.kind, n.channel_id, n.channel, n.settings, n.timezone, n.lock_to_single_conversation, n.active_bot_id, "
        "n.identifier, n.hmac_token, n.hmac_mandatory, n.webhook_secret, n.channel_secrets, n.working_hours, n.deleted_at, n.avatar_id, "
        "a.file_name AS picture_name, n.channel ->> 'provider' AS provider, n.created_at, n.updated_at"
    ),
    joins="LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = n.avatar_id",
    writable=frozenset(
        {"name", "kind", "channel", "settings", "timezone", "lock_to_single_conversation", "reply_window", "active_bot_id", "identifier"}
        | {"hmac_token", "hmac_mandatory", "webhook_secret", "channel_secrets", "working_hours", "avatar_id", "deleted_at", "deleted_by"}
    ),
    json=frozenset({"channel", "settings", "channel_secrets", "working_hours"}),
    told=frozenset({"name", "timezone", "lock_to_single_conversation", "settings"}),
    filters={"ids": "n.id = ANY ({}::bigint[])", "is_deleted": "(n.deleted_at IS NOT NULL) = {}::boolean"},
)


async def lock_inbox(connection: Connection, tenant_id: int, inbox_id: int) -> InboxRow | None:
    """For a change; None when there is no such inbox, or it is being deleted."""
    if await connection.fetchval(_SQL.lock_inbox, tenant_id, inbox_id) is None:
        return None
    return (await INBOXES.get(connection, tenant_id, [inbox_id]))[inbox_id]


async def get_existing(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, InboxRow]:
    """By id. What is being deleted is not among them: nothing new may refer to it (``people.get_inboxes`` shows it where it was)."""
    found = await INBOXES.get(connection, tenant_id, ids)
    return {number: row for number, row in found.items() if row.deleted_at is None}


async def list_members(connection: Connection, tenant_id: int, inbox_id: int) -> list[int]:
    """Ids by name, without those who left the tenant."""
    return [record[0] for record in await connection.fetch(_SQL.list_members, tenant_id, inbox_id)]


async def list_assignable(connection: Connection, tenant_id: int, inbox_ids: Sequence[int]) -> list[int]:
    """Ids by name of those who work in all of these inboxes, and of the administrators."""
    return [record[0] for record in await connection.fetch(_SQL.list_assignable, tenant_id, list(set(inbox_ids)))]


async def insert_members(connection: Connection, tenant_id: int, inbox_id: int, user_ids: Sequence[int]) -> list[int]:
    """The ids of those who were no members."""
    return [record[0] for record in await connection.fetch(_SQL.insert_members, tenant_id, inbox_id, user_ids)]


async def delete_members(connection: Connection, tenant_id: int, inbox_id: int, user_ids: Sequence[int]) -> list[int]:
    """The ids of those who were members."""
    return [record[0] for record in await connection.fetch(_SQL.delete_members, tenant_id, inbox_id, user_ids)]


async def clear_members(connection: Connection, tenant_id: int, inbox_id: int) -> None:
    await connection.execute(_SQL.clear_members, tenant_id, inbox_id)


async def drop_bot(connection: Connection, tenant_id: int, bot_id: int) -> None:
    await connection.execute(_SQL.drop_bot, tenant_id, bot_id)


async def tenants_with_deleted_inboxes(connection: Connection) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_deleted_inboxes)]


async def lock_deleted(connection: Connection, tenant_id: int) -> tuple[int, Ref] | None:
    """An inbox that waits for its end, with who deleted it; None where there is none, or others are at it."""
    record = await connection.fetchrow(_SQL.lock_deleted, tenant_id)
    return (record[0], Ref.parse(record[1])) if record else None


async def list_conversations(connection: Connection, tenant_id: int, inbox_id: int, at_most: int) -> list[int]:
    """Numbers, ascending; reads an index of the whole tenant."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, inbox_id, at_most)]


async def lock_conversations(connection: Connection, tenant_id: int, inbox_id: int, numbers: Sequence[int]) -> list[int]:
    """Those of them that are there and the inbox's."""
    return [record[0] for record in await connection.fetch(_SQL.lock_conversations, tenant_id, inbox_id, numbers)]


async def leave_works(connection: Connection, tenant_id: int, inbox_id: int, at_most: int) -> int:
    """So many works name the inbox no more; how many."""
    ids = [record[0] for record in await connection.fetch(_SQL.lock_works, tenant_id, inbox_id, at_most)]
    await connection.execute(_SQL.leave_works, tenant_id, inbox_id, ids)
    await connection.execute(_SQL.leave_work_channels, tenant_id, inbox_id, ids)
    return len(ids)


async def leave_conversations(connection: Connection, tenant_id: int, inbox_id: int, at_most: int) -> int:
    """So many conversations of other inboxes run over this one no more; how many."""
    numbers = [record[0] for record in await connection.fetch(_SQL.lock_reached, tenant_id, inbox_id, at_most)]
    await connection.execute(_SQL.leave_conversation_channels, tenant_id, inbox_id, numbers)
    return len(numbers)


async def delete_inbox(connection: Connection, tenant_id: int, inbox_id: int) -> list[int]:
    """The row, once nothing names it but campaigns; their ids."""
    campaigns = [record[0] for record in await connection.fetch(_SQL.delete_campaigns, tenant_id, inbox_id)]
    await INBOXES.delete(connection, tenant_id, inbox_id)
    return campaigns
