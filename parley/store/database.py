"""Connections: one pool per worker, one transaction per request, the tenant set in each.

The pool logs in as the owner role but starts every session as ``parley_app``, which row-level security binds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeAlias

import asyncpg

from ..domain import problems

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"

Opened: TypeAlias = AbstractAsyncContextManager[Connection]

APP_ROLE = "parley_app"
SESSION = {
    "application_name": "parley",
    "jit": "off",
    "timezone": "UTC",
}
_PER_VALUE = "force_custom_plan"
PLANS = {False: "auto", True: _PER_VALUE}
"""How statements are planned, by whether that is to vary with the values."""
_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


class Written:
    """The tenants that this process wrote to since somebody took them: what they wrote is looked at at once, not at the next round."""

    def __init__(self) -> None:
        self._tenants: set[int] = set()
        self.some = asyncio.Event()

    def note(self, tenant_id: int) -> None:
        """After a write has committed."""
        self._tenants.add(tenant_id)
        self.some.set()

    def take(self) -> set[int]:
        taken, self._tenants = self._tenants, set()
        self.some.clear()
        return taken


class Database:
    """A pool whose every transaction belongs to one tenant, or to none for the control tables.

    ``may_commit_early`` is False where everything must be committed together.
    """

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], dsn: str = "") -> None:
        self.pool = pool
        self.dsn = dsn
        self.written = Written()
        self.may_commit_early = True

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
        return cls(pool, dsn)

    async def close(self) -> None:
        await self.pool.close()

    async def commit_early(self) -> None:
        """After a write that holds a lock which others wait for: here each write has committed by itself already."""

    def control(self) -> Opened:
        """A connection without a tenant: sees the control tables and no tenant's rows."""
        return self._connected()

    def read(self, tenant_id: int, *, vary: bool = True) -> Opened:
        """One snapshot of one tenant: every statement inside sees the same instant. For ``vary`` see ``snapshot``."""
        return self._inside(lambda connection: snapshot(connection, tenant_id, vary=vary))

    def write(self, tenant_id: int) -> Opened:
        """One read-write transaction of one tenant; commits unless the body raises."""
        return self._noted(tenant_id)

    def write_quietly(self, tenant_id: int) -> Opened:
        """The same where no event is written: nobody needs to look."""
        return self._inside(lambda connection: transaction(connection, tenant_id))

    @asynccontextmanager
    async def listen(self, ears: Mapping[str, Callable[[str], None]]) -> AsyncIterator[asyncio.Event]:
        """A connection of its own that hears what is notified, by channel; the event tells that it is gone.

        Raises ``problems.Unavailable``.
        """
        gone = asyncio.Event()
        try:
            connection = await asyncpg.connect(self.dsn, server_settings=SESSION | {"role": APP_ROLE})
        except _UNREACHABLE as error:
            raise problems.Unavailable(f"cannot reach the database: {error}") from error
        try:
            connection.add_termination_listener(lambda _connection: gone.set())
            for channel in ears:
                await connection.add_listener(channel, lambda _connection, _pid, channel, payload: ears[str(channel)](str(payload)))
            yield gone
        finally:
            connection.terminate()

    @asynccontextmanager
    async def _noted(self, tenant_id: int) -> AsyncIterator[Connection]:
        async with self.write_quietly(tenant_id) as connection:
            yield connection
        self.written.note(tenant_id)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        try:
            async with self.pool.acquire() as connection:
                try:
                    yield connection
                except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                    if is_open(connection):
                        raise
                    raise problems.Unavailable() from error
        except _UNREACHABLE as error:
            raise problems.Unavailable() from error
        except asyncpg.DeadlockDetectedError as error:
            raise problems.Unavailable("somebody else changed the same things at the same time; try again") from error

    @asynccontextmanager
    async def _inside(self, begin: Callable[[Connection], AbstractAsyncContextManager[None]]) -> AsyncIterator[Connection]:
        async with self._connected() as connection, begin(connection):
            yield connection


class OpenTransaction(Database):
    """The open write transaction of one tenant as a Database: all that a request's actions write is committed together.

    Whatever an action raises must end the transaction: there are no savepoints to go back to. Reads see what was written.
    """

    def __init__(self, connection: Connection, tenant_id: int, *, may_commit_early: bool = True) -> None:
        self.written = Written()
        self._connection = connection
        self._tenant_id = tenant_id
        self.may_commit_early = may_commit_early

    async def commit_early(self) -> None:
        if self.may_commit_early:
            await self._connection.execute(f"COMMIT; BEGIN; SET LOCAL parley.tenant_id = {self._tenant_id:d}")

    def control(self) -> Opened:
        return nullcontext(self._connection)

    def read(self, tenant_id: int, *, vary: bool = True) -> Opened:
        assert tenant_id == self._tenant_id
        return nullcontext(self._connection)

    def write(self, tenant_id: int) -> Opened:
        assert tenant_id == self._tenant_id
        return nullcontext(self._connection)

    write_quietly = write


def is_open(connection: Connection) -> bool:
    """A pooled connection that broke is taken from who holds it, and then refuses even to tell."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


async def _keep_session(_connection: object) -> None:
    """Nothing to undo, so no round trip: settings end with their transaction, and asyncpg ends those left open."""


@asynccontextmanager
async def snapshot(connection: Connection, tenant_id: int | None = None, *, vary: bool = True) -> AsyncIterator[None]:
    """A read-only transaction, begun in one round trip; without a tenant ``control.find_caller`` enters the caller's.

    ``vary``: it starts with a plan per value, for filters; without it, with kept plans, for look-ups by id.
    """
    plans = f"; SET LOCAL plan_cache_mode = {_PER_VALUE}" if vary else ""
    await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{_entering(tenant_id)}{plans}")
    try:
        yield
    finally:
        if is_open(connection):
            await connection.execute("ROLLBACK")


@asynccontextmanager
async def transaction(connection: Connection, tenant_id: int | None = None) -> AsyncIterator[None]:
    """A read-write transaction, begun in one round trip; commits unless the body raises. Its tenant is as in ``snapshot``.

    Writes go by id, as foreign key checks do, so plans are kept.
    """
    await connection.execute(f"BEGIN{_entering(tenant_id)}")
    try:
        yield
    except BaseException:
        if is_open(connection):
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


def _entering(tenant_id: int | None) -> str:
    return "" if tenant_id is None else f"; SET LOCAL parley.tenant_id = {int(tenant_id)}"


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
