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

PER_SECOND = 25
LONGEST_S = 120.0
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

    def execute(self, *statements: str) -> None:
        """As the owner."""

        async def run() -> None:
            async with load.owner(self.dsn) as connection:
                for statement in statements:
                    await connection.execute(statement)

        asyncio.run(run())


@dataclass(frozen=True, slots=True)
class _Work:
    """``do`` works until it is through, or for so many seconds, and returns rows per second; ``among`` is one of its targets."""

    name: str
    do: Callable[[_Desk, float], float]
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
    places = {"others": desk.any_other, "its own": lambda: work.among(desk)}
    with ThreadPoolExecutor(3) as hands:
        doing = hands.submit(work.do, desk, seconds)
        posting = {name: hands.submit(_posts, desk, pick, LONGEST_S, doing) for name, pick in places.items()}
    waits = {name: one.result() for name, one in posting.items()}
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


def _p99(waits: Sequence[float]) -> float:
    return quantiles(waits, n=100, method="inclusive")[-1]


def _act(desk: _Desk, seconds: float) -> float:
    """A bulk action that tags, assigns and resolves; ended where it is when the time is over."""
    wanted = {"fields": {"status": "resolved", "assignee_id": desk.bed.user_id}, "labels": {"add": [_LABEL]}}
    made = ask(desk.chatwoot("POST", "bulk_actions", {"type": "Conversation", "ids": desk.numbers, **wanted})).json()
    began, state = time.perf_counter(), made
    while state["state"] != "done" and time.perf_counter() - began < seconds:
        time.sleep(0.2)
        state = ask(desk.chatwoot("GET", f"bulk_actions/{made['id']}")).json()
        desk.seen = state["done"] + state["failed"]
    took = time.perf_counter() - began
    desk.execute(f"UPDATE bulk_actions SET state = 'done' WHERE tenant_id = {desk.bed.tenant_id}")
    if state["failed"]:
        raise RuntimeError(f"the bulk action failed: {state['failures'][:3]}")
    return float(desk.seen) / took


def _drop_team(desk: _Desk, _seconds: float) -> float:
    """The team that all targets have is deleted."""
    team = ask(desk.chatwoot("POST", "teams", {"name": _TEAM})).json()["id"]
    few = f"tenant_id = {desk.bed.tenant_id} AND number <= {desk.numbers[-1]}"
    desk.execute(f"UPDATE conversations SET team_id = {team} WHERE {few}", "VACUUM ANALYZE conversations")
    began = time.perf_counter()
    ask(desk.chatwoot("DELETE", f"teams/{team}"))
    return len(desk.numbers) / (time.perf_counter() - began)


def _merge(desk: _Desk, _seconds: float) -> float:
    """A contact with all targets is merged into another."""
    contacts = [ask(desk.chatwoot("POST", "contacts", {"name": name})).json()["payload"]["contact"]["id"] for name in ("Stays", "Goes")]
    few = f"tenant_id = {desk.bed.tenant_id} AND number <= {desk.numbers[-1]}"
    desk.execute(f"UPDATE conversations SET contact_id = {contacts[1]} WHERE {few}", "VACUUM ANALYZE conversations")
    began = time.perf_counter()
    ask(desk.chatwoot("POST", "actions/contact_merge", {"base_contact_id": contacts[0], "mergee_contact_id": contacts[1]}))
    return len(desk.numbers) / (time.perf_counter() - began)


_WORKS = (
    _Work("bulk action", _act, _Desk.soon),
    _Work("deleting a team", _drop_team, _Desk.any_target),
    _Work("merging two contacts", _merge, _Desk.any_target),
)
