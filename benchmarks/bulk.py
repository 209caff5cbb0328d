"""Line 17: what somebody who posts single messages notices of another's bulk work, and how fast that work goes."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from parley.store import load

from . import inserts, servers
from .bed import Bed
from .bench import Bench
from .client import Ask, Connection, ask
from .report import Measurement

PER_SECOND = 10
LONGEST_S = 120.0
_WAITING = """
SELECT max(extract(epoch FROM clock_timestamp() - l.waitstart) * 1000)::float FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database() WHERE NOT l.granted
"""
_LABEL = "bench-bulk"
_TEAM = "bench bulk"
_BODY = "My parcel has not arrived and the tracking page has not moved for four days, can you please look into it?"


@dataclass(slots=True)
class _Desk:
    """The server, and whom its bulk work is about: ``numbers`` are its targets, ``others`` are left alone."""

    bed: Bed
    dsn: str
    port: int
    numbers: list[int]
    others: list[int]
    seen: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(17))

    def chatwoot(self, method: str, path: str, body: Any = None) -> Ask:
        headers = {"api_access_token": self.bed.token, "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return Ask(self.port, method, f"/api/v1/accounts/{self.bed.account_id}/{path}", headers, content)

    def post(self, number: int) -> bytes:
        return self.chatwoot("POST", f"conversations/{number}/messages", {"content": _BODY}).wire()

    def soon(self) -> int:
        """A target that the work is about to come to, or has just done."""
        place = self.seen + self.dice.randrange(40)
        return self.numbers[min(max(place, 0), len(self.numbers) - 1)]

    def any_target(self) -> int:
        return self.dice.choice(self.numbers)

    def any_other(self) -> int:
        return self.dice.choice(self.others)

    def give(self, column: str, number: int) -> None:
        """All targets have this."""
        few = f"tenant_id = {self.bed.tenant_id} AND number <= {self.numbers[-1]}"
        self.execute(f"UPDATE conversations SET {column} = {number} WHERE {few}", "VACUUM ANALYZE conversations")

    def execute(self, *statements: str) -> None:
        """As the owner."""

        async def run() -> None:
            async with load.owner(self.dsn) as connection:
                for statement in statements:
                    await connection.execute(statement)

        asyncio.run(run())


@dataclass(frozen=True, slots=True)
class _Work:
    """``prepare`` makes the request that asks for it; ``do`` asks, works until it is through, or for so many seconds, and returns
    rows per second; ``among`` is one of its targets.
    """

    name: str
    prepare: Callable[[_Desk], Ask]
    do: Callable[[_Desk, Ask, float], float]
    among: Callable[[_Desk], int]


def measure(bench: Bench) -> Iterator[Measurement]:
    """On a copy of the database."""
    bench.say("copying the database for bulk work ...")
    seconds = max(8.0, 2 * bench.seconds)
    with inserts.copied(bench.bed.dsn) as dsn, servers.ours(dsn) as ours:
        found = bench.bed.fetch("SELECT c.number FROM conversations c WHERE c.tenant_id = $1 ORDER BY 1", bench.bed.tenant_id)
        numbers = [row["number"] for row in found]
        desk = _Desk(bench.bed, dsn, ours.port, numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :])
        alone = _posts(desk, desk.any_other, seconds)
        for work in _WORKS:
            yield from _beside(desk, work, seconds, alone)


def _beside(desk: _Desk, work: _Work, seconds: float, alone: list[float]) -> Iterator[Measurement]:
    """The work, and two who post meanwhile: to conversations of its own and to others."""
    request = work.prepare(desk)
    places = {"others": desk.any_other, "its own": lambda: work.among(desk)}
    with ThreadPoolExecutor(4) as hands:
        doing = hands.submit(work.do, desk, request, seconds)
        posting = {name: hands.submit(_posts, desk, pick, LONGEST_S, doing) for name, pick in places.items()}
        locked = hands.submit(_longest_lock, desk, doing)
    waits = {name: one.result() for name, one in posting.items()}
    detail = "sampled in pg_locks; waits among all that the server does meanwhile"
    yield Measurement(17, f"{work.name}, longest wait for a lock", locked.result(), "ms", detail=detail)
    yield Measurement(17, f"{work.name}, rows", doing.result(), "/s", detail="one server, one worker, while two post beside it")
    for name in places:
        ratio = _p99(waits[name]) / _p99(alone)
        detail = f"p99 {_p99(waits[name]):.0f} ms of {len(waits[name])}, longest {max(waits[name]):.0f}; alone {_p99(alone):.0f} ms"
        detail += f"; p50 {median(waits[name]):.1f} and {median(alone):.1f}"
        yield Measurement(17, f"{work.name}: a post to {name} / without it, p99", ratio, "x", 3, detail=detail)


def _posts(desk: _Desk, pick: Callable[[], int], seconds: float, until: Future[float] | None = None) -> list[float]:
    """Milliseconds of each of many posts at an even pace; one that is late counts from when it was due."""
    waits, began = list[float](), time.perf_counter()
    with Connection(desk.port) as connection:
        while (elapsed := time.perf_counter() - began) < seconds and (until is None or not until.done() or len(waits) < 10):
            due = began + len(waits) / PER_SECOND
            time.sleep(max(0.0, due - began - elapsed))
            connection.ask(desk.post(pick()), keep=False)
            waits.append((time.perf_counter() - due) * 1000)
    return waits


def _longest_lock(desk: _Desk, until: Future[float]) -> float:
    """Milliseconds that somebody in this database waited for a lock at most."""

    async def run() -> float:
        longest = 0.0
        async with load.owner(desk.dsn) as connection:
            while not until.done():
                longest = max(longest, await connection.fetchval(_WAITING) or 0.0)
                await asyncio.sleep(0.02)
        return longest

    return asyncio.run(run())


def _p99(waits: Sequence[float]) -> float:
    return quantiles(waits, n=100, method="inclusive")[-1]


def _bulk_action(desk: _Desk) -> Ask:
    """It tags, assigns and resolves."""
    wanted = {"fields": {"status": "resolved", "assignee_id": desk.bed.user_id}, "labels": {"add": [_LABEL]}}
    return desk.chatwoot("POST", "bulk_actions", {"type": "Conversation", "ids": desk.numbers, **wanted})


def _follow(desk: _Desk, request: Ask, seconds: float) -> float:
    """A bulk action, ended where it is when the time is over."""
    state = made = ask(request).json()
    began = time.perf_counter()
    while state["state"] != "done" and time.perf_counter() - began < seconds:
        time.sleep(0.2)
        state = ask(desk.chatwoot("GET", f"bulk_actions/{made['id']}")).json()
        desk.seen = state["done"] + state["failed"]
    took = time.perf_counter() - began
    desk.execute(f"UPDATE bulk_actions SET state = 'done' WHERE tenant_id = {desk.bed.tenant_id}")
    if state["failed"]:
        raise RuntimeError(f"the bulk action failed: {state['failures'][:3]}")
    return float(desk.seen) / took


def _team_end(desk: _Desk) -> Ask:
    """All targets have the team."""
    team = ask(desk.chatwoot("POST", "teams", {"name": _TEAM})).json()["id"]
    desk.give("team_id", team)
    return desk.chatwoot("DELETE", f"teams/{team}")


def _merge(desk: _Desk) -> Ask:
    """All targets are the contact's that is merged into another."""
    stays, goes = (ask(desk.chatwoot("POST", "contacts", {"name": name})).json()["payload"]["contact"]["id"] for name in ("Stays", "Goes"))
    desk.give("contact_id", goes)
    return desk.chatwoot("POST", "actions/contact_merge", {"base_contact_id": stays, "mergee_contact_id": goes})


def _wait(desk: _Desk, request: Ask, _seconds: float) -> float:
    began = time.perf_counter()
    ask(request)
    return len(desk.numbers) / (time.perf_counter() - began)


_WORKS = (
    _Work("bulk action", _bulk_action, _follow, _Desk.soon),
    _Work("deleting a team", _team_end, _wait, _Desk.any_target),
    _Work("merging two contacts", _merge, _wait, _Desk.any_target),
)
