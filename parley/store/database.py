"""Connections: one pool per worker, one transaction per request, the tenant set in each.

The pool logs in as the owner role but starts every session as ``parley_app``, which row-level security binds.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from ..domain import problems

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"

APP_ROLE = "parley_app"
SESSION = {
    "application_name": "parley",
    "jit": "off",
    "timezone": "UTC",
}
_PER_VALUE = "force_custom_plan"
_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


class Database:
    """A pool whose every transaction belongs to one tenant, or to none for the control tables."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, dsn: str, *, max_connections: int = 16, role: str = APP_ROLE) -> Database:
        """Connects, and raises ``problems.Unavailable`` when the server does not answer."""
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=max_connections,
                max_inactive_connection_lifetime=60,
                server_settings=SESSION | {"role": role},
                reset=_keep_session,
            )
        except _UNREACHABLE as error:
            raise problems.Unavailable(f"cannot reach the database: {error}") from error
        return cls(pool)

    async def close(self) -> None:
        await self.pool.close()

    async def commit_early(self) -> None:
        """After a write that holds a lock which others wait for: here each write has committed by itself already."""

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Connection]:
        """A connection without a tenant: sees the control tables and no tenant's rows."""
        try:
            async with self.pool.acquire() as connection:
                yield connection
        except _UNREACHABLE as error:
            raise problems.Unavailable() from error

    @asynccontextmanager
    async def read(self, tenant_id: int, *, vary: bool = True) -> AsyncIterator[Connection]:
        """One snapshot of one tenant: every statement inside sees the same instant. For ``vary`` see ``snapshot``."""
        async with self.control() as connection, snapshot(connection, tenant_id, vary=vary):
            yield connection

    @asynccontextmanager
    async def write(self, tenant_id: int) -> AsyncIterator[Connection]:
        """One read-write transaction of one tenant; commits unless the body raises."""
        async with self.control() as connection, transaction(connection, tenant_id):
            yield connection


class OpenTransaction(Database):
    """The open write transaction of one tenant as a Database: all that a request's actions write is committed together.

    Whatever an action raises must end the transaction: there are no savepoints to go back to. Reads see what was written.
    """

    def __init__(self, connection: Connection, tenant_id: int, *, may_commit_early: bool = True) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._may_commit_early = may_commit_early

    async def commit_early(self) -> None:
        if self._may_commit_early:
            await self._connection.execute(f"COMMIT; BEGIN; SET LOCAL parley.tenant_id = {self._tenant_id:d}")

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Connection]:
        yield self._connection

    @asynccontextmanager
    async def read(self, tenant_id: int, *, vary: bool = True) -> AsyncIterator[Connection]:
        assert tenant_id == self._tenant_id
        yield self._connection

    @asynccontextmanager
    async def write(self, tenant_id: int) -> AsyncIterator[Connection]:
        assert tenant_id == self._tenant_id
        yield self._connection


async def _keep_session(_connection: object) -> None:
    """Nothing to undo, so no round trip: settings end with their transaction, and asyncpg ends those left open."""


@asynccontextmanager
async def snapshot(connection: Connection, tenant_id: int, *, vary: bool = True) -> AsyncIterator[None]:
    """A read-only transaction of one tenant, begun in one round trip.

    ``vary``: it starts with a plan per value, for filters; without it, with kept plans, for look-ups by id.
    """
    plans = f"; SET LOCAL plan_cache_mode = {_PER_VALUE}" if vary else ""
    await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL parley.tenant_id = {int(tenant_id)}{plans}")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")


@asynccontextmanager
async def transaction(connection: Connection, tenant_id: int) -> AsyncIterator[None]:
    """A read-write transaction of one tenant, begun in one round trip; commits unless the body raises.

    Writes go by id, as foreign key checks do, so plans are kept.
    """
    await connection.execute(f"BEGIN; SET LOCAL parley.tenant_id = {int(tenant_id)}")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


async def enter_tenant(connection: Connection, tenant_id: int) -> None:
    """From here to the end of the open transaction row-level security shows this tenant's rows."""
    await connection.execute(f"SET LOCAL parley.tenant_id = {int(tenant_id)}")


async def keep_plans(connection: Connection) -> None:
    """For statements that look rows up by id, until the transaction ends or ``vary_plans``.

    One plan serves all ids, and planning each anew doubled what a page costs and made two thirds of a write.
    """
    await connection.execute("SET LOCAL plan_cache_mode = auto")


async def vary_plans(connection: Connection) -> None:
    """For filters, until the transaction ends or ``keep_plans``: a generic plan costs up to 100 times the best (stack.md)."""
    await connection.execute(f"SET LOCAL plan_cache_mode = {_PER_VALUE}")


def affected(tag: str) -> int:
    """How many rows a command's tag reports, e.g. ``UPDATE 3`` -> 3."""
    match = re.search(r"(\d+)$", tag)
    return int(match[1]) if match else 0


Row: TypeAlias = "asyncpg.Record"
Json: TypeAlias = Any
