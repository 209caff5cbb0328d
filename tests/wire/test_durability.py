"""Nothing acknowledged is ever lost: kill -9 of server and database in the middle of writes over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from parley.server.embedded import own
from tests.wire import held
from tests.wire.conftest import free_port

PARLEY = [sys.executable, "-m", "parley"]
KILLS = 3
WRITE_S = 1.5


def parley(data: Path, *words: str) -> dict[str, Any]:
    """What a CLI command prints as JSON."""
    answer: dict[str, Any] = json.loads(subprocess.check_output([*PARLEY, *words, "--data", str(data), "--json"]))
    return answer


def start(data: Path, port: int) -> subprocess.Popen[bytes]:
    with (data / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*PARLEY, "serve", "--data", str(data), "--port", str(port)], stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return process
        time.sleep(0.05)
    raise AssertionError((data / "serve.log").read_text()[-3000:])


def kill_database(data: Path) -> None:
    """Every process of the server's PostgreSQL, at once and without warning."""
    postmaster = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    backends = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True, check=False)
    for pid in [postmaster, *map(int, backends.stdout.split())]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_all(process: subprocess.Popen[bytes], data: Path) -> None:
    """The server's process group and every process of its PostgreSQL, at once and without warning."""
    kill_database(data)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def write(url: str, token: str, acknowledged: dict[str, list[str]], stop: asyncio.Event) -> None:
    """Opens a conversation and talks in it; notes only what was answered with 201."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": token}, timeout=5) as client:
        with contextlib.suppress(httpx.TransportError):
            while not stop.is_set():
                opened = await client.post("/conversations.create", json={"type": "support", "title": "kept"})
                assert opened.status_code in (201, 503), opened.text  # the database may die a moment before the server
                if opened.status_code != 201:
                    continue
                number = opened.json()["conversation"]["display_id"]
                acknowledged[number] = []
                for word in ("one", "two"):
                    said = await client.post(
                        "/timeline-entries.create", json={"type": "timeline_comment", "object": number, "body": f"{number} {word}"}
                    )
                    if said.status_code == 201:
                        acknowledged[number].append(f"{number} {word}")


async def write_until_killed(url: str, token: str, process: subprocess.Popen[bytes], data: Path) -> dict[str, list[str]]:
    acknowledged: dict[str, list[str]] = {}
    stop = asyncio.Event()
    writers = [asyncio.create_task(write(url, token, acknowledged, stop)) for _ in range(6)]
    await asyncio.sleep(WRITE_S)
    kill_all(process, data)
    stop.set()
    await asyncio.gather(*writers)
    return acknowledged


async def test_everything_acknowledged_survives_kill_9_of_server_and_database(tmp_path: Path) -> None:
    port = free_port()
    parley(tmp_path, "tenant", "create", "--slug", "acme", "--name", "Acme")
    parley(tmp_path, "user", "create", "--tenant", "acme", "--email", "ada@acme.example", "--name", "Ada", "--role", "administrator")
    token = parley(tmp_path, "token", "create", "--tenant", "acme", "--user", "ada@acme.example")["token"]
    acknowledged: dict[str, list[str]] = {}
    for _ in range(KILLS):
        process = start(tmp_path, port)
        with held.failing():
            acknowledged |= await write_until_killed(f"http://127.0.0.1:{port}", token, process, tmp_path)
    assert len(acknowledged) > 10
    with own(tmp_path, command="the test") as cluster:
        await assert_whole(cluster.dsn, acknowledged)


async def assert_whole(dsn: str, acknowledged: dict[str, list[str]]) -> None:
    """Row, change entry and event of each; and nothing half-written besides."""
    connection = await asyncpg.connect(dsn)
    try:
        for name, bodies in acknowledged.items():
            number = int(name.removeprefix("CONV-"))
            kept = await connection.fetch("SELECT id, kind, event_type, body FROM messages WHERE conversation_number = $1", number)
            assert set(bodies) <= {row["body"] for row in kept}
            assert [row["event_type"] for row in kept].count("created") == 1
            told = await connection.fetch("SELECT kind, message_id FROM events WHERE conversation_number = $1", number)
            assert [event["kind"] for event in told].count("conversation.created") == 1
            said = {row["id"] for row in kept if row["kind"] == "outgoing"}
            assert said == {event["message_id"] for event in told if event["kind"] == "message.created"}
        tallied = await connection.fetchval("SELECT sum(delta) FROM conversation_tallies")
        assert tallied == await connection.fetchval("SELECT count(*) FROM conversations")
    finally:
        await connection.close()


async def test_a_database_that_goes_away_is_told_and_no_failure_of_ours(tmp_path: Path) -> None:
    """Its sessions are ended one after another, as by a restart; then it is killed. Each request is answered with 201 or 503."""
    port = free_port()
    parley(tmp_path, "tenant", "create", "--slug", "acme", "--name", "Acme")
    parley(tmp_path, "user", "create", "--tenant", "acme", "--email", "ada@acme.example", "--name", "Ada", "--role", "administrator")
    token = parley(tmp_path, "token", "create", "--tenant", "acme", "--user", "ada@acme.example")["token"]
    process = start(tmp_path, port)
    answers: dict[int, int] = {}
    stop = asyncio.Event()

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": token}, timeout=20) as client:
            while not stop.is_set():
                answer = await client.post("/conversations.create", json={"type": "support", "title": "asked"})
                answers[answer.status_code] = answers.get(answer.status_code, 0) + 1

    try:
        with held.failing():
            askers = [asyncio.create_task(ask()) for _ in range(8)]
        await asyncio.sleep(0.5)
        await end_sessions(tmp_path, times=40)
        assert answers.get(503), "no session was ended while it worked"
        kill_database(tmp_path)
        await asyncio.sleep(0.5)
        stop.set()
        with contextlib.suppress(httpx.TransportError):  # the server may end with its database
            await asyncio.gather(*askers)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with own(tmp_path, command="the test"):
            pass  # the server may have begun it again: whoever owns the folder ends it
    assert set(answers) == {201, 503}


async def end_sessions(data: Path, times: int) -> None:
    """Ends those of the server that are at work, again and again."""
    socket_dir = (data / "postgres").resolve().parent / "run"
    connection = await asyncpg.connect(host=str(socket_dir), user="parley_owner", database="parley")
    try:
        for _ in range(times):
            await connection.execute(
                "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a"
                " WHERE a.state IN ('active', 'idle in transaction') AND a.pid <> pg_backend_pid() AND a.application_name = 'parley'"
            )
            await asyncio.sleep(0.02)
    finally:
        await connection.close()
