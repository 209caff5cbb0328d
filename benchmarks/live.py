"""Line 11: live connections on one worker: what each weighs, and how soon a message is with those who may see it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

import httpx

from parley.store import load

from . import cpu, inserts, memory, servers
from .bed import Bed
from .bench import Bench
from .client import Ask
from .report import Measurement
from .servers import Server

CONNECTIONS, INBOXES, PER_SECOND = 500, 50, 50
SETTLE_S = 3.0
_FIRST = 9_000_000
"""Ids of what is made for this line begin here."""
_PEOPLE = f"""
INSERT INTO users (id, name, email)
  SELECT {_FIRST} + n, 'Live ' || n, 'live' || n || '@bench.test' FROM generate_series(1, {CONNECTIONS}) n;
INSERT INTO memberships (tenant_id, user_id, name, email)
  SELECT {{tenant}}, {_FIRST} + n, 'Live ' || n, 'live' || n || '@bench.test' FROM generate_series(1, {CONNECTIONS}) n;
INSERT INTO inboxes (tenant_id, id, name, kind) SELECT {{tenant}}, {_FIRST} + i, 'Live ' || i, 'api' FROM generate_series(1, {INBOXES}) i;
INSERT INTO inbox_members (tenant_id, inbox_id, user_id)
  SELECT {{tenant}}, {_FIRST} + 1 + n % {INBOXES}, {_FIRST} + n FROM generate_series(1, {CONNECTIONS}) n;
"""


def measure(bench: Bench) -> Iterator[Measurement]:
    """On a copy of the database. Agents are ten to an inbox, each with a connection; messages go to all inboxes in turn."""
    bench.say("copying the database for live connections ...")
    seconds = max(10.0, 2 * bench.seconds)
    with inserts.copied(bench.bed.dsn) as dsn, servers.ours(dsn) as ours:
        identifiers = asyncio.run(_prepare(dsn, bench.bed))
        numbers = _open_conversations(bench.bed, ours)
        _post(bench.bed, ours, numbers, 2 * INBOXES, PER_SECOND)  # warm, so that only connections are weighed
        before = memory.resident(ours.worker)
        with _clients(ours, identifiers) as clients:
            weight = _weight(ours, before)
            idle = cpu.during(ours.worker, lambda: time.sleep(seconds)) / seconds
            busy = cpu.during(ours.worker, lambda: _post(bench.bed, ours, numbers, int(seconds * PER_SECOND), PER_SECOND)) / seconds
            came = _ended(clients)
    waits = came["waits_ms"]
    expected = int(seconds * PER_SECOND) * CONNECTIONS // INBOXES
    bare = _bare_weight(identifiers)
    detail = f"{weight / 1024:.0f} KB against {bare / 1024:.0f} KB, {CONNECTIONS} connections on one worker, resident"
    yield Measurement(11, "memory per live connection / WebSocket with nothing behind it", weight / bare, "x", 1.5, detail=detail)
    detail = f"{idle:.1%} of a core for {CONNECTIONS}: pings, presence"
    yield Measurement(11, "CPU per live connection, nothing happening", idle / CONNECTIONS * 1e6, "us/s", detail=detail)
    detail = f"{busy:.1%} of a core, of which posting is most; {came['frames'] / seconds:,.0f} frames/s to {CONNECTIONS} connections"
    yield Measurement(11, f"CPU per live connection, {PER_SECOND} messages/s", busy / CONNECTIONS * 1e6, "us/s", detail=detail)
    share = len(waits) / expected
    detail = f"{len(waits):,} of {expected:,}, each message to the {CONNECTIONS // INBOXES} agents of its inbox and to nobody else"
    yield Measurement(11, "messages that came, of those that were to come", share, "x", 1, at_least=True, detail=detail)
    detail = "from before the POST until a client has the frame"
    yield Measurement(11, "message to client, p50", median(waits), "ms", detail=detail)
    yield Measurement(11, "message to client, p99", quantiles(waits, n=100)[-1], "ms", detail=detail)


def _weight(server: Server, before: int) -> float:
    """Bytes of each connection that came since."""
    time.sleep(SETTLE_S)
    return (memory.resident(server.worker) - before) / CONNECTIONS


def _bare_weight(identifiers: list[str]) -> float:
    port = servers.free_port()
    with servers.running([sys.executable, "-m", "benchmarks.bare_sockets", str(port)], os.environ) as process:
        server = Server(port, process)
        servers.wait_for(Ask(port, "GET", "/", {}), process)
        before = memory.resident(server.worker)
        with _clients(server, identifiers):
            return _weight(server, before)


async def _prepare(dsn: str, bed: Bed) -> list[str]:
    """The identifiers of agents made for this."""
    async with load.owner(dsn) as connection:
        await connection.execute(_PEOPLE.format(tenant=bed.tenant_id))
        found = await connection.fetch("SELECT id, pubsub_token FROM users WHERE id > $1", _FIRST)
    known = {"channel": "RoomChannel", "account_id": bed.account_id}
    return [json.dumps(known | {"pubsub_token": row["pubsub_token"], "user_id": row["id"]}) for row in found]


def _open_conversations(bed: Bed, ours: Server) -> list[int]:
    """One in each inbox."""
    with _asking(bed, ours) as client:
        contact = client.post("contacts", json={"name": "Live"}).raise_for_status().json()["payload"]["contact"]["id"]
        asked = ({"inbox_id": _FIRST + 1 + index, "contact_id": contact} for index in range(INBOXES))
        return [client.post("conversations", json=one).raise_for_status().json()["id"] for one in asked]


def _post(bed: Bed, ours: Server, numbers: list[int], total: int, per_second: int) -> None:
    """Messages at an even pace, over a few connections at once, so that a slow answer holds up none."""

    async def run() -> None:
        began = time.perf_counter()
        async with httpx.AsyncClient(**_where(bed, ours)) as client, asyncio.TaskGroup() as group:
            for index in range(total):
                await asyncio.sleep(max(0.0, began + index / per_second - time.perf_counter()))
                group.create_task(_say(client, numbers[index % len(numbers)]))

    asyncio.run(run())


async def _say(client: httpx.AsyncClient, number: int) -> None:
    answer = await client.post(f"conversations/{number}/messages", json={"content": f"bench {time.time_ns()}"})
    answer.raise_for_status()


def _asking(bed: Bed, ours: Server) -> httpx.Client:
    return httpx.Client(**_where(bed, ours))


def _where(bed: Bed, ours: Server) -> dict[str, Any]:
    url = f"http://127.0.0.1:{ours.port}/api/v1/accounts/{bed.account_id}/"
    return {"base_url": url, "headers": {"api_access_token": bed.token}, "timeout": 30}


@contextmanager
def _clients(ours: Server, identifiers: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process of its own with all the connections, every one confirmed."""
    command = [sys.executable, "-m", "benchmarks.live_clients", f"ws://127.0.0.1:{ours.port}/cable"]
    process = subprocess.Popen(command, cwd=servers.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(identifiers) + "\n")
        process.stdin.flush()
        said = process.stdout.readline().strip()
        if said != "ready":
            raise RuntimeError(f"the live connections were not made: {said or 'the process ended'}")
        yield process
    finally:
        process.kill()
        process.wait()


def _ended(clients: subprocess.Popen[str]) -> dict[str, Any]:
    """What came, after a moment for what is still under way."""
    time.sleep(1)
    said, _ = clients.communicate(timeout=30)
    return dict(json.loads(said))
