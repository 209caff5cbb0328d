"""conversations.export as a stream: complete, resumable, in one snapshot, and never whole-looking when it is not."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from . import devrev_model as model
from . import devrev_world
from .conftest import Live

MANY = 500


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    world = asyncio.run(devrev_world.build(module_database))
    run(module_database, _MANY_ROWS)
    return world


@pytest.fixture(scope="module")
def client(live: Live, world: devrev_world.World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["ada"]}, timeout=30) as client:
        yield client


_MANY_ROWS = f"""
INSERT INTO conversations (tenant_id, number, title, stage_id, status, inbox_id, contact_id, created_by_kind, created_by_id,
                           modified_by_kind, modified_by_id, created_at, modified_at)
SELECT 1, 1000 + n, repeat('long ', 200), 1, 'open', 1, 3, 'contact', 3, 'contact', 3, now(),
       now() - interval '1 year' - n * interval '1 second'
FROM generate_series(1, {MANY}) n;
INSERT INTO messages (tenant_id, id, conversation_number, kind, author_kind, author_id, body)
SELECT 1, 5000000 + n * 10 + m, 1000 + n, 'incoming', 'contact', 3, repeat('words ', 40)
FROM generate_series(1, {MANY}) n, generate_series(1, 5) m;
"""


def run(dsn: str, sql: str, *parameters: Any) -> Any:
    async def execute() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await (connection.fetchval(sql, *parameters) if parameters else connection.execute(sql))
        finally:
            await connection.close()

    return asyncio.run(execute())


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [model.number(one["id"]) for one in answer.json()["conversations"]]


def everything(client: httpx.Client) -> list[int]:
    return numbers(client.post("/conversations.export", json={"first": 5000}))


def test_it_exports_everything_in_the_default_order(client: httpx.Client, world: devrev_world.World) -> None:
    expected = [*model.wanted(world.facts, {}), *range(1001, 1001 + MANY)]
    assert everything(client) == expected
    assert numbers(client.get("/conversations.export?first=5000")) == expected


@pytest.mark.parametrize("size", [{}, {"first": 1}, {"first": 100}, {"first": 101}, {"limit": 7}, {"first": 3, "limit": 90}])
def test_first_and_its_alias_limit(size: dict[str, int], client: httpx.Client) -> None:
    expected = size.get("first", size.get("limit", 50))
    assert numbers(client.post("/conversations.export", json=size)) == everything(client)[:expected]


@pytest.mark.parametrize("size", [100, 250, 280, 560])
def test_cursors_lead_through_everything(size: int, client: httpx.Client) -> None:
    found: list[int] = []
    body: dict[str, Any] = {"first": size}
    while True:
        answer = client.post("/conversations.export", json=body)
        found += numbers(answer)
        if "next_cursor" not in answer.json():
            break
        body["cursor"] = answer.json()["next_cursor"]
    assert found == everything(client)


def test_an_export_of_nothing_is_valid(client: httpx.Client) -> None:
    answer = client.post("/conversations.export", json={"state": ["lost"]})
    assert answer.content == b'{"conversations":[]}'


def test_each_conversation_is_the_one_that_a_beta_list_shows(client: httpx.Client) -> None:
    exported = client.post("/conversations.export", json={"first": 60}).json()["conversations"]
    listed = client.post("/conversations.list", json={"limit": 60}, headers={"X-Devrev-Scope": "beta"}).json()["conversations"]
    assert exported == listed
    assert {entry["type"] for one in exported for entry in one["messages"]} == {"timeline_comment", "timeline_change_event"}


def test_it_streams_and_sees_one_snapshot(live: Live, client: httpx.Client, world: devrev_world.World) -> None:
    """The reader stops after the first bytes; what is deleted meanwhile is exported all the same."""
    before = everything(client)
    with client.stream("POST", "/conversations.export", json={"first": 5000}) as answer:
        assert "content-length" not in answer.headers
        assert answer.headers["x-ratelimit-limit"]
        pieces = answer.iter_raw(1000)
        text = next(pieces)
        run(world.dsn, "UPDATE conversations SET modified_at = now() WHERE number > 1400 AND tenant_id = 1")
        text += b"".join(pieces)
    assert [model.number(one["id"]) for one in json.loads(text)["conversations"]] == before


def test_a_failure_on_the_way_breaks_the_connection(serve: Callable[..., Live], database: str) -> None:
    """The server's connection to the database is cut while the answer streams: no client may take it for whole."""
    world = asyncio.run(devrev_world.build(database))
    run(database, _MANY_ROWS.replace("'long ', 200", "'long ', 4000"))
    live = serve()
    headers = {"Authorization": world.tokens["ada"]}
    with httpx.stream("POST", f"{live.url}/conversations.export", json={"first": 5000}, headers=headers) as answer:
        pieces = answer.iter_raw(100)
        assert answer.status_code == 200
        next(pieces)
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
        assert run(database, cut, "parley")
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
    assert httpx.post(f"{live.url}/conversations.list", json={}, headers=headers).status_code == 200


def test_a_reader_that_leaves_gives_its_connection_back(serve: Callable[..., Live], database: str) -> None:
    """With two connections in the pool, the last request would wait forever."""
    world = asyncio.run(devrev_world.build(database))
    run(database, _MANY_ROWS.replace("'long ', 200", "'long ', 4000"))
    live = serve(max_connections="2")
    headers = {"Authorization": world.tokens["ada"]}
    for _ in range(4):
        with httpx.stream("POST", f"{live.url}/conversations.export", json={"first": 5000}, headers=headers) as answer:
            next(answer.iter_raw(100))
    assert httpx.post(f"{live.url}/conversations.list", json={"limit": 1}, headers=headers, timeout=20).status_code == 200


def test_a_reader_that_stops_reading_does_not_fill_the_server(serve: Callable[..., Live], database: str) -> None:
    """The server waits for its reader: of 80 MB only a batch and a bounded queue are in memory."""
    world = asyncio.run(devrev_world.build(database))
    run(database, _MANY_ROWS.replace("'long ', 200", "'long ', 4000").replace(f"(1, {MANY})", "(1, 4000)"))
    live = serve()
    httpx.post(f"{live.url}/conversations.export", json={"first": 200}, headers={"Authorization": world.tokens["ada"]})
    before = resident_kb(live.process.pid)
    with socket.create_connection(("127.0.0.1", int(live.url.rpartition(":")[2]))) as reader:
        head = "POST /conversations.export HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n"
        reader.sendall(f'{head}Authorization: {world.tokens["ada"]}\r\n\r\n{{"first":5000}}'.encode())
        assert reader.recv(1000)
        time.sleep(4)
        grown = resident_kb(live.process.pid) - before
    assert grown < 25_000, f"grew by {grown} kB while nobody read"


def resident_kb(root: int) -> int:
    """Resident memory of a process and all below it."""
    table = [line.split() for line in subprocess.run(["ps", "-eo", "pid,ppid,rss"], capture_output=True, text=True).stdout.splitlines()[1:]]
    family, size = {root}, -1
    while len(family) != size:
        size = len(family)
        family |= {int(pid) for pid, parent, _ in table if int(parent) in family}
    return sum(int(rss) for pid, _, rss in table if int(pid) in family)
