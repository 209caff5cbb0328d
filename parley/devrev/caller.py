"""Who is asking: from the Authorization header to a principal inside an open snapshot of one tenant.

The token comes with or without ``Bearer`` (contract 0.2). A user's token asks its home tenant, or the one that
``X-Parley-Tenant`` names by id or slug. One pooled connection serves the whole request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from starlette.datastructures import Headers

from ..domain.principals import Principal, Tenant
from ..domain.problems import InvalidToken, NotAMember, TenantSuspended, TokenExpired, TokenRevoked, Unauthenticated
from ..store import control, principals
from ..store.database import Connection, snapshot, transaction, vary_plans
from .exchange import Exchange

_MAX_ID = 2**63 - 1


class Caller(NamedTuple):
    """A principal and the connection whose snapshot of the principal's tenant is open."""

    connection: Connection
    principal: Principal


@asynccontextmanager
async def reading(exchange: Exchange, *, vary: bool = True) -> AsyncIterator[Caller]:
    """Opens the caller's snapshot, with plans per value or kept ones (``database.snapshot``). Raises as ``_find`` and ``_who``."""
    async with exchange.context.database.control() as connection:
        token, tenant = await _find(connection, exchange)
        async with snapshot(connection, tenant.id, vary=False):
            principal = await _who(connection, tenant, token)
            if vary:
                await vary_plans(connection)
            yield Caller(connection, principal)


@asynccontextmanager
async def writing(exchange: Exchange) -> AsyncIterator[Caller]:
    """Opens one transaction for the whole write, committed unless the body raises. Raises as ``reading``."""
    async with exchange.context.database.control() as connection:
        token, tenant = await _find(connection, exchange)
        async with transaction(connection, tenant.id):
            yield Caller(connection, await _who(connection, tenant, token))


async def _find(connection: Connection, exchange: Exchange) -> tuple[control.Token, Tenant]:
    """The token and the tenant that it asks. Raises Unauthenticated, InvalidToken, NotAMember, RateLimited."""
    headers = exchange.request.headers
    token_text = _token(headers)
    tenant_id, slug = _asked_tenant(headers)
    found = await control.find_caller(connection, token_text, tenant_id=tenant_id, tenant_slug=slug)
    if found is None:
        raise await _why_not(connection, token_text)
    token, tenant = found
    exchange.count(token.id)
    if tenant is None:
        raise NotAMember("the token has no such dev org; name one of yours in X-Parley-Tenant")
    return token, tenant


async def _who(connection: Connection, tenant: Tenant, token: control.Token) -> Principal:
    """The caller inside the tenant of the open transaction. Raises NotAMember, TenantSuspended."""
    principal = await principals.get_principal(connection, tenant, token)
    if principal is None:
        raise NotAMember("you do not belong to this dev org")
    if tenant.suspended:
        raise TenantSuspended("this dev org is suspended")
    return principal


async def get_principal(exchange: Exchange) -> Principal:
    """The caller alone, for views that let an action open its own transaction."""
    async with reading(exchange, vary=False) as caller:
        return caller.principal


async def _why_not(connection: Connection, token_text: str) -> InvalidToken:
    """Why a token opens nothing. Only who holds its text is told that it once worked."""
    end = await control.find_token_end(connection, token_text)
    return {"revoked": TokenRevoked(), "expired": TokenExpired()}.get(end or "", InvalidToken())


def _token(headers: Headers) -> str:
    given = headers.get("authorization", "").strip()
    scheme, _, rest = given.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else given
    if not token:
        raise Unauthenticated("send your token in the Authorization header")
    return token


def _asked_tenant(headers: Headers) -> tuple[int | None, str | None]:
    asked = headers.get("x-parley-tenant", "").strip()
    if asked.isascii() and asked.isdigit() and int(asked) <= _MAX_ID:
        return int(asked), None
    return None, asked or None
