"""The control tables: tenants, users, credentials, tokens. The only module that reads outside a tenant."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from ..domain.people import Member
from ..domain.principals import Ref, Tenant
from ..domain.problems import NotFound
from . import queries
from .database import PLANS, Connection

_SQL = queries.load("control")

TOKEN_PREFIX = "prl_"  # noqa: S105 - a marker, so that leaked tokens are found by scanners
OwnerKind = Literal["user", "contact", "bot", "platform_app"]
Scope = Literal["read", "write"]


class Token(NamedTuple):
    """A token's owner. ``tenant_id`` is its home tenant, used where the request names none."""

    id: int
    tenant_id: int | None
    owner_kind: OwnerKind
    owner_id: int
    scope: Scope


class Caller(NamedTuple):
    """A token, the tenant that it asks for (None where there is none), and a user's place there (None for who is no active member)."""

    token: Token
    tenant: Tenant | None
    member: Member | None
    inbox_ids: tuple[int, ...]
    team_ids: tuple[int, ...]


class Entered(NamedTuple):
    """A tenant that was entered by what was asked for in it: an inbox or a conversation, by number."""

    tenant: Tenant
    number: int


class IssuedToken(NamedTuple):
    """A token that works, as an operator lists it: everything but its text, which is kept nowhere."""

    id: int
    owner_kind: OwnerKind
    owner_id: int
    scope: Scope
    name: str
    created_at: datetime
    expires_at: datetime | None


class TokenRow(NamedTuple):
    """A token of a tenant with its story. ``kind``: pat, aat, session ...; ``status``: active, expired or revoked."""

    id: int
    owner_kind: OwnerKind
    owner_id: int
    scope: Scope
    name: str
    kind: str
    client_id: str | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    expires_at: datetime | None
    status: str

    @property
    def owner(self) -> Ref:
        return Ref(self.owner_kind, self.owner_id)  # type: ignore[arg-type]


class Place(NamedTuple):
    """An account that a user belongs to, and what they are in it."""

    account_id: int
    account_name: str
    account_status: str
    onboarding_step: str | None
    role: str
    custom_role_id: int | None
    custom_role_name: str | None
    custom_role_description: str | None
    permissions: list[str] | None
    availability: str
    auto_offline: bool
    active_at: datetime | None
    seen_at: datetime | None


class User(NamedTuple):
    id: int
    name: str
    email: str | None


def hash_token(token: str) -> bytes:
    """A token is 190 random bits, so one round of SHA-256 is as good as a slow hash."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(24)


async def find_token(connection: Connection, token: str) -> Token | None:
    record = await connection.fetchrow(_SQL.find_token, hash_token(token))
    return Token(*record) if record else None


async def find_caller(
    connection: Connection, token: str, *, tenant_id: int | None = None, tenant_slug: str | None = None, vary: bool = False
) -> Caller | None:
    """A token's owner and the tenant asked for (by id, by slug, or the token's home), which the open transaction enters.

    None for an unknown, expired or revoked token. Whether the owner belongs there, ``principals.get_principal`` says.
    ``vary``: from here on statements are planned per value (``database.vary_plans``), without a round trip of its own.
    """
    record = await connection.fetchrow(_SQL.find_caller, hash_token(token), tenant_id, tenant_slug, PLANS[vary])
    if record is None:
        return None
    values = tuple(record)[1:]
    tenant = _tenant(*values[5:10]) if values[5] is not None else None
    member = Member(*values[12:]) if values[12] is not None else None
    return Caller(Token(*values[:5]), tenant, member, tuple(values[10] or ()), tuple(values[11] or ()))


async def enter_public_inbox(connection: Connection, identifier: str) -> Entered | None:
    """The inbox that the identifier names, in its tenant, which the open transaction enters."""
    record = await connection.fetchrow(_SQL.enter_public_inbox, identifier)
    return Entered(_tenant(*tuple(record)[:5]), record[5]) if record else None


async def enter_surveyed(connection: Connection, uuid: UUID) -> Entered | None:
    """The conversation that has this uuid, in its tenant, which the open transaction enters."""
    record = await connection.fetchrow(_SQL.enter_surveyed, uuid)
    return Entered(_tenant(*tuple(record)[:5]), record[5]) if record else None


async def insert_token(
    connection: Connection, *, tenant_id: int | None, owner_kind: OwnerKind, owner_id: int, scope: Scope, name: str = ""
) -> str:
    """Makes a token and returns its text, which is shown once and kept nowhere."""
    token = new_token()
    await connection.fetchval(_SQL.insert_token, hash_token(token), tenant_id, owner_kind, owner_id, scope, name)
    return token


async def revoke_tokens(connection: Connection, *, tenant_id: int, owner_kind: OwnerKind, owner_id: int, name: str) -> None:
    await connection.execute(_SQL.revoke_tokens, owner_kind, owner_id, name, tenant_id)


async def list_tokens(connection: Connection, tenant_id: int) -> list[IssuedToken]:
    """The tenant's tokens that still work, newest first."""
    return [IssuedToken(*record) for record in await connection.fetch(_SQL.list_tokens, tenant_id)]


