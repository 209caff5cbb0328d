"""Line 13: how much longer the slowest answers take than the usual one, and whether a slow export holds up the lists."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from . import crowd, export, servers
from .bed import Bed
from .bench import Bench
from .client import Ask, Connection
from .report import Measurement
from .rounds import interleaved, medians, ratio

MANY, FEW = 32, 8
PACE, _BEGINS_S = 4e6, 60.0
"""Bytes per second of the slow reader, and how long the export may take to begin."""


def measure(bench: Bench) -> Iterator[Measurement]:
    with servers.ours(bench.bed.dsn) as server:
        page = bench.bed.page(server.port)
        crowd.ask_for(2.0, [[page]] * FEW)  # warm: every connection of the pool is open, and what can be ready is
        yield _spread(bench, page)
        yield from _beside(bench, page)


def _spread(bench: Bench, page: Ask) -> Measurement:
    came = [_crowded(bench, page, MANY) for _ in range(bench.rounds)]
    ratios = [one.wait_s(0.99) / one.wait_s(0.5) for one in came]
    p50, p99 = (1000 * median(one.wait_s(share) for one in came) for share in (0.5, 0.99))
    answers = sum(len(one.waits_s) for one in came)
    detail = f"{p99:.0f} against {p50:.0f} ms, {MANY} connections, {answers:,} answers in {bench.rounds} rounds (own client)"
    return Measurement(13, f"p99 / p50 of the list at {MANY} connections", median(ratios), target=5, detail=detail)


def _beside(bench: Bench, page: Ask) -> Iterator[Measurement]:
    def alone() -> float:
        return _crowded(bench, page, FEW).wait_s(0.99)

    def beside(pace: float) -> float:
        with exporting(bench.bed, page.port, pace):
            return alone()

    waits = interleaved(bench.rounds, {"slow": lambda: beside(PACE), "alone": alone, "fast": lambda: beside(math.inf)})
    middle = medians(waits)
    for name, what, target in (("slow", "a slow export", 1.5), ("fast", "exports read as fast as they come", None)):
        detail = f"{1000 * middle[name]:.0f} against {1000 * middle['alone']:.0f} ms, {FEW} connections; {export.FIRST:,}"
        detail += f" read at {PACE / 1e6:.0f} MB/s" if target else ", and again"
        yield Measurement(13, f"p99 of the list beside {what} / alone", ratio(waits, name, "alone"), target=target, detail=detail)


def _crowded(bench: Bench, page: Ask, connections: int) -> crowd.Came:
    return crowd.ask_for(2 * bench.seconds, [[page]] * connections)


@contextmanager
def exporting(bed: Bed, port: int, pace: float) -> Iterator[None]:
    """An export that is being read at so many bytes per second at most, and another after it, for the block."""
    with Connection(port) as connection:
        begun, over = threading.Event(), threading.Event()

        def read() -> None:
            try:
                while True:
                    due = time.monotonic()
                    for piece in connection.pieces(bed.export(port, export.FIRST).wire()):
                        begun.set()
                        due += len(piece) / pace
                        if over.wait(max(0.0, due - time.monotonic())):
                            return
            finally:
                over.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        if not begun.wait(_BEGINS_S):
            raise RuntimeError("the export did not begin")
        try:
            yield
            if over.is_set():
                raise RuntimeError("the reader of the export failed")
        finally:
            over.set()
            reader.join(_BEGINS_S)
