"""Users of a tenant (DevRev: dev users): what their membership says beside the profile that ``people`` reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("users")


class UserRow(NamedTuple):
    """A user with their stamps. ``custom_fields`` and ``job_history`` are JSON text."""

    id: int
    phone_numbers: list[str]
    timezone: str | None
    subtype: str | None
    custom_fields: str
    job_title: str | None
    job_history: str
    experience_start_at: datetime | None
    reports_to: int | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class LockedUser(NamedTuple):
    """A user that the open transaction holds. ``custom_fields`` is JSON text."""

    role: str
    state: str
    left_at: datetime | None
    subtype: str | None
    custom_fields: str
    name: str


class Identity(NamedTuple):
    """Who a user is elsewhere."""

    user_id: int
    issuer: str
    external_id: str
    display_name: str | None


# Any of the accepted values equals the field, or is one of its elements where the field holds a list.
_VALUE = "n.custom_fields -> f.namespace -> f.key"
_CUSTOM = (
    "NOT EXISTS (SELECT FROM jsonb_to_recordset({}::text::jsonb) AS f (namespace text, key text, accepted jsonb) WHERE NOT EXISTS ("
    f"SELECT FROM jsonb_array_elements(CASE jsonb_typeof({_VALUE}) WHEN 'array' THEN {_VALUE} ELSE jsonb_build_array({_VALUE}) END) e "
    "WHERE f.accepted @> jsonb_build_array(e)))"
)

USERS = Noun(
    table="dev_users",
    kind="user",
    row=UserRow,
    columns=(
        "n.id, n.phone_numbers, n.timezone, n.subtype, n.custom_fields, n.job_title, n.job_history, n.experience_start_at, n.reports_to, "
        "n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    writable=frozenset(
        {"name", "display_name", "state", "left_at", "subtype", "custom_fields", "job_title", "job_history", "experience_start_at"}
        | {"reports_to"}
    ),
    json=frozenset({"custom_fields", "job_history"}),
    filters={
        "emails": "lower(n.email) = ANY ({}::text[])",
        "states": "n.shown_state = ANY ({}::text[])",
        "phone_numbers": "n.phone_numbers && {}::text[]",
        "timezones": "n.timezone = ANY ({}::text[])",
        "created_after": "n.created_at >= {}::timestamptz",
        "created_before": "n.created_at <= {}::timestamptz",
        "modified_after": "n.updated_at >= {}::timestamptz",
        "modified_before": "n.updated_at <= {}::timestamptz",
        "identities": (
            "EXISTS (SELECT FROM user_identities i, jsonb_to_recordset({}::text::jsonb) AS x (issuer text, id text) "
            "WHERE i.tenant_id = $1 AND i.user_id = n.id AND coalesce(i.issuer = x.issuer, TRUE) AND coalesce(i.external_id = x.id, TRUE))"
        ),
        "custom_fields": _CUSTOM,
    },
)


async def insert_member(
    connection: Connection,
    tenant_id: int,
    user_id: int,
    *,
    name: str,
    email: str,
    state: str,
    reports_to: int | None,
    subtype: str | None,
    custom_fields: str,
    by: str,
) -> None:
    """``custom_fields`` is JSON text. Raises asyncpg's UniqueViolationError when the user already belongs to the tenant."""
    await connection.execute(_SQL.insert_member, tenant_id, user_id, name, email, state, reports_to, subtype, custom_fields, by)


async def lock_user(connection: Connection, tenant_id: int, user_id: int) -> LockedUser | None:
    record = await connection.fetchrow(_SQL.lock_user, tenant_id, user_id)
    return LockedUser(*record) if record else None


async def lock_administrators(connection: Connection, tenant_id: int) -> list[int]:
    """The active administrators' ids, locked until the transaction ends."""
    return [record[0] for record in await connection.fetch(_SQL.lock_administrators, tenant_id)]


async def get_identities(connection: Connection, tenant_id: int, ids: Iterable[int]) -> list[Identity]:
    return [Identity(*record) for record in await connection.fetch(_SQL.get_identities, tenant_id, list(ids))]


async def link_identity(
    connection: Connection, tenant_id: int, user_id: int, issuer: str, external_id: str, display_name: str | None
) -> None:
    """Raises asyncpg's UniqueViolationError when somebody else has this identity."""
    await connection.execute(_SQL.link_identity, tenant_id, user_id, issuer, external_id, display_name)


async def unlink_identity(connection: Connection, tenant_id: int, user_id: int, issuer: str) -> bool:
    """False when the user has none of this issuer."""
    return affected(await connection.execute(_SQL.unlink_identity, tenant_id, user_id, issuer)) > 0
