"""Whatever our own OpenAPI document allows, asked of a running server: never a 5xx, always an answer as described.

Schemathesis makes the requests; its pytest plugin does not work with pytest 9, so the loop is ours.
"""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from parley.reference import document
from parley.server.reference import APIS
from parley.store import control, platform
from tests.wire import chatwoot_held, devrev_world, held
from tests.wire.conftest import Live

API = schemathesis.openapi.from_dict(document.build("http://parley.example", APIS))
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in API.get_all_operations()}
# No shrinking: what failed is told as it was.
BRIEF = settings(max_examples=10, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=2))


async def fresh_token(dsn: str) -> str:
    """A token of Ada's for one operation, and Ada as she was: some operations end tokens, change roles and let people go."""
    connection = await asyncpg.connect(dsn)
    try:
        as_she_was = "state = 'active', left_at = NULL, role = 'administrator', custom_role_id = NULL"
        await connection.execute(f"UPDATE memberships SET {as_she_was} WHERE tenant_id = 1 AND user_id = 1")
        return await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=devrev_world.ADA, scope="write")
    finally:
        await connection.close()


async def fresh_app(dsn: str) -> str:
    """A token of a platform app that made nothing yet."""
    connection = await asyncpg.connect(dsn)
    try:
        app_id = await platform.insert_app(connection, "Portal")
        return await control.insert_token(connection, tenant_id=None, owner_kind="platform_app", owner_id=app_id, scope="write")
    finally:
        await connection.close()


def effort(name: str) -> settings:
    """On DevRev's wire a GET beside a POST is read by the same decoder: it needs fewer examples."""
    method, _, path = name.partition(" ")
    is_twin = method == "GET" and f"POST {path}" in OPERATIONS and not path.startswith(chatwoot_held.PREFIXES)
    return settings(BRIEF, max_examples=4) if is_twin else BRIEF


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_as_described(name: str, live: Live, world: devrev_world.World) -> None:
    fresh = fresh_app if "/platform/" in name else fresh_token
    token, seen = asyncio.run(fresh(world.dsn)), set()

    @effort(name)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(OPERATIONS[name].as_strategy())
        answer = case.call(base_url=live.url, headers={"Authorization": token, "api_access_token": token})
        assert answer.status_code < 500, answer.text
        seen.add(answer.status_code)
        if "json" in answer.headers.get("content-type", [""])[0]:
            held.check_answer(OPERATIONS[name].path, answer)

    ask()
    assert seen - {401, 403}, f"only ever refused: {seen}"
