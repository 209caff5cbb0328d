"""Platform apps (Chatwoot): what they may touch, and the bots and places of users that they make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection, affected

_SQL = queries.load("platform")

Kind = Literal["account", "user", "agent_bot"]


class PlatformBot(NamedTuple):
    """A bot as its maker sees it. ``config`` is JSON text."""

    id: int
    name: str
    description: str | None
    outgoing_url: str | None
    bot_type: str
    config: str
    kind: str
    avatar_id: int | None
    avatar_name: str | None


class BotPlace(NamedTuple):
    bot_id: int
    account_id: int


class AccountUser(NamedTuple):
    """A user's place in an account."""

    user_id: int
    role: str
    inviter_id: int | None
    custom_role_id: int | None
    availability: str
    auto_offline: bool
    active_at: datetime | None
    created_at: datetime
    updated_at: datetime


async def insert_app(connection: Connection, name: str) -> int:
    return int(await connection.fetchval(_SQL.insert_app, name))


async def permit(connection: Connection, app_id: int, kind: Kind, object_id: int, account_id: int | None = None) -> None:
    """``account_id``: where a bot lives."""
    await connection.execute(_SQL.permit, app_id, kind, object_id, account_id)


async def is_permitted(connection: Connection, app_id: int, kind: Kind, object_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.is_permitted, app_id, kind, object_id))


async def list_permitted(connection: Connection, app_id: int, kind: Kind) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_permitted, app_id, kind)]


async def forget(connection: Connection, kind: Kind, object_id: int) -> None:
    await connection.execute(_SQL.forget, kind, object_id)


async def list_bots(connection: Connection, app_id: int) -> list[BotPlace]:
    """By account."""
    return [BotPlace(*record) for record in await connection.fetch(_SQL.list_bots, app_id)]


async def find_bot(connection: Connection, bot_id: int) -> int | None:
    """The account of a bot that some platform app made."""
    found: int | None = await connection.fetchval(_SQL.find_bot, bot_id)
    return found


async def insert_bot(
    connection: Connection, tenant_id: int, *, name: str, description: str | None, outgoing_url: str | None, by: Ref
) -> int:
    """The new bot's id, which no bot of another tenant has."""
    number = int(await connection.fetchval(_SQL.next_bot_id))
    await connection.execute(_SQL.insert_bot, tenant_id, number, name, description, outgoing_url, str(by))
    return number


async def get_bots(connection: Connection, tenant_id: int, ids: Iterable[int]) -> list[PlatformBot]:
    return [PlatformBot(*record) for record in await connection.fetch(_SQL.get_bot, tenant_id, list(ids))]


async def update_bot(
    connection: Connection, tenant_id: int, bot_id: int, *, name: str, description: str | None, outgoing_url: str | None, by: Ref
) -> None:
    await connection.execute(_SQL.update_bot, tenant_id, bot_id, name, description, outgoing_url, str(by))


async def delete_bot(connection: Connection, tenant_id: int, bot_id: int) -> bool:
    """Takes it off its inboxes first; False when there is none. Conversations are ``bots.leave_conversations``' business."""
    await connection.execute(_SQL.release_bot, tenant_id, bot_id)
    return affected(await connection.execute(_SQL.delete_bot, tenant_id, bot_id)) > 0


async def list_account_users(connection: Connection, tenant_id: int, user_id: int | None = None) -> list[AccountUser]:
    """Who belongs to the account, or the one who is asked for."""
    return [AccountUser(*record) for record in await connection.fetch(_SQL.list_account_users, tenant_id, user_id)]


async def leave_all(connection: Connection, tenant_id: int, user_id: int) -> None:
    """A user who left answers no inbox and is of no team."""
    await connection.execute(_SQL.leave_inboxes, tenant_id, user_id)
    await connection.execute(_SQL.leave_teams, tenant_id, user_id)
