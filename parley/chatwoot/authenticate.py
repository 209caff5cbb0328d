"""From a request's headers to a principal, in the original's order (contract section 4)."""

from __future__ import annotations

from starlette.datastructures import Headers

from ..domain.principals import Principal, Tenant
from ..domain.problems import InvalidToken, NotAMember, NotFound, TenantSuspended, Unauthenticated
from ..store import control, principals
from ..store.control import Token
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


async def find_account(connection: Connection, token: str, account_id: int, *, bots: bool = False) -> tuple[Token, Tenant]:
    """The token's owner and the account asked for. Neither says yet that they belong together."""
    found = await control.find_caller(connection, token, tenant_id=account_id)
    if found is None:
        raise InvalidToken()
    caller, tenant = found
    if caller.owner_kind == "platform_app" or (caller.owner_kind == "bot" and not bots):
        raise NotForBots()
    if tenant is None:
        raise NotFound()
    if tenant.suspended:
        raise TenantSuspended()
    return caller, tenant


async def get_caller(connection: Connection, caller: Token, tenant: Tenant) -> Principal:
    """Inside the account's snapshot; raises NotAMember."""
    principal = await principals.get_principal(connection, tenant, caller)
    if principal is None:
        raise BotNotAMember() if caller.owner_kind == "bot" else NotAMember()
    return principal
