"""Line 6: what the server weighs while nobody asks, with its embedded database, how soon it answers after its start, and what a
further worker adds to both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from . import bed, memory, servers
from .bench import Bench
from .client import Ask, ask
from .report import Measurement, spread

STARTS, IDLE_S = 3, 10.0


def measure(bench: Bench) -> Iterator[Measurement]:
    folder = bed.kept(bench.cache, "demo")
    made = json.loads(servers.call("demo", "--data", str(folder), "--json"))
    token, account = made["users"]["administrator"]["token"], made["account_id"]
    for workers, words in ((1, ""), (2, " with two workers")):
        waits = [_first_answer(folder, token, workers) for _ in range(STARTS)]
        detail = f"{STARTS} starts, {spread(waits, 's')}; the answer is a DevRev list"
        yield Measurement(6, f"first answer after `parley serve`{words}", median(waits), "s", 3, detail=detail)
    parts, more = (_idle(folder, token, account, workers) for workers in (1, 2))
    detail = ", ".join(f"{name} {size / memory.MB:.0f}" for name, size in parts.items())
    yield Measurement(6, "proportional set size of all processes, idle", sum(parts.values()) / memory.MB, "MB", 250, detail=detail)
    added = (sum(more.values()) - sum(parts.values())) / memory.MB
    detail = "with two workers: " + ", ".join(f"{name} {size / memory.MB:.0f}" for name, size in more.items())
    yield Measurement(6, "what a further worker adds to that", added, "MB", detail=detail)


def _first_answer(folder: Path, token: str, workers: int) -> float:
    with servers.serving_folder(folder, workers) as (server, started):
        servers.wait_for(_list(server.port, token), server.process)
        return time.perf_counter() - started


def _idle(folder: Path, token: str, account: int, workers: int) -> dict[str, int]:
    """Bytes by kind of process, a while after some requests on both wires; each has a connection of its own, so all workers get some."""
    with servers.serving_folder(folder, workers) as (server, _):
        servers.wait_for(_list(server.port, token), server.process)
        for _ in range(20 * workers):
            ask(_list(server.port, token), keep=False)
            ask(Ask(server.port, "GET", f"/api/v1/accounts/{account}/conversations", {"api_access_token": token}), keep=False)
        time.sleep(IDLE_S)
        database = memory.tree(bed.postmaster(folder))
        ours = [pid for pid in memory.tree(server.process.pid) if pid not in database]
        answering = server.workers_among(ours, workers)
        others = [pid for pid in ours if pid not in answering]
        name = "worker" if workers == 1 else f"{workers} workers"
        return {name: memory.pss(answering), "main process": memory.pss(others), f"{len(database)} of PostgreSQL": memory.pss(database)}


def _list(port: int, token: str) -> Ask:
    return Ask(port, "POST", "/conversations.list", {"authorization": token, "content-type": "application/json"}, b"{}")
