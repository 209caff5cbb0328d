"""Who is asking: from the Authorization header to a principal inside an open snapshot of one tenant.

The token comes with or without ``Bearer`` (contract 0.2). A user's token asks its home tenant, or the one that
``X-Parley-Tenant`` names by id or slug. One pooled connection serves the whole request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from starlette.datastructures import Headers

from ..domain.principals import Principal
from ..domain.problems import InvalidToken, NotAMember, TenantSuspended, TokenExpired, TokenRevoked, Unauthenticated
from ..store import control, principals
from ..store.database import Connection, snapshot, transaction
from .exchange import Exchange

_MAX_ID = 2**63 - 1


class Caller(NamedTuple):
    """A principal and the connection whose snapshot of the principal's tenant is open."""

    connection: Connection
    principal: Principal


@asynccontextmanager
async def reading(exchange: Exchange, *, vary: bool = True) -> AsyncIterator[Caller]:
    """Opens the caller's snapshot, with plans per value or kept ones (``database.snapshot``). Raises as ``_who``."""
    token_text = _token(exchange.request.headers)
    async with exchange.context.database.control() as connection, snapshot(connection, vary=False):
        principal = await _who(connection, exchange, token_text, vary=vary)
        yield Caller(connection, principal)


@asynccontextmanager
async def writing(exchange: Exchange) -> AsyncIterator[Caller]:
    """Opens one transaction for the whole write, committed unless the body raises. Raises as ``reading``."""
    token_text = _token(exchange.request.headers)
    database = exchange.context.database
    async with database.control() as connection, transaction(connection):
        caller = Caller(connection, await _who(connection, exchange, token_text))
        yield caller
    database.written.note(caller.principal.tenant.id)


async def _who(connection: Connection, exchange: Exchange, token_text: str, *, vary: bool = False) -> Principal:
    """The caller, whose tenant the open transaction is in from here on.

    Raises InvalidToken, RateLimited, NotAMember, TenantSuspended.
    """
    tenant_id, slug = _asked_tenant(exchange.request.headers)
    caller = await control.find_caller(connection, token_text, tenant_id=tenant_id, tenant_slug=slug, vary=vary)
    if caller is None:
        raise await _why_not(connection, token_text)
    exchange.count(caller.token.id)
    if caller.tenant is None:
        raise NotAMember("the token has no such dev org; name one of yours in X-Parley-Tenant")
    principal = await principals.get_principal(connection, caller)
    if principal is None:
        raise NotAMember("you do not belong to this dev org")
    if caller.tenant.suspended:
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
    """Raises Unauthenticated, before anything is asked of the database."""
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
