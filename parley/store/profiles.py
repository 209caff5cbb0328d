"""A user's own profile: in the table of users, and in each account as that account shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Ref
from . import queries
from .database import Connection, affected
from .filter import Sql

_SQL = queries.load("profiles")

BOTH = frozenset({"name", "display_name", "email", "message_signature", "ui_settings", "custom_attributes"})
"""The columns that users and memberships share."""
PLACE = BOTH | {"phone_numbers", "avatar_id", "availability", "auto_offline", "active_at", "role", "state", "left_at"}
_JSON = ("ui_settings", "custom_attributes")


class UserProfile(NamedTuple):
    """A user without an account around them. ``kind``: user or super_admin; JSON columns are text."""

    id: int
    name: str
    display_name: str | None
    email: str | None
    provider: str
    confirmed: bool
    kind: str
    message_signature: str | None
    ui_settings: str
    custom_attributes: str
    pubsub_token: str


class PushSubscription(NamedTuple):
    """A device of a user. ``attributes`` is JSON text."""

    id: int
    user_id: int
    kind: str
    identifier: str
    attributes: str
    created_at: datetime
    updated_at: datetime


async def get_profile(connection: Connection, user_id: int) -> UserProfile | None:
    record = await connection.fetchrow(_SQL.get_profile, user_id)
    return UserProfile(*record) if record else None


async def update_user(connection: Connection, user_id: int, values: Mapping[str, Any]) -> None:
    """Raises asyncpg's UniqueViolationError for a taken e-mail, KeyError for a column that no action may set."""
    sql = Sql(user_id)
    changes = _assign(sql, values, BOTH)
    await connection.execute(f"UPDATE users SET {', '.join([*changes, 'updated_at = now()'])} WHERE id = $1", *sql.parameters)


async def update_place(connection: Connection, tenant_id: int, user_id: int, values: Mapping[str, Any], by: Ref) -> bool:
    """A user's row in one account; False where they have none. Raises KeyError for a column that no action may set."""
    sql = Sql(tenant_id)
    changes = [*_assign(sql, values, PLACE), "updated_at = clock_timestamp()", f"modified_by = {sql.bind(str(by))}"]
    text = f"UPDATE memberships SET {', '.join(changes)} WHERE tenant_id = $1 AND user_id = {sql.bind(user_id)}"
    return affected(await connection.execute(text, *sql.parameters)) > 0


async def renew_pubsub_token(connection: Connection, user_id: int) -> None:
    await connection.execute(_SQL.renew_pubsub_token, user_id)


async def delete_user(connection: Connection, user_id: int) -> None:
    await connection.execute(_SQL.delete_user, user_id)


async def put_push_subscription(
    connection: Connection, user_id: int, kind: str, identifier: str, attributes: Mapping[str, Any]
) -> PushSubscription:
    encoded = msgspec.json.encode(attributes).decode()
    record = await connection.fetchrow(_SQL.put_push_subscription, user_id, kind, identifier, encoded)
    assert record is not None
    return PushSubscription(*record)


async def delete_push_subscription(connection: Connection, user_id: int, push_token: str) -> bool:
    """False when the user has no such device."""
    return affected(await connection.execute(_SQL.delete_push_subscription, user_id, push_token)) > 0


def _assign(sql: Sql, values: Mapping[str, Any], allowed: frozenset[str]) -> list[str]:
    if unknown := set(values) - allowed:
        raise KeyError(f"not writable: {', '.join(sorted(unknown))}")
    return [f"{column} = {_bind(sql, column, value)}" for column, value in values.items()]


def _bind(sql: Sql, column: str, value: Any) -> str:
    if column in _JSON:
        return f"{sql.bind(msgspec.json.encode(value).decode())}::text::jsonb"
    return sql.bind(value)
