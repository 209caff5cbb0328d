"""From a token's owner to a principal: who belongs to the tenant that was entered."""

from __future__ import annotations

from ..domain.people import Member
from ..domain.principals import Principal, Ref, Tenant
from . import queries
from .control import Caller
from .database import Connection

_SQL = queries.load("principals")


async def get_principal(connection: Connection, caller: Caller) -> Principal | None:
    """The caller inside the tenant that ``control.find_caller`` entered; None when they do not belong to it."""
    token, tenant, member, _inbox_ids, _team_ids = caller
    if tenant is None:
        return None
    if token.owner_kind == "user":
        return None if member is None else _user(caller, tenant, member)
    if token.owner_kind == "platform_app" or token.tenant_id != tenant.id:
        return None
    query = _SQL.contact_exists if token.owner_kind == "contact" else _SQL.bot_exists
    if not await connection.fetchval(query, tenant.id, token.owner_id):
        return None
    return Principal(tenant, Ref(token.owner_kind, token.owner_id), can_write=token.scope == "write", token_id=token.id)


def _user(caller: Caller, tenant: Tenant, member: Member) -> Principal:
    token = caller.token
    return Principal(
        tenant,
        Ref("user", token.owner_id),
        role=member.role,  # type: ignore[arg-type]
        can_write=token.scope == "write",
        inbox_ids=caller.inbox_ids,
        team_ids=caller.team_ids,
        permissions=None if member.custom_role_id is None else frozenset(member.custom_role_permissions or ()),
        token_id=token.id,
        member=member,
    )
