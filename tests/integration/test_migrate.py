"""Migrations: once, in order, by one process at a time; never over a newer or unfit database, never stuck on a lock."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from parley.store import migrate


async def test_an_empty_database_gets_all_and_the_second_time_none(empty_database: str) -> None:
    known = [m.name for m in migrate.migrations()]
    assert await migrate.migrate(empty_database) == known
    assert await migrate.migrate(empty_database) == []
    await migrate.check_current(empty_database)


async def test_two_at_once_apply_each_once(empty_database: str) -> None:
    first, second = await asyncio.gather(migrate.migrate(empty_database), migrate.migrate(empty_database))
    assert sorted(first + second) == [m.name for m in migrate.migrations()]


async def test_an_older_binary_refuses_a_newer_database(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("INSERT INTO migrations (number, name) VALUES (9999, 'from the future')")
    await connection.close()
    for step in (migrate.migrate, migrate.check_current):
        with pytest.raises(migrate.DatabaseTooNew, match="9999"):
            await step(database)


async def test_a_database_that_still_needs_migrating_is_told(empty_database: str) -> None:
    with pytest.raises(migrate.UnfitDatabase, match="parley migrate"):
        await migrate.check_current(empty_database)


async def test_a_migration_gives_up_on_a_locked_table(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table held by somebody's transaction must not make every request queue behind the migration."""
    waiting = migrate.Migration(9000, "9000_waits", "ALTER TABLE tags ADD COLUMN never text")
    real = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [*real, waiting])
    monkeypatch.setattr(migrate, "_LOCK_TIMEOUT", "200ms")
    holder = await asyncpg.connect(database)
    async with holder.transaction():
        await holder.execute("LOCK TABLE tags IN ACCESS SHARE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await migrate.migrate(database)
    assert await migrate.migrate(database) == ["9000_waits"]
    await holder.close()


async def test_a_failing_migration_leaves_nothing_behind(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = migrate.Migration(9000, "9000_broken", "CREATE TABLE half (id int); SELECT 1/0")
    real = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [*real, broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(database)
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    await connection.close()


async def test_a_database_that_cannot_compare_letters_is_refused(empty_database: str) -> None:
    base, _, query = empty_database.partition("?")
    admin = await asyncpg.connect(empty_database)
    await admin.execute("CREATE DATABASE plain_c TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        with pytest.raises(migrate.UnfitDatabase, match="ILIKE"):
            await migrate.migrate(f"{base.rpartition('/')[0]}/plain_c?{query}")
    finally:
        await admin.execute("DROP DATABASE plain_c")
        await admin.close()
