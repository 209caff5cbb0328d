"""Line 13: how much longer the slowest answers take than the usual one, and whether a slow export holds up the lists."""

from __future__ import annotations

import threading
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
_PAUSE_S, _BEGINS_S = 0.02, 60.0


def measure(bench: Bench) -> Iterator[Measurement]:
    with servers.ours(bench.bed.dsn) as server:
        page = bench.bed.page(server.port)
        crowd.ask_for(2.0, [[page]] * FEW)  # warm: every connection of the pool is open, and what can be ready is
        yield _spread(bench, page)
        yield _beside(bench, page)


def _spread(bench: Bench, page: Ask) -> Measurement:
    came = [_crowded(bench, page, MANY) for _ in range(bench.rounds)]
    ratios = [one.wait_s(0.99) / one.wait_s(0.5) for one in came]
    p50, p99 = (1000 * median(one.wait_s(share) for one in came) for share in (0.5, 0.99))
    answers = sum(len(one.waits_s) for one in came)
    detail = f"{p99:.0f} against {p50:.0f} ms, {MANY} connections, {answers:,} answers in {bench.rounds} rounds (own client)"
    return Measurement(13, f"p99 / p50 of the list at {MANY} connections", median(ratios), target=5, detail=detail)


def _beside(bench: Bench, page: Ask) -> Measurement:
    def alone() -> float:
        return _crowded(bench, page, FEW).wait_s(0.99)

    def beside() -> float:
        with slow_export(bench.bed, page.port):
            return alone()

    waits = interleaved(bench.rounds, {"beside": beside, "alone": alone})
    middle = medians(waits)
    detail = f"{1000 * middle['beside']:.0f} against {1000 * middle['alone']:.0f} ms, {FEW} connections; the reader of"
    detail += f" {export.FIRST:,} pauses {1000 * _PAUSE_S:.0f} ms after each piece"
    return Measurement(13, "p99 of the list beside a slow export / alone", ratio(waits, "beside", "alone"), target=1.5, detail=detail)


def _crowded(bench: Bench, page: Ask, connections: int) -> crowd.Came:
    return crowd.ask_for(2 * bench.seconds, [[page]] * connections)


@contextmanager
def slow_export(bed: Bed, port: int) -> Iterator[None]:
    """An export that is being read slowly, and another after it, for the block."""
    with Connection(port) as connection:
        begun, over = threading.Event(), threading.Event()

        def read() -> None:
            try:
                while not over.is_set():
                    for _ in connection.pieces(bed.export(port, export.FIRST).wire(), pause_s=_PAUSE_S):
                        begun.set()
                        if over.is_set():
                            return
            finally:
                over.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        if not begun.wait(_BEGINS_S):
            raise RuntimeError("the export did not begin")
        yield
        if over.is_set():
            raise RuntimeError("the slow reader failed")
        over.set()
        reader.join(_BEGINS_S)
