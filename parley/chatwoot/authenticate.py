"""From a request's headers to a principal, in the original's order (contract section 4)."""

from __future__ import annotations

from starlette.datastructures import Headers

from ..domain.principals import Principal
from ..domain.problems import InvalidToken, NotAMember, NotFound, TenantSuspended, Unauthenticated
from ..store import control, principals
from ..store.database import Connection
from .errors import BotNotAMember, NotForBots


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


async def get_caller(connection: Connection, token: str, account_id: int, *, bots: bool = False) -> Principal:
    """The token's owner in the account asked for, which the open transaction enters.

    Raises InvalidToken, NotForBots, NotFound, TenantSuspended and NotAMember, in this order.
    """
    caller = await control.find_caller(connection, token, tenant_id=account_id)
    if caller is None:
        raise InvalidToken()
    kind = caller.token.owner_kind
    if kind == "platform_app" or (kind == "bot" and not bots):
        raise NotForBots()
    if caller.tenant is None:
        raise NotFound()
    if caller.tenant.suspended:
        raise TenantSuspended()
    principal = await principals.get_principal(connection, caller)
    if principal is None:
        raise BotNotAMember() if kind == "bot" else NotAMember()
    return principal
