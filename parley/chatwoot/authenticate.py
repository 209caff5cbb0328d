"""From a request's headers to a principal, in the original's order (contract section 4)."""

from __future__ import annotations

from typing import NamedTuple

from starlette.datastructures import Headers

from ..domain.principals import SYSTEM, Principal, Ref, Tenant
from ..domain.problems import Forbidden, InvalidToken, NotAMember, NotFound, TenantSuspended, Unauthenticated
from ..store import control, principals
from ..store.database import Connection
from .errors import BotNotAMember, InvalidPlatformToken, NotForBots

NOWHERE = Tenant(0, "", "")
"""Where a caller is who has no account, or needs none."""
NOBODY = Principal(NOWHERE, SYSTEM)


class Credentials(NamedTuple):
    """A token; of a session also the device and the e-mail that must go with it."""

    token: str
    client: str | None = None
    uid: str = ""


def credentials_of(headers: Headers) -> Credentials:
    """``api_access_token``, its spelling with dashes, a session's three headers, or a bearer token. Raises Unauthenticated."""
    token = headers.get("api_access_token") or headers.get("api-access-token") or ""
    if not token.strip() and headers.get("access-token"):
        return Credentials(headers["access-token"].strip(), headers.get("client", ""), headers.get("uid", "").strip())
    token = token.strip() or _bearer(headers.get("authorization", "")).strip()
    if not token:
        raise Unauthenticated()
    return Credentials(token)


def _bearer(authorization: str) -> str:
    """``Bearer <token>`` or the token alone; nothing for other schemes."""
    scheme, space, rest = authorization.strip().partition(" ")
    if not space:
        return scheme
    return rest if scheme.lower() == "bearer" else ""


async def get_caller(connection: Connection, given: Credentials, account_id: int, *, bots: bool = False, vary: bool = False) -> Principal:
    """The token's owner in the account asked for, which the open transaction enters; for ``vary`` see ``control.find_caller``.

    Raises Unauthenticated, InvalidToken, NotForBots, NotFound, TenantSuspended and NotAMember, in this order.
    """
    await _check_session(connection, given)
    caller = await control.find_caller(connection, given.token, tenant_id=account_id, vary=vary)
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


async def get_user(connection: Connection, given: Credentials) -> Principal:
    """The token's user in the account that they used last, which the open transaction enters; NOWHERE for a user without one.

    Raises Unauthenticated, InvalidToken, NotForBots and, for a contact, Forbidden.
    """
    await _check_session(connection, given)
    token = await control.find_token(connection, given.token)
    if token is None:
        raise InvalidToken()
    if token.owner_kind in ("platform_app", "bot"):
        raise NotForBots()
    if token.owner_kind == "contact":
        raise Forbidden()
    places = await control.list_places(connection, token.owner_id)
    caller = await control.find_caller(connection, given.token, tenant_id=places[0].account_id) if places else None
    principal = await principals.get_principal(connection, caller) if caller else None
    return principal or Principal(NOWHERE, Ref("user", token.owner_id), can_write=token.scope == "write", token_id=token.id)


async def get_platform_app(connection: Connection, headers: Headers) -> Principal:
    """The platform app, which acts as the server itself. Raises InvalidPlatformToken."""
    given = headers.get("api_access_token") or headers.get("api-access-token") or ""
    token = await control.find_token(connection, given.strip()) if given.strip() else None
    if token is None or token.owner_kind != "platform_app":
        raise InvalidPlatformToken()
    return Principal(NOWHERE, SYSTEM, can_write=token.scope == "write", token_id=token.id, platform_app_id=token.owner_id)


async def _check_session(connection: Connection, given: Credentials) -> None:
    """Bad session headers are as good as none."""
    if given.client is not None and not await control.is_login(connection, given.token, given.client, given.uid):
        raise Unauthenticated()
