"""Making tenants, users and tokens: what an operator does before anybody can call."""

from __future__ import annotations

import argon2
import asyncpg

from ..domain.principals import Tenant
from ..domain.problems import Conflict, NotFound
from ..store import control, profiles, tenants
from ..store.control import OwnerKind, Scope
from ..store.database import Connection, Database, enter_tenant
from .context import utc_now


async def create_tenant(database: Database, *, slug: str, name: str, tenant_id: int | None = None) -> Tenant:
    """A tenant with its stock states, stages and schema fragments. Raises Conflict when the slug or id is taken."""
    async with database.control() as connection, connection.transaction():
        return await make_tenant(connection, slug=slug, name=name, tenant_id=tenant_id)


async def make_tenant(connection: Connection, *, slug: str, name: str, tenant_id: int | None = None) -> Tenant:
    """In the open transaction, which is in the new tenant then. Raises Conflict when the slug or id is taken."""
    try:
        tenant = await control.insert_tenant(connection, slug=slug, name=name, tenant_id=tenant_id)
    except asyncpg.UniqueViolationError as error:
        raise Conflict(f"a tenant {slug!r} or with this id already exists") from error
    await enter_tenant(connection, tenant.id)
    await tenants.seed_tenant(connection, tenant.id)
    return tenant


async def create_user(database: Database, *, tenant: Tenant, name: str, email: str, role: str, password: str | None = None) -> int:
    """A member of the tenant; a user with this e-mail elsewhere becomes a member here too. Returns the user's id.

    Raises Conflict when the user already belongs to the tenant.
    """
    async with database.write(tenant.id) as connection:
        known = await control.find_user(connection, email)
        user_id = known.id if known else await control.insert_user(connection, name=name, email=email)
        try:
            await tenants.insert_membership(connection, tenant.id, user_id, role=role, name=name, email=email)
        except asyncpg.UniqueViolationError as error:
            raise Conflict(f"{email} already belongs to {tenant.slug}") from error
        if password is not None and known is None:
            await control.set_password(connection, user_id, hash_password(password))
    return user_id


async def create_token(
    database: Database,
    *,
    tenant: Tenant,
    owner_kind: OwnerKind,
    owner_id: int,
    scope: Scope = "write",
    name: str = "",
    replace: bool = False,
) -> str:
    """A token's text, shown once. ``replace`` ends the owner's earlier tokens of the same name."""
    async with database.control() as connection, connection.transaction():
        if replace:
            await control.revoke_tokens(connection, tenant_id=tenant.id, owner_kind=owner_kind, owner_id=owner_id, name=name)
        return await control.insert_token(connection, tenant_id=tenant.id, owner_kind=owner_kind, owner_id=owner_id, scope=scope, name=name)


async def resolve_tenant(database: Database, given: str) -> Tenant:
    """A tenant by id or slug; raises NotFound."""
    async with database.control() as connection:
        found = await control.get_tenant(connection, int(given)) if given.isdigit() else await control.find_tenant(connection, given)
    if found is None:
        raise NotFound(f"no tenant {given!r}")
    return found


async def resolve_user(database: Database, given: str) -> control.User:
    """A user by id or e-mail; raises NotFound."""
    async with database.control() as connection:
        found = await control.get_user(connection, int(given)) if given.isdigit() else await control.find_user(connection, given)
    if found is None:
        raise NotFound(f"no user {given!r}")
    return found


async def change_password(database: Database, given: str, password: str) -> control.User:
    """The user, by id or e-mail, who has this password now and is signed out everywhere. Raises NotFound."""
    found = await resolve_user(database, given)
    async with database.control() as connection, connection.transaction():
        await control.set_password(connection, found.id, hash_password(password))
        await profiles.renew_pubsub_token(connection, found.id)
        await control.end_logins(connection, found.id, utc_now())
    return found


def hash_password(password: str) -> str:
    """Argon2id with the library's recommended cost."""
    return argon2.PasswordHasher().hash(password)
