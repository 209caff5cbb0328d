"""Tenants as accounts: their settings, what clients may keep of them, and their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from . import queries
from .database import Connection
from .filter import Sql

_SQL = queries.load("accounts")

_WRITABLE = frozenset({"name", "locale", "domain", "support_email", "status", "timezone", "features", "settings", "custom_attributes"})
_JSON = ("settings", "custom_attributes")


class Account(NamedTuple):
    """A tenant. ``settings`` and ``custom_attributes`` are JSON text; ``status``: active or suspended."""

    id: int
    name: str
    locale: str
    domain: str | None
    support_email: str | None
    status: str
    timezone: str
    features: list[str]
    settings: str
    custom_attributes: str
    created_at: datetime


class CacheKeys(NamedTuple):
    """When each kind last changed, in milliseconds since 1970; 0 for never."""

    label: int
    inbox: int
    team: int


async def get_account(connection: Connection, tenant_id: int) -> Account | None:
    """None also for one that was deleted."""
    record = await connection.fetchrow(_SQL.get_account, tenant_id)
    return Account(*record) if record else None


async def get_accounts(connection: Connection, ids: Iterable[int]) -> list[Account]:
    """By id; those that are not there any more are left out."""
    return [Account(*record) for record in await connection.fetch(_SQL.get_accounts, list(ids))]


async def get_cache_keys(connection: Connection, tenant_id: int) -> CacheKeys:
    record = await connection.fetchrow(_SQL.get_cache_keys, tenant_id)
    assert record is not None
    return CacheKeys(*record)


async def update_account(connection: Connection, tenant_id: int, values: Mapping[str, Any]) -> None:
    """Raises KeyError for a column that no action may set."""
    if unknown := set(values) - _WRITABLE:
        raise KeyError(f"not writable: {', '.join(sorted(unknown))}")
    sql = Sql(tenant_id)
    changes = [f"{column} = {_bind(sql, column, value)}" for column, value in values.items()]
    await connection.execute(f"UPDATE tenants SET {', '.join([*changes, 'updated_at = now()'])} WHERE id = $1", *sql.parameters)


async def close_tenant(connection: Connection, tenant_id: int, at: datetime) -> None:
    """Nobody gets in from now on; ``delete_tenant`` does the rest later."""
    await connection.execute(_SQL.close_tenant, tenant_id, at)


async def list_deleted(connection: Connection) -> list[int]:
    """Tenants that wait for ``delete_tenant``."""
    return [record[0] for record in await connection.fetch(_SQL.list_deleted)]


async def delete_tenant(connection: Connection, tenant_id: int) -> None:
    """Deletes everything of a closed tenant; its blobs are swept by and by."""
    await connection.execute(_SQL.delete_tenant, tenant_id)


def _bind(sql: Sql, column: str, value: Any) -> str:
    if column in _JSON:
        return f"{sql.bind(msgspec.json.encode(value).decode())}::text::jsonb"
    return sql.bind(value)
