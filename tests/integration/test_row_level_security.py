"""The server's role sees the rows of the transaction's tenant, none without one, and never another's, in every table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from parley.store.database import Connection
from tests.integration.small_tenant import SmallTenant, small_tenant

CONTROL_TABLES = {"tokens", "jobs"}
TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY c.oid"""
COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
    WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND a.attnotnull AND a.attname <> 'tenant_id'
      AND (NOT a.atthasdef OR a.attname = 'id')"""
CHOICES = {
    ("stages", "chatwoot_status"): "open",
    ("conversations", "status"): "open",
    ("parts", "kind"): "product",
    ("schema_fragments", "kind"): "app",
    ("messages", "kind"): "incoming",
    ("sla_metrics", "stage"): "running",
    ("sla_events", "kind"): "frt",
    ("conversation_owners", "kind"): "user",
    ("company_values", "kind"): "domain",
    ("survey_responses", "rating"): 5,
    ("webhooks", "wire"): "devrev",
    ("works", "kind"): "ticket",
    ("notifications", "kind"): "conversation_mention",
    ("works", "state"): "open",
    ("work_people", "role"): "owner",
    ("links", "source"): "ticket:500",
    ("reporting_events", "name"): "first_response",
    ("automation_rules", "event_name"): "message_created",
    ("bulk_actions", "type"): "Contact",
    ("endpoints", "kind"): "webhook",
    ("deliveries", "wire"): "devrev",
}
VALUES = {
    "bigint": 500,
    "integer": 500,
    "text": "contact",
    "boolean": False,
    "bytea": b"x" * 32,
    "date": date(2024, 1, 1),
    "bigint[]": [500],
}
VALUES |= {"double precision": 5.0, "timestamp with time zone": datetime(2024, 1, 1, tzinfo=UTC)}


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    """A tenant with at least one row in every table."""
    async with small_tenant(database) as one:
        waiting = await tenant_tables(one)
        while waiting:
            still = [table for table in waiting if not await is_filled(one, table)]
            assert len(still) < len(waiting), f"no row was made for {still}"
            waiting = still
        yield one


async def tenant_tables(world: SmallTenant) -> list[str]:
    return [row[0] for row in await world.owner.fetch(TABLES) if row[0] not in CONTROL_TABLES]


async def is_filled(world: SmallTenant, table: str) -> bool:
    """False while a row that this one refers to is still to come; a trigger may have made this one."""
    try:
        await world.insert(table, **await row_for(world, table))
    except asyncpg.ForeignKeyViolationError:
        return False
    except asyncpg.UniqueViolationError:
        return bool(await world.total(table))
    return True


async def row_for(world: SmallTenant, table: str) -> dict[str, object]:
    """Every column that must be given; all ids are the same, so that each row refers to the others."""
    columns = await world.owner.fetch(COLUMNS, table)
    return {row["name"]: CHOICES.get((table, row["name"]), VALUES[row["type"]]) for row in columns}


async def test_without_a_tenant_no_table_shows_a_row(world: SmallTenant) -> None:
    tables = await tenant_tables(world)
    assert len(tables) > 40
    async with world.database.control() as connection:
        for table in tables:
            assert await world.total(table) > 0, table
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_the_tenant_sees_its_own_and_another_sees_nothing_of_it(world: SmallTenant, database: str) -> None:
    async with (
        small_tenant(database, "other") as other,
        world.database.read(world.tenant.id) as mine,
        other.database.read(other.tenant.id) as theirs,
    ):
        for table in await tenant_tables(world):
            rows = f"SELECT count(*) FROM {table} WHERE tenant_id = $1"
            assert await mine.fetchval(rows, world.tenant.id) == await world.total(table), table
            assert await theirs.fetchval(rows, world.tenant.id) == 0, table


async def test_nobody_writes_into_another_tenant_or_moves_a_row_there(world: SmallTenant, database: str) -> None:
    async with small_tenant(database, "other") as other:
        for table in await tenant_tables(world):
            row = {"tenant_id": other.tenant.id} | await row_for(world, table)
            marks = ", ".join(f"${i}" for i in range(1, len(row) + 1))
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await attempt(world, f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await attempt(world, f"UPDATE {table} SET tenant_id = $1", other.tenant.id)
            await attempt(world, f"DELETE FROM {table} WHERE tenant_id = $1", other.tenant.id)
        assert await other.total("stages") == 7


async def attempt(world: SmallTenant, statement: str, *values: object) -> None:
    async with world.database.write(world.tenant.id) as connection:
        await connection.execute(statement, *values)


async def test_every_table_with_a_tenant_is_closed_but_the_control_tables(world: SmallTenant) -> None:
    open_tables = await world.owner.fetch(
        "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND NOT relrowsecurity", [row[0] for row in await world.owner.fetch(TABLES)]
    )
    assert {row[0] for row in open_tables} == CONTROL_TABLES


async def test_the_servers_role_is_bound(world: SmallTenant) -> None:
    async with world.database.control() as connection:
        role = await connection.fetchrow("SELECT rolname, rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert tuple(role) == ("parley_app", False, False)
        assert not await connection.fetchval(
            "SELECT bool_or(row_security_active(c::regclass)) IS NOT TRUE FROM unnest($1::text[]) c", ["messages"]
        )
        for statement in ("DELETE FROM migrations", "DELETE FROM server_secrets"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_the_search_function_refuses_another_tenant(world: SmallTenant) -> None:
    async def search(connection: Connection) -> None:
        await connection.fetch("SELECT * FROM search_conversations($1, '%a%', false, NULL)", world.tenant.id)

    async with world.database.control() as nobody:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="asked inside a transaction of tenant"):
            await search(nobody)
    async with world.database.read(world.tenant.id + 1) as stranger:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="asked inside a transaction of tenant"):
            await search(stranger)
    async with world.database.read(world.tenant.id) as member:
        await search(member)
