"""Control tables as an import writes them: tenants, users, credentials, tokens. Runs as the owner role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from . import queries
from .control import OwnerKind, hash_token
from .database import Connection, affected

_SQL = queries.load("import_control")

TENANT_COLUMNS = ("name", "status", "locale", "domain", "support_email", "settings", "custom_attributes", "created_at", "updated_at")
USER_COLUMNS = (
    "name", "display_name", "email", "provider", "confirmed_at", "kind", "availability", "message_signature", "ui_settings",
    "custom_attributes", "created_at", "updated_at",
)  # fmt: skip


class TenantOrigin(NamedTuple):
    external_id: int
    tenant_id: int
    sync_unit_id: int
    content_hash: bytes | None
    untouched: bool


class UserOrigin(NamedTuple):
    external_id: int
    user_id: int
    content_hash: bytes | None
    untouched: bool


class TokenRow(NamedTuple):
    """An existing token, by its text, with the owner's id here."""

    token: str
    tenant_id: int | None
    owner_id: int
    created_at: datetime


async def lock_imports(connection: Connection) -> bool:
    """False while another import runs in this database."""
    return bool(await connection.fetchval(_SQL.lock_imports))


async def raise_sequences(connection: Connection, *, tenants: int, users: int, messages: int) -> None:
    await connection.execute(_SQL.raise_sequences, tenants, users, messages)


async def list_tenant_origins(connection: Connection, system: str) -> dict[int, TenantOrigin]:
    """Tenants that came from a system, by the account's id there."""
    rows = [TenantOrigin(int(row[0]), *row[1:]) for row in await connection.fetch(_SQL.list_tenant_origins, system)]
    return {row.external_id: row for row in rows}


async def free_slug(connection: Connection, candidates: Sequence[str]) -> str:
    """The first of the candidates that no tenant has."""
    taken = {row["slug"] for row in await connection.fetch(_SQL.find_slugs, list(candidates))}
    return next(slug for slug in candidates if slug not in taken)


async def insert_tenant(connection: Connection, tenant_id: int | None, slug: str, values: Mapping[str, Any]) -> int:
    return int(await connection.fetchval(_SQL.insert_tenant, tenant_id, slug, *(values[c] for c in TENANT_COLUMNS)))


async def update_tenant(connection: Connection, tenant_id: int, values: Mapping[str, Any]) -> None:
    await connection.execute(_SQL.update_tenant, tenant_id, *(values[c] for c in TENANT_COLUMNS if c != "created_at"))


async def record_tenant(connection: Connection, tenant_id: int, system: str, external_id: str, unit_id: int, content_hash: bytes) -> None:
    await connection.execute(_SQL.record_tenant, tenant_id, system, external_id, unit_id, content_hash)


async def list_user_origins(connection: Connection, system: str) -> dict[int, UserOrigin]:
    """Users that came from a system, by their id there."""
    rows = [UserOrigin(int(row[0]), row[1], row[2], row[3]) for row in await connection.fetch(_SQL.list_user_origins, system)]
    return {row.external_id: row for row in rows}


async def name_users(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    return {row["id"]: row["name"] for row in await connection.fetch(_SQL.name_users, ids)}


async def find_users(connection: Connection, ids: Sequence[int], emails: Sequence[str]) -> dict[int, str | None]:
    """Users who have one of these ids or lower-cased e-mails: id to lower-cased e-mail."""
    return {row["id"]: row["email"] for row in await connection.fetch(_SQL.find_users, ids, emails)}


async def insert_user(connection: Connection, user_id: int | None, values: Mapping[str, Any]) -> int:
    return int(await connection.fetchval(_SQL.insert_user, user_id, *(values[c] for c in USER_COLUMNS)))


async def update_user(connection: Connection, user_id: int, values: Mapping[str, Any]) -> None:
    await connection.execute(_SQL.update_user, user_id, *(values[c] for c in USER_COLUMNS if c != "created_at"))


async def record_user(connection: Connection, system: str, external_id: int, user_id: int, content_hash: bytes) -> None:
    await connection.execute(_SQL.record_user, system, str(external_id), user_id, content_hash)


async def set_imported_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(_SQL.set_imported_password, user_id, password_hash)


async def keep_tokens(
    connection: Connection, owner_kind: OwnerKind, system: str, owner_ids: Sequence[int], rows: Sequence[TokenRow], tenant_id: int | None
) -> tuple[int, int]:
    """Makes the source's tokens valid here and ends those of its owners that it replaced: how many of each.

    ``tenant_id`` narrows the owners to one tenant; None for owners whose ids are the same everywhere.
    """
    hashes = [hash_token(row.token) for row in rows]
    columns = [row.tenant_id for row in rows], [row.owner_id for row in rows], [row.created_at for row in rows]
    made = affected(await connection.execute(_SQL.insert_tokens, owner_kind, system, hashes, *columns))
    ended = affected(await connection.execute(_SQL.revoke_replaced_tokens, owner_kind, system, owner_ids, hashes, tenant_id))
    return made, ended


async def known_tokens(connection: Connection, tokens: Sequence[str]) -> set[str]:
    """Which of these tokens are here already."""
    by_hash = {hash_token(token): token for token in tokens}
    return {by_hash[row["token_hash"]] for row in await connection.fetch(_SQL.known_tokens, list(by_hash))}


async def insert_platform_app(connection: Connection, name: str) -> int:
    return int(await connection.fetchval(_SQL.insert_platform_app, name))
