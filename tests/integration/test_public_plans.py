"""What strangers may ask is found by an index, as the server's role and on a tenant that is large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from parley.domain.principals import Tenant
from parley.store import control, queries
from tests.integration.small_tenant import SmallTenant, filled, opened

PUBLIC, SURVEYS = queries.load("public_inboxes"), queries.load("surveys")
ROWS = 20_000


@pytest.fixture(scope="module")
def large(module_database: str) -> Tenant:
    return filled(module_database, fill)


@pytest.fixture
async def world(module_database: str, large: Tenant) -> AsyncIterator[SmallTenant]:
    """Filled once for all tests, which only read it."""
    async with opened(module_database, large) as one:
        yield one


async def fill(one: SmallTenant) -> None:
    stage = await one.owner.fetchval("SELECT min(id) FROM stages WHERE tenant_id = $1", one.tenant.id)
    fill = [
        "INSERT INTO inboxes (tenant_id, id, name, kind, identifier)"
        " SELECT $1, 900 + n, 'x', 'api', 'inbox-' || n FROM generate_series(1, 5) n",
        "INSERT INTO contacts (tenant_id, id, identifier, email, phone_number)"
        " SELECT $1, 900 + n, 'i' || n, n || '@x.test', '+1' || n"
        f" FROM generate_series(1, {ROWS}) n",
        "INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id)"
        " SELECT $1, 900 + n, 900 + n, 901 + n % 5, 's' || n"
        f" FROM generate_series(1, {ROWS}) n",
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, contact_point_id, created_by_kind,"
        f" modified_by_kind) SELECT $1, 900 + n, {stage}, 'open', 901 + n % 5, 900 + n, 900 + n, 'contact', 'contact'"
        f" FROM generate_series(1, {ROWS}) n",
        "INSERT INTO messages (tenant_id, id, conversation_number, kind, content_type)"
        f" SELECT $1, 900 + n, 900 + n, 'template', 'input_csat' FROM generate_series(1, {ROWS}) n",
        "INSERT INTO survey_responses (tenant_id, id, conversation_number, message_id, rating, created_at)"
        f" SELECT $1, 900 + n, 900 + n, 900 + n, 3, now() - n * interval '1 minute' FROM generate_series(1, {ROWS}) n",
    ]
    for statement in fill:
        await one.owner.execute(statement, one.tenant.id)
    await one.owner.execute("ANALYZE")


async def test_no_look_up_reads_a_whole_table(world: SmallTenant) -> None:
    day = [None, None, None, None, None, None]
    asked = {
        "find_point": (PUBLIC.find_point, 903, "s7"),
        "list_matches": (PUBLIC.list_matches, "i7", "7@x.test", "+17"),
        "list_of_point": (PUBLIC.list_of_point, 907, 903),
        "list_of_contact": (PUBLIC.list_of_contact, 907, 903),
        "list_asking": (SURVEYS.list_asking, 907),
        "get_responses": (SURVEYS.get_responses, [907]),
        "page_responses": (SURVEYS.page_responses, *day, 25, 0),
    }
    async with world.database.read(world.tenant.id) as connection:
        for name, (text, *values) in asked.items():
            plan = [row[0] for row in await connection.fetch(f"EXPLAIN {text}", world.tenant.id, *values)]
            assert not [line for line in plan if "Seq Scan" in line], (name, plan)


async def test_an_identifier_and_a_uuid_lead_into_their_tenant(world: SmallTenant) -> None:
    uuid = UUID(str(await world.owner.fetchval("SELECT uuid FROM conversations WHERE tenant_id = $1 AND number = 1234", world.tenant.id)))
    async with world.database.control() as connection, connection.transaction():
        assert await connection.fetchval("SELECT count(*) FROM inboxes") == 0
        inbox = await control.enter_public_inbox(connection, "inbox-3")
        assert inbox is not None
        assert (inbox.tenant.id, inbox.number) == (world.tenant.id, 903)
        assert await connection.fetchval("SELECT count(*) FROM inboxes WHERE id = 903") == 1
        surveyed = await control.enter_surveyed(connection, uuid)
        assert surveyed is not None
        assert surveyed.number == 1234
        assert await control.enter_public_inbox(connection, "nobody's") is None
        assert await control.enter_surveyed(connection, UUID(int=0)) is None
    inner = "SELECT c.number FROM conversations c WHERE c.tenant_id = t.id AND c.uuid = $1 OFFSET 0"
    plan = [row[0] for row in await world.owner.fetch(f"EXPLAIN SELECT t.id FROM tenants t CROSS JOIN LATERAL ({inner}) c", uuid)]
    assert not [line for line in plan if "Seq Scan on conversations" in line], plan
