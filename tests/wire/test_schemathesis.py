"""Whatever our own OpenAPI document allows, asked of a running server: never a 5xx.

Schemathesis makes the requests; its pytest plugin does not work with pytest 9, so the loop is ours.
"""

from __future__ import annotations

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from parley.reference import document
from parley.server.reference import APIS
from tests.wire import devrev_world
from tests.wire.conftest import Live

API = schemathesis.openapi.from_dict(document.build("http://parley.example", APIS))
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in API.get_all_operations()}
# No shrinking: what failed is told as it was.
BRIEF = settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=2))


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_answer_is_a_5xx(name: str, live: Live, world: devrev_world.World) -> None:
    token, seen = world.tokens["ada"], set()

    @BRIEF
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(OPERATIONS[name].as_strategy())
        answer = case.call(base_url=live.url, headers={"Authorization": token, "api_access_token": token})
        assert answer.status_code < 500, answer.text
        seen.add(answer.status_code)

    ask()
    assert seen - {401, 403}, f"only ever refused: {seen}"