async def revoke_token(connection: Connection, tenant_id: int, token_id: int) -> bool:
    """Ends one token; False when the tenant has none of this id that works."""
    return await connection.fetchval(_SQL.revoke_token, tenant_id, token_id) is not None


async def find_token_end(connection: Connection, token: str) -> str | None:
    """``revoked`` or ``expired`` for a token that once worked; None for one that works or never was."""
    ended: str | None = await connection.fetchval(_SQL.find_token_end, hash_token(token))
    return ended


async def issue_token(
    connection: Connection,
    tenant_id: int,
    owner: Ref,
    *,
    scope: Scope,
    name: str,
    kind: str,
    client_id: str | None,
    expires_at: datetime,
    at: datetime,
    by: Ref,
) -> tuple[int, str]:
    """Makes a token for an owner in one tenant: its id, and its text, which is shown once and kept nowhere."""
    token = new_token()
    values = (tenant_id, owner.kind, owner.id, scope, name, kind, client_id, expires_at, at, str(by))
    return int(await connection.fetchval(_SQL.issue_token, hash_token(token), *values)), token


async def get_token(connection: Connection, tenant_id: int, token_id: int) -> TokenRow | None:
    record = await connection.fetchrow(_SQL.get_token, tenant_id, token_id)
    return TokenRow(*record) if record else None


class TokenTimes(NamedTuple):
    created_at: datetime
    expires_at: datetime | None


async def get_token_times(connection: Connection, token_id: int) -> TokenTimes:
    """Of the token that asks, whatever its home tenant."""
    record = await connection.fetchrow(_SQL.get_token_times, token_id)
    assert record is not None
    return TokenTimes(*record)


async def list_tokens_of(
    connection: Connection, tenant_id: int, owner: Ref, *, kind: str | None = None, client_id: str | None = None
) -> list[TokenRow]:
    """An owner's tokens in this tenant, also those that ended, oldest first."""
    records = await connection.fetch(_SQL.list_tokens_of, tenant_id, owner.kind, owner.id, kind, client_id)
    return [TokenRow(*record) for record in records]


async def rename_token(connection: Connection, tenant_id: int, token_id: int, name: str, at: datetime, by: Ref) -> None:
    await connection.execute(_SQL.rename_token, tenant_id, token_id, name, str(by), at)


async def revoke_tokens_of(
    connection: Connection, tenant_id: int, owner: Ref, at: datetime, by: Ref, *, kind: str | None = None
) -> list[int]:
    """Ends an owner's tokens in this tenant, of one kind or of all; their ids."""
    return [record[0] for record in await connection.fetch(_SQL.revoke_tokens_of, tenant_id, owner.kind, owner.id, kind, at, str(by))]


async def find_client(connection: Connection, tenant_id: int, client_id: str) -> int | None:
    """The bot that an application's tokens belong to."""
    found: int | None = await connection.fetchval(_SQL.find_client, tenant_id, client_id)
    return found


async def get_tenant(connection: Connection, tenant_id: int) -> Tenant | None:
    record = await connection.fetchrow(_SQL.get_tenant, tenant_id)
    return _tenant(*record) if record else None


class TenantTimes(NamedTuple):
    """When a tenant was made and last changed."""

    created_at: datetime
    updated_at: datetime


async def get_tenant_times(connection: Connection, tenant_id: int) -> TenantTimes | None:
    record = await connection.fetchrow(_SQL.get_tenant_times, tenant_id)
    return TenantTimes(*record) if record else None


