"""Events are never lost: kill -9 of worker, server and database at random moments, while the receiver fails at random.

Every event arrives, in order in each conversation, under one id however often it is sent, and the log says what the receiver saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import httpx
import pytest

from parley.actions import provision
from parley.server.embedded import attach_or_own, own
from parley.store.database import Database
from parley.store.migrate import migrate
from tests.receiver import OK, Received, receiving
from tests.wire.conftest import free_port
from tests.wire.test_durability import PARLEY, kill_all

CHANGES, WRITERS = 5000, 4
AT_ONCE, ONE_BY_ONE = 20, 5
# Which wire's webhook is delivered to: with the other one's teller "devrev", its path, its subscription and its body would stand here.
EVENT = "message_created"
KILLED = ("worker", "everything", "worker", "everything")
SETTINGS = {"WEBHOOK_TIMEOUT_S": "2", "WEBHOOK_RETRY_S": ",".join(["0.2"] * 60), "OUTGOING_NETWORKS": "loopback", "WORKERS": "2"}
BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 6\r\n\r\nbroken"


@dataclass
class Ill:
    """A receiver that fails at random. ``seen``: the event's id and the attempt, with the status answered, 0 for none; in their order."""

    dice: random.Random
    seen: list[tuple[str, int, int]] = field(default_factory=list)
    bodies: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    async def reply(self, request: Received, writer: asyncio.StreamWriter) -> None:
        throw = self.dice.random()
        status = 500 if throw < 0.15 else 0 if throw < 0.2 else 200
        key = request.headers["webhook-id"]
        self.bodies[key].add(request.body)
        self.seen.append((key, int(request.headers["parley-attempt"]), status))
        if status:
            writer.write(OK if status == 200 else BROKEN)
            await writer.drain()
        else:
            await asyncio.sleep(3 if throw < 0.153 else 0)
            writer.close()

    @property
    def acknowledged(self) -> list[str]:
        """The events' ids in the order in which each was acknowledged first."""
        return list(dict.fromkeys(key for key, _, status in self.seen if status == 200))


@contextmanager
def listening(ill: Ill) -> Iterator[str]:
    """The receiver's URL; it runs in a thread of its own, so that nothing of the test makes it slow."""
    ready, url, stop = threading.Event(), list[str](), list[Any]()

    async def run() -> None:
        async with receiving(ill.reply) as here:
            end = asyncio.Event()
            stop.extend([asyncio.get_running_loop(), end])
            url.append(here.url())
            ready.set()
            await end.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    ready.wait(5)
    yield url[0]
    stop[0].call_soon_threadsafe(stop[1].set)
    thread.join(5)


async def prepare(data: Path) -> str:
    """An administrator's token."""
    with own(data, command="the test") as cluster:
        await migrate(cluster.dsn)
        database = await Database.open(cluster.dsn, max_connections=2, role="parley_owner")
        try:
            tenant = await provision.create_tenant(database, slug="acme", name="Acme")
            user = await provision.create_user(database, tenant=tenant, name="Ada", email="ada@acme.example", role="administrator")
            return await provision.create_token(database, tenant=tenant, owner_kind="user", owner_id=user)
        finally:
            await database.close()


def subscribe(url: str, token: str, hook: str) -> None:
    made = httpx.post(
        f"{url}/api/v1/accounts/1/webhooks", headers={"api_access_token": token}, json={"url": hook, "subscriptions": [EVENT]}
    )
    assert made.status_code == 200, made.text


@dataclass
class Writing:
    """What was acknowledged: the bodies of messages."""

    url: str
    token: str
    said: set[str] = field(default_factory=set)
    is_over: bool = False

    async def go_on(self) -> None:
        """Not with httpx, whose requests these tests hold against the documents: that would take most of the time."""
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(self.url, headers={"Authorization": self.token}, timeout=timeout) as client:
            while not self.is_over:
                try:
                    await self._one(client)
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(0.1)

    async def _one(self, client: aiohttp.ClientSession) -> None:
        """A conversation with its first messages, and then one by one."""
        bodies = [random.randbytes(8).hex() for _ in range(AT_ONCE)]
        asked = {"type": "support", "title": "kept", "messages": [{"body": body} for body in bodies]}
        async with client.post("/conversations.create", json=asked) as opened:
            if opened.status != 201:
                return
            number = (await opened.json())["conversation"]["display_id"]
        self.said.update(bodies)
        for _ in range(ONE_BY_ONE):
            body = random.randbytes(8).hex()
            entry = {"type": "timeline_comment", "object": number, "body": body}
            async with client.post("/timeline-entries.create", json=entry) as said:
                if said.status == 201:
                    self.said.add(body)


def kill_worker(process: subprocess.Popen[bytes]) -> None:
    """One of the processes that answer requests and run the jobs; the server starts another."""
    children = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True).stdout
    workers = [int(line.split()[0]) for line in children.splitlines() if "parley serve" in line]
    assert workers, children
    with contextlib.suppress(ProcessLookupError):
        os.kill(random.choice(workers), signal.SIGKILL)


