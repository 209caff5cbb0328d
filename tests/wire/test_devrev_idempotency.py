"""Idempotency-Key: a write happens once, also when twins race, and its first answer comes again for a day."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def run(dsn: str, query: str, *parameters: Any) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query, *parameters)
        finally:
            await connection.close()

    return asyncio.run(ask())


def tags(dsn: str, name: str) -> int:
    return int(run(dsn, "SELECT count(*) FROM tags WHERE name = $1", name))


def keyed(devrev: Devrev, name: str, key: str, who: str = "ada") -> httpx.Response:
    return devrev.post("tags.create", {"name": name}, who=who, headers={"Idempotency-Key": key})


def test_the_first_answer_comes_again(devrev: Devrev, live: Live) -> None:
    first, again = keyed(devrev, "once", "k1"), keyed(devrev, "once", "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert tags(live.dsn, "once") == 1


def test_writes_of_other_nouns_take_a_key_too(devrev: Devrev) -> None:
    def twice(path: str, **body: Any) -> Any:
        """The first answer, which came again."""
        first, again = (devrev.post(path, body, headers={"Idempotency-Key": path}) for _ in range(2))
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert ("idempotent-replayed" in first.headers, again.headers.get("idempotent-replayed")) == (False, "true"), path
        return first.json()

    talk = twice("conversations.create", type="support")["conversation"]["id"]
    entry = twice("timeline-entries.create", type="timeline_comment", object=talk, body="once")["timeline_entry"]["id"]
    said = devrev.call("timeline-entries.list", {"object": talk, "collections": ["discussions"]})["timeline_entries"]
    assert [one["id"] for one in said] == [entry]
    twice("reactions.update", object=entry, emoji="joy", action="add")
    twice("conversations.update", id=talk, title="x")
    twice("conversations.delete", id=talk)


def test_twins_that_race_write_once(devrev: Devrev, live: Live) -> None:
    before = run(live.dsn, "SELECT count(*) FROM events WHERE kind = 'tag.created'")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: keyed(devrev, "raced", "k2"), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert run(live.dsn, "SELECT count(*) FROM events WHERE kind = 'tag.created'") == before + 1


def test_a_key_belongs_to_its_request_and_its_caller(devrev: Devrev, live: Live) -> None:
    assert keyed(devrev, "mine", "k3").status_code == 201
    other = keyed(devrev, "other", "k3")
    assert (other.status_code, other.json()["type"]) == (409, "conflict")
    assert tags(live.dsn, "other") == 0
    assert keyed(devrev, "bobs", "k3", who="bob").status_code == 201
    assert keyed(devrev, "theirs", "k3", who="globex").status_code == 201


def test_a_refusal_is_not_remembered(devrev: Devrev, live: Live) -> None:
    assert keyed(devrev, "taken", "k4").status_code == 201
    assert keyed(devrev, "taken", "k5").status_code == 409
    run(live.dsn, "DELETE FROM tags WHERE name = 'taken'")
    assert keyed(devrev, "taken", "k5").status_code == 201


def test_after_a_day_the_key_is_free(devrev: Devrev, live: Live) -> None:
    assert keyed(devrev, "yesterday", "k6").status_code == 201
    run(live.dsn, "UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = 'k6'")
    assert keyed(devrev, "today", "k6").status_code == 201
    assert run(live.dsn, "SELECT count(*) FROM idempotency_keys WHERE key = 'k6'") == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(devrev: Devrev, key: str) -> None:
    answer = keyed(devrev, "nothing", key)
    assert (answer.status_code, answer.json()["field_name"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("auth-tokens.create", {"token_hint": "kept"}),
        ("webhooks.create", {"url": "https://example.org/kept"}),
        ("webhooks.update", {"id": "WEBHOOK-1", "secret": ""}),
    ],
)
def test_no_answer_with_a_secret_is_kept(devrev: Devrev, live: Live, path: str, body: dict[str, str]) -> None:
    before = run(live.dsn, "SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM webhooks)")
    answer = devrev.call(path, body, headers={"Idempotency-Key": "secret"}, expect=400)
    assert (answer["type"], answer["field_name"]) == ("value_not_permitted", "Idempotency-Key")
    assert "secret" in answer["detail"]
    assert run(live.dsn, "SELECT count(*) FROM idempotency_keys WHERE key = 'secret'") == 0
    assert run(live.dsn, "SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM webhooks)") == before


def test_a_read_of_a_secret_keeps_nothing(devrev: Devrev, live: Live) -> None:
    made = devrev.call("webhooks.create", {"url": "https://example.org/read"}, expect=201)["webhook"]
    for _ in range(2):
        assert devrev.call("webhooks.get", {"id": made["id"]}, headers={"Idempotency-Key": "read"})["webhook"]["secret"]
    assert run(live.dsn, "SELECT count(*) FROM idempotency_keys WHERE key = 'read'") == 0
