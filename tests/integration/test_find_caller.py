"""From a token to a member in one statement, which enters the tenant on its way: right under every plan, and for its transaction only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.domain.people import Member
from parley.store import control, principals, queries
from parley.store.database import snapshot, transaction
from tests.integration.small_tenant import AGENT, SmallTenant, small_tenant

# Each takes away how a plan would join the membership, or says how plans are made.
SETTINGS = (
    "enable_nestloop = off",
    "enable_nestloop = off; SET LOCAL enable_hashjoin = off",
    "enable_indexscan = off; SET LOCAL enable_bitmapscan = off",
    "enable_seqscan = off",
    "plan_cache_mode = force_generic_plan",
    "plan_cache_mode = force_custom_plan",
)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        await one.owner.execute("INSERT INTO users (id, name) VALUES ($1, 'Una')", AGENT)
        await one.insert("memberships", user_id=AGENT, name="Una", role="agent")
        yield one


async def token_of(world: SmallTenant) -> str:
    return await control.insert_token(world.owner, tenant_id=world.tenant.id, owner_kind="user", owner_id=AGENT, scope="write")


async def test_the_member_is_found_under_every_plan(world: SmallTenant) -> None:
    token = await token_of(world)
    for setting in SETTINGS:
        async with world.database.control() as connection, transaction(connection):
            await connection.execute(f"SET LOCAL {setting}")
            caller = await control.find_caller(connection, token)
            assert caller is not None
            assert caller.member is not None, setting
            assert (caller.tenant, caller.member.id) == (world.tenant, AGENT), setting
            assert await connection.fetchval("SELECT current_tenant()") == world.tenant.id


async def test_the_columns_are_those_of_a_member(world: SmallTenant) -> None:
    """Behind the plans, the token, the tenant, the inboxes and the teams; only the id is called otherwise, as it meets the token's."""
    columns = [column.name for column in (await world.owner.prepare(queries.load("control").find_caller)).get_attributes()]
    assert columns[1:6] == list(control.Token._fields)
    assert ["id", *columns[14:]] == list(Member.__struct_fields__)


async def test_the_tenant_is_left_with_the_transaction(world: SmallTenant) -> None:
    token = await token_of(world)
    async with world.database.control() as connection:
        async with snapshot(connection):
            assert await control.find_caller(connection, token) is not None
        assert await connection.fetchval("SELECT current_tenant()") is None
        assert await control.find_caller(connection, token) is not None
        assert await connection.fetchval("SELECT current_tenant()") is None


async def test_a_token_that_opens_nothing_enters_nothing(world: SmallTenant) -> None:
    revoked, live = await token_of(world), await token_of(world)
    await world.owner.execute("UPDATE tokens SET revoked_at = now() WHERE token_hash = $1", control.hash_token(revoked))
    async with world.database.control() as connection, transaction(connection):
        assert await control.find_caller(connection, revoked) is None
        assert await control.find_caller(connection, "prl_unknown") is None
        found = await control.find_caller(connection, live, tenant_slug="no-such")
        assert found is not None
        assert found.tenant is None
        assert await connection.fetchval("SELECT current_tenant()") is None


async def test_somebody_elses_tenant_has_no_member_of_ours(world: SmallTenant, database: str) -> None:
    token = await token_of(world)
    async with small_tenant(database, "other") as other, other.database.control() as connection, transaction(connection):
        caller = await control.find_caller(connection, token, tenant_id=other.tenant.id)
        assert caller is not None
        assert (caller.tenant, caller.member) == (other.tenant, None)
        assert await principals.get_principal(connection, caller) is None