@asynccontextmanager
async def written(url: str, token: str) -> AsyncIterator[Writing]:
    writing = Writing(url, token)
    tasks = [asyncio.create_task(writing.go_on()) for _ in range(WRITERS)]
    try:
        yield writing
    finally:
        writing.is_over = True
        await asyncio.gather(*tasks)


@dataclass
class Server:
    """`parley serve` with its own database, as often as it is killed."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Until it answers, asked in a way that costs nothing: writers, receiver and server share the machine."""
        with (self.data / "serve.log").open("ab") as log:
            command = [*PARLEY, "serve", "--data", str(self.data), "--port", str(self.port)]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        async with asyncio.timeout(60):
            while not await self.is_ready():
                assert self.process.poll() is None, (self.data / "serve.log").read_text()[-3000:]
                await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
            answer = await reader.readline()
            writer.close()
        except OSError:
            return False
        return b" 200 " in answer

    async def kill(self, what: str) -> None:
        assert self.process is not None
        if what == "worker":
            kill_worker(self.process)
        else:
            kill_all(self.process, self.data)
            await self.start()

    async def stop(self) -> None:
        """As somebody stops it who means well; or, after 20 seconds, as nobody should have to."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                await asyncio.to_thread(self.process.wait, 20)
            except subprocess.TimeoutExpired:
                kill_all(self.process, self.data)


async def test_no_event_is_lost_whoever_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(f"PARLEY_{name}", value)
    token, server, ill = await prepare(tmp_path), Server(tmp_path), Ill(random.Random(5))
    url = f"http://127.0.0.1:{server.port}"
    with listening(ill) as hook:
        try:
            await server.start()
            subscribe(url, token, hook)
            async with written(url, token) as writing:
                for part, what in enumerate(KILLED, 1):
                    await reach(writing, CHANGES * part // (len(KILLED) + 1) + random.randrange(-200, 200))
                    await server.kill(what)
                await reach(writing, CHANGES)
            with attach_or_own(tmp_path, command="the test") as cluster:
                owner = await asyncpg.connect(cluster.dsn)
                await all_delivered(owner)
                await server.stop()
                await assert_whole(owner, ill, writing.said)
                await owner.close()
        finally:
            await server.stop()


async def reach(writing: Writing, changes: int) -> None:
    async with asyncio.timeout(120):
        while len(writing.said) < changes:
            await asyncio.sleep(0.01)


async def all_delivered(owner: asyncpg.Connection) -> None:
    left = (
        "SELECT (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')) AS open,"
        " (SELECT count(*) FROM events WHERE position IS NULL) AS unnumbered,"
        " (SELECT h.position - d.position FROM event_heads h, delivery_heads d) AS untold"
    )
    deadline = time.monotonic() + 60
    while any(found := tuple(await owner.fetchrow(left))):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


async def assert_whole(owner: asyncpg.Connection, ill: Ill, said: set[str]) -> None:
    rows = await owner.fetch(
        "SELECT e.id, e.conversation_number, m.body FROM events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id"
        " WHERE e.kind = 'message.created' ORDER BY e.position"
    )
    keys = {f"evt_1_{row['id']}_{EVENT}": row for row in rows}
    assert said <= {row["body"] for row in rows}, "what was acknowledged to a writer is not there"
    assert len(said) >= CHANGES
    acknowledged = ill.acknowledged
    assert set(acknowledged) == keys.keys(), "not every event arrived, or something else did"
    told = defaultdict(set)
    for key in acknowledged:
        for body in ill.bodies[key]:
            told[json.loads(body)["id"]].add(key)
        assert len(ill.bodies[key]) == 1, "two bodies under one id"
    assert all(len(ids) == 1 for ids in told.values()), "two ids for one event"
    in_order = defaultdict(list)
    for key in acknowledged:
        in_order[keys[key]["conversation_number"]].append(key)
    for number, arrived in in_order.items():
        assert arrived == [key for key, row in keys.items() if row["conversation_number"] == number], f"conversation {number}"
    await assert_the_log_agrees(owner, ill)


async def assert_the_log_agrees(owner: asyncpg.Connection, ill: Ill) -> None:
    rows = await owner.fetch(
        "SELECT d.message_key, d.state, a.number, a.status, a.finished_at, a.error FROM deliveries d"
        " JOIN delivery_attempts a ON a.tenant_id = d.tenant_id AND a.delivery_id = d.id"
    )
    assert {row["state"] for row in rows} == {"delivered"}
    log = {(row["message_key"], row["number"]): row for row in rows}
    saw = defaultdict(set)
    for key, attempt, status in ill.seen:
        saw[key, attempt].add(status)
    assert saw.keys() <= log.keys(), "a request that is not in the log"
    for attempt, row in log.items():
        if row["status"] is not None:
            assert row["status"] in saw[attempt], f"{attempt}: the log says {row['status']}, the receiver {saw[attempt]}"
    assert {key for (key, _), row in log.items() if row["status"] == 200} <= set(ill.acknowledged)
    assert any(row["finished_at"] is None for row in rows), "nothing was cut off: the kills came when nothing was under way"
    assert any(row["status"] == 500 for row in rows)
    assert any(row["error"] and row["status"] is None for row in rows)