async def find_tenant(connection: Connection, slug: str) -> Tenant | None:
    record = await connection.fetchrow(_SQL.find_tenant, slug)
    return _tenant(*record) if record else None


async def list_tenants(connection: Connection) -> list[Tenant]:
    return [_tenant(*record) for record in await connection.fetch(_SQL.list_tenants)]


async def insert_tenant(connection: Connection, *, slug: str, name: str, tenant_id: int | None = None) -> Tenant:
    """Raises asyncpg's UniqueViolationError when the slug or id is taken."""
    record = await connection.fetchrow(_SQL.insert_tenant, tenant_id, slug, name)
    assert record is not None
    return _tenant(*record)


async def insert_user(connection: Connection, *, name: str, email: str | None, user_id: int | None = None) -> int:
    """Raises asyncpg's UniqueViolationError when the e-mail or id is taken."""
    return int(await connection.fetchval(_SQL.insert_user, user_id, name, email))


async def raise_ids(connection: Connection) -> None:
    """Run as the owner after rows came with ids of their own: new ids never meet theirs."""
    await connection.execute(_SQL.raise_ids)


async def find_user(connection: Connection, email: str) -> User | None:
    record = await connection.fetchrow(_SQL.find_user, email)
    return User(*record) if record else None


async def get_user(connection: Connection, user_id: int) -> User | None:
    record = await connection.fetchrow(_SQL.get_user, user_id)
    return User(*record) if record else None


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(_SQL.set_password, user_id, password_hash)


async def get_password(connection: Connection, user_id: int) -> str | None:
    """The hash of a user's password; None for somebody without one."""
    found: str | None = await connection.fetchval(_SQL.get_password, user_id)
    return found


async def get_secret(connection: Connection, name: str) -> bytes:
    """Raises NotFound when the database was never migrated to have it."""
    secret = await connection.fetchval(_SQL.get_secret, name)
    if secret is None:
        raise NotFound(f"server secret {name}")
    return bytes(secret)


def _tenant(tenant_id: int, slug: str, name: str, status: str, features: list[str]) -> Tenant:
    return Tenant(tenant_id, slug, name, frozenset(features), status == "suspended")


async def ping(connection: Connection) -> None:
    """Raises problems.Unavailable through the pool when the database does not answer."""
    await connection.fetchval(_SQL.ping)


async def insert_login(connection: Connection, user_id: int, email: str, client: str, expires_at: datetime, at: datetime) -> str:
    """A session of a user on one device: its token's text, which is kept nowhere."""
    token = new_token()
    await connection.fetchval(_SQL.insert_login, hash_token(token), user_id, email, client, expires_at, at)
    return token


async def is_login(connection: Connection, token: str, client: str, email: str) -> bool:
    """Whether a session works and its token, device and e-mail go together."""
    return bool(await connection.fetchval(_SQL.is_login, hash_token(token), client, email))


async def end_logins(connection: Connection, user_id: int, at: datetime, *, but: int | None = None) -> None:
    """Ends a user's sessions, but the one of this token."""
    await connection.execute(_SQL.end_logins, user_id, but, at)


async def end_oldest_logins(connection: Connection, user_id: int, keep: int, at: datetime) -> None:
    await connection.execute(_SQL.end_oldest_logins, user_id, keep, at)


async def end_token(connection: Connection, token_id: int, at: datetime) -> None:
    """Ends one token, whatever tenant it is of."""
    await connection.execute(_SQL.end_token, token_id, at)


async def end_api_token(connection: Connection, token_id: int, at: datetime) -> None:
    """Ends one token unless it is a session."""
    await connection.execute(_SQL.end_api_token, token_id, at)


async def end_tokens_of(connection: Connection, owner_kind: OwnerKind, owner_id: int, at: datetime) -> None:
    """Ends every token of an owner, in every tenant; for those whose ids are unique beyond a tenant."""
    await connection.execute(_SQL.end_tokens_of, owner_kind, owner_id, at)


async def end_named_tokens(connection: Connection, user_id: int, name: str, at: datetime) -> None:
    """Ends a user's tokens of one name, in every tenant."""
    await connection.execute(_SQL.end_named_tokens, user_id, name, at)


async def list_places(connection: Connection, user_id: int) -> list[Place]:
    """The accounts that a user belongs to, the one they used last first; needs no tenant."""
    return [Place(*record) for record in await connection.fetch(_SQL.list_places, user_id)]
