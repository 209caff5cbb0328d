"""From a request's headers to a principal, in the original's order (contract section 4)."""

from __future__ import annotations

from starlette.datastructures import Headers

from ..domain.principals import Principal
from ..domain.problems import InvalidToken, NotAMember, NotFound, TenantSuspended, Unauthenticated
from ..store import control, principals
from ..store.database import Connection
from .errors import NotForBots
from .parameters import BIGINT

_NO_ACCOUNT = 0


def token_of(headers: Headers) -> str:
    """``api_access_token``, its spelling with dashes, or a bearer token; raises Unauthenticated when there is none."""
    token = headers.get("api_access_token") or headers.get("api-access-token") or _bearer(headers.get("authorization", ""))
    if not token.strip():
        raise Unauthenticated()
    return token.strip()


def _bearer(authorization: str) -> str:
    """``Bearer <token>`` or the token alone; nothing for other schemes."""
    scheme, space, rest = authorization.strip().partition(" ")
    if not space:
        return scheme
    return rest if scheme.lower() == "bearer" else ""


async def get_caller(connection: Connection, token: str, account_id: str) -> Principal:
    """The token's owner in the account asked for, which the open transaction enters.

    Raises InvalidToken, NotForBots, NotFound, TenantSuspended and NotAMember, in this order.
    """
    wanted = int(account_id) if account_id.isascii() and account_id.isdigit() else _NO_ACCOUNT
    caller = await control.find_caller(connection, token, tenant_id=wanted if wanted <= BIGINT else _NO_ACCOUNT)
    if caller is None:
        raise InvalidToken()
    if caller.token.owner_kind in ("bot", "platform_app"):
        raise NotForBots()
    if caller.tenant is None:
        raise NotFound()
    if caller.tenant.suspended:
        raise TenantSuspended()
    principal = await principals.get_principal(connection, caller)
    if principal is None:
        raise NotAMember()
    return principal
