"""Many connections at once on one event loop, in a process of its own: how many answers came, and how long each took.

wrk is lighter, but it asks one thing again and again, and its percentiles are corrected for requests that it never sent; these are
of the answers that came, from the request's last byte to the answer's.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from time import perf_counter
from typing import Any, cast

import uvloop

from .client import Ask, Unexpected
from .servers import ROOT

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Came:
    """What came, as one saw it from outside. ``waits_s`` goes from the shortest to the longest, ``bytes`` counts bodies."""

    seconds: float
    waits_s: Sequence[float]
    bytes: int

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.waits_s) / self.seconds

    def wait_s(self, share: float) -> float:
        """The wait that this share of the answers did not exceed: 0.5 for the median."""
        return self.waits_s[max(0, ceil(share * len(self.waits_s)) - 1)]


def ask_all(requests: Sequence[Ask], *, connections: int) -> Came:
    """Every request once; each connection takes the next that nobody has taken. Raises RuntimeError when one failed."""
    return _run({"port": requests[0].port, "wires": _wires(requests), "connections": connections})


def ask_for(seconds: float, lanes: Sequence[Sequence[Ask]]) -> Came:
    """A connection for each lane, which goes round its own requests. Raises RuntimeError when one failed."""
    return _run({"port": lanes[0][0].port, "lanes": [_wires(lane) for lane in lanes], "seconds": seconds})


def _wires(requests: Sequence[Ask]) -> list[str]:
    return [request.wire().decode() for request in requests]


def _run(given: dict[str, Any]) -> Came:
    command = [sys.executable, "-m", "benchmarks.crowd"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=_LONGEST_S)
    if done.returncode != 0:
        raise RuntimeError(f"a connection failed:\n{done.stderr[-2000:]}")
    return Came(**json.loads(done.stdout))


class One(asyncio.Protocol):
    """A connection that asks until its requests or its time end; ``over`` then has a result, or what went wrong."""

    def __init__(self, wires: Iterator[bytes], until: float) -> None:
        self._wires, self._until = wires, until
        self._head, self._missing = b"", -1
        self.waits: list[float] = []
        self.bytes = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._head += data
            head, mark, body = self._head.partition(b"\r\n\r\n")
            if not mark:
                return
            length = _LENGTH.search(head)
            if length is None or not head.startswith(b"HTTP/1.1 2"):
                self._end(Unexpected(self._head[:500].decode(errors="replace")))
                return
            self._missing = int(length[1]) - len(body)
            self.bytes += int(length[1])
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self.waits.append(perf_counter() - self._asked)
            self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or Unexpected("the server closed the connection"))

    def _go_on(self) -> None:
        wire = next(self._wires, None) if perf_counter() < self._until else None
        if wire is None:
            self._end(None)
            return
        self._head, self._missing = b"", -1
        self._transport.write(wire)
        self._asked = perf_counter()

    def _end(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(error) if error else self.over.set_result(None)
            self._transport.close()


async def main(given: dict[str, Any]) -> Came:
    began = perf_counter()
    if "lanes" in given:
        lanes: list[Iterator[bytes]] = [cycle([wire.encode() for wire in lane]) for lane in given["lanes"]]
    else:
        lanes = [iter([wire.encode() for wire in given["wires"]])] * given["connections"]
    until = began + given.get("seconds", float("inf"))
    loop = asyncio.get_running_loop()
    ones = [(await loop.create_connection(lambda lane=lane: One(lane, until), "127.0.0.1", given["port"]))[1] for lane in lanes]  # type: ignore[misc]
    await asyncio.gather(*(one.over for one in ones))
    waits = sorted(wait for one in ones for wait in one.waits)
    return Came(perf_counter() - began, waits, sum(one.bytes for one in ones))


if __name__ == "__main__":
    came = uvloop.run(main(json.load(sys.stdin)))
    print(json.dumps({"seconds": came.seconds, "waits_s": came.waits_s, "bytes": came.bytes}))
