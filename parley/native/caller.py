"""Who is asking: a token of either wire, and the tenant that it asks for.

The token comes as ``Authorization: Bearer <token>`` (or alone) or as ``api_access_token``. A user's token asks its home
tenant, or the one that ``X-Parley-Tenant`` names by id or slug.
"""

from __future__ import annotations

from typing import NamedTuple

from starlette.datastructures import Headers

from ..domain.principals import Principal
from ..domain.problems import InvalidToken, NotAMember, TenantSuspended, TokenExpired, TokenRevoked, Unauthenticated
from ..store import control, principals
from ..store.database import Connection

_MAX_ID = 2**63 - 1


class Credentials(NamedTuple):
    """A token, and the tenant that it names: by id, by slug, or not at all."""

    token: str
    tenant_id: int | None
    slug: str | None


def credentials_of(headers: Headers) -> Credentials:
    """Raises Unauthenticated, before anything is asked of the database."""
    token = (headers.get("api_access_token") or headers.get("api-access-token") or "").strip() or _bearer(headers)
    if not token:
        raise Unauthenticated("send your token as Authorization: Bearer <token>, or as api_access_token")
    asked = headers.get("x-parley-tenant", "").strip()
    if asked.isascii() and asked.isdigit() and int(asked) <= _MAX_ID:
        return Credentials(token, int(asked), None)
    return Credentials(token, None, asked or None)


def _bearer(headers: Headers) -> str:
    """``Bearer <token>`` or the token alone; nothing for other schemes."""
    scheme, space, rest = headers.get("authorization", "").strip().partition(" ")
    if not space:
        return scheme
    return rest.strip() if scheme.lower() == "bearer" else ""


async def get_principal(connection: Connection, given: Credentials) -> Principal:
    """The caller, whose tenant the open transaction enters. Raises InvalidToken, NotAMember, TenantSuspended."""
    caller = await control.find_caller(connection, given.token, tenant_id=given.tenant_id, tenant_slug=given.slug)
    if caller is None:
        end = await control.find_token_end(connection, given.token)
        raise {"revoked": TokenRevoked(), "expired": TokenExpired()}.get(end or "", InvalidToken())
    if caller.tenant is None:
        raise NotAMember("the token has no such tenant; name one of yours in X-Parley-Tenant")
    principal = await principals.get_principal(connection, caller)
    if principal is None:
        raise NotAMember("you do not belong to this tenant")
    if caller.tenant.suspended:
        raise TenantSuspended("this tenant is suspended")
    return principal
