"""How many statements the two hottest writes send: each is a round trip, so one more of them costs every agent's reply."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from benchmarks.captured import statements_of
from benchmarks.client import Ask
from tests.wire import devrev_world


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=1))


@pytest.mark.parametrize(
    ("path", "body", "most"),
    [
        ("timeline-entries.create", {"type": "timeline_comment", "object": "CONV-2", "body": "It left us today."}, 5),
        ("conversations.create", {"type": "support", "title": "Parcel", "members": ["REVU-1"], "messages": [{"body": "Where?"}]}, 11),
    ],
)
def test_a_write_sends_no_more_statements_than_it_needs(world: devrev_world.World, path: str, body: dict[str, Any], most: int) -> None:
    headers = {"authorization": world.tokens["ada"], "content-type": "application/json"}
    sent = [one.text for one in statements_of(world.dsn, Ask(0, "POST", f"/{path}", headers, json.dumps(body).encode()))]
    assert sent[0] == "BEGIN", sent
    assert "set_config('parley.tenant_id'" in sent[1], sent
    assert sent[-1] == "COMMIT", sent
    assert len(sent) <= most, "\n".join(sent)
    # One statement more for the next conversation, which waits for the row of the numbers.
    assert any(one.startswith("COMMIT; BEGIN") for one in sent) == (path == "conversations.create")
