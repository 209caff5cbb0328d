"""Migrations: numbered SQL files, each applied once in its own transaction, in order, by one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import asyncpg

_LOCK = 0x7061726C6579  # "parley"
_LOCK_TIMEOUT = "5s"


class DatabaseTooNew(Exception):
    """The database was migrated by a newer Parley; this one refuses to touch it."""


class UnfitDatabase(Exception):
    """The database cannot hold Parley's data as it must."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """The migrations that this version knows, in order."""
    files = resources.files(__package__).joinpath("migrations").iterdir()
    return [
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text())
        for file in sorted(files, key=lambda f: f.name)
        if file.name.endswith(".sql")
    ]


async def migrate(dsn: str) -> list[str]:
    """Brings the database to this version and returns the names of what was applied.

    Raises DatabaseTooNew, UnfitDatabase, or asyncpg's LockNotAvailableError when a table stays locked for 5 s.
    """
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "parley migrate"})
    try:
        await check_fitness(connection)
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        applied = await _applied(connection)
        _refuse_newer(applied)
        return [await _apply(connection, m) for m in migrations() if m.number not in applied]
    finally:
        await connection.close()


async def check_current(dsn: str) -> None:
    """Raises DatabaseTooNew for a newer database and UnfitDatabase for one that still needs ``parley migrate``."""
    missing = await list_missing(dsn)
    if missing:
        raise UnfitDatabase(f"run `parley migrate` first: {', '.join(missing)} not applied")


async def list_missing(dsn: str) -> list[str]:
    """The migrations still to come. Raises DatabaseTooNew for a newer database and UnfitDatabase for an unfit one."""
    connection = await asyncpg.connect(dsn)
    try:
        await check_fitness(connection)
        applied = await _applied(connection)
    finally:
        await connection.close()
    _refuse_newer(applied)
    return [m.name for m in migrations() if m.number not in applied]


async def check_fitness(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """PostgreSQL 15 or newer, UTF-8, and letters beyond ASCII compared without case (design.md, 9)."""
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < 150000:
        raise UnfitDatabase(f"PostgreSQL 15 or newer is needed, this is {version // 10000}")
    if await connection.fetchval("SHOW server_encoding") != "UTF8":
        raise UnfitDatabase("the database must use the encoding UTF8")
    if not await connection.fetchval("SELECT 'É' ILIKE 'é'"):
        raise UnfitDatabase("'É' ILIKE 'é' is false here: create the database with the locale C.UTF-8")


async def _applied(connection: asyncpg.Connection[asyncpg.Record]) -> set[int]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    return {row["number"] for row in await connection.fetch("SELECT number FROM migrations")}


def _refuse_newer(applied: set[int]) -> None:
    newest = migrations()[-1].number
    if applied and max(applied) > newest:
        raise DatabaseTooNew(f"the database is at migration {max(applied)}, this Parley knows {newest}: upgrade Parley")


async def _apply(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> str:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        await connection.execute(migration.sql)
        await connection.execute("INSERT INTO migrations (number, name) VALUES ($1, $2)", migration.number, migration.name)
    return migration.name
