"""From a token to a principal: two steps, because only the second may look inside a tenant."""

from __future__ import annotations

from ..domain.people import Member
from ..domain.principals import Principal, Ref, Tenant
from . import queries
from .control import Token
from .database import Connection

_SQL = queries.load("principals")


async def get_principal(connection: Connection, tenant: Tenant, token: Token) -> Principal | None:
    """The token's owner inside the tenant of the open transaction; None when the owner does not belong to it."""
    can_write = token.scope == "write"
    if token.owner_kind == "user":
        return await _user(connection, tenant, token, can_write)
    if token.owner_kind == "platform_app" or token.tenant_id != tenant.id:
        return None
    query = _SQL.contact_exists if token.owner_kind == "contact" else _SQL.bot_exists
    if not await connection.fetchval(query, tenant.id, token.owner_id):
        return None
    return Principal(tenant, Ref(token.owner_kind, token.owner_id), can_write=can_write, token_id=token.id)


async def _user(connection: Connection, tenant: Tenant, token: Token, can_write: bool) -> Principal | None:
    record = await connection.fetchrow(_SQL.get_membership, tenant.id, token.owner_id)
    if record is None:
        return None
    member = Member(*record[1:])
    return Principal(
        tenant,
        Ref("user", token.owner_id),
        role=member.role,  # type: ignore[arg-type]
        can_write=can_write,
        inbox_ids=tuple(record["inbox_ids"]),
        permissions=None if member.custom_role_id is None else frozenset(member.custom_role_permissions or ()),
        token_id=token.id,
        member=member,
    )
