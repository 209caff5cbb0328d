"""Line 14: an export whose bodies are ready, against psql's COPY of the built JSON and of those bodies, and its memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from . import agreement, export, memory, ready, servers
from .bed import Bed
from .bench import Bench
from .client import Connection, ask
from .export import FIRST
from .report import Measurement, shown, spread
from .rounds import interleaved, medians, ratio
from .servers import Server

_SAMPLE, _MOST_EXPORTS = 500, 5


def measure(bench: Bench) -> Iterator[Measurement]:
    ready.require(bench.bed.dsn)
    with servers.ours(bench.bed.dsn) as server:
        yield from _memory(bench, server)
    with servers.ours(bench.bed.dsn) as server:
        _heat(bench.bed, server)
        with servers.ours(bench.bed.dsn, **ready.OFF) as fresh:
            yield _agree(bench.bed, server, fresh)
        yield from _speed(bench, server)


def _heat(bed: Bed, server: Server) -> None:
    """Exports until all of it is ready: of one export only so much is kept. Raises RuntimeError when it does not become so."""
    for _ in range(_MOST_EXPORTS):
        ask(bed.export(server.port, FIRST), keep=False)
        ready.settle(bed.dsn)
        (row,) = bed.fetch(f"SELECT count(*) AS total FROM ({bodies(bed)}) x")
        if row["total"] == _wanted(bed):
            bed.fetch("ANALYZE renderings")  # for COPY's plan
            return
    raise RuntimeError(f"after {_MOST_EXPORTS} exports of {_wanted(bed):,} only {row['total']:,} bodies are ready")


def _wanted(bed: Bed) -> int:
    (row,) = bed.fetch("SELECT count(*) AS total FROM conversations c WHERE c.tenant_id = $1", bed.tenant_id)
    return min(FIRST, int(row["total"]))


def bodies(bed: Bed) -> str:
    """A statement for the ready bodies of the first conversations, in the order of an export."""
    return f"""
SELECT convert_from(r.body, 'UTF8') AS json FROM (
  SELECT c.number, c.modified_at FROM conversations c WHERE c.tenant_id = {bed.tenant_id}
  ORDER BY c.modified_at DESC, c.number DESC LIMIT {FIRST}) p
JOIN renderings r ON r.tenant_id = {bed.tenant_id} AND r.conversation_number = p.number AND r.wire = '{ready.BETA}'
ORDER BY p.modified_at DESC, p.number DESC"""


def _agree(bed: Bed, server: Server, fresh: Server) -> Measurement:
    ours, theirs = (ask(bed.export(one.port, _SAMPLE)) for one in (server, fresh))
    found = list(islice(agreement.differences(ours.json(), theirs.json()), 20))
    detail = f"the first {_SAMPLE}, {ours.size:,} bytes" + "".join(f"\n{line}" for line in found[:3])
    return Measurement(14, "differences between a ready export and a fresh one", len(found), "", 0, detail=detail)


def _speed(bench: Bench, server: Server) -> Iterator[Measurement]:
    bed, sizes = bench.bed, []

    def ours() -> float:
        answer = ask(bed.export(server.port, FIRST), keep=False)
        sizes.append(answer.size)
        return answer.total_s

    def copies(statement: str) -> Callable[[], float]:
        return lambda: export.copy_out(bed, statement)[1]

    seconds = interleaved(bench.rounds, {"ours": ours, "built": copies(export.built(bed, FIRST)), "ready": copies(bodies(bed))})
    middle, megabytes = medians(seconds), sizes[0] / 1e6
    rates = {name: megabytes / value for name, value in middle.items()}
    for name, what, target in (("built", "COPY of the built JSON", 2.0), ("ready", "COPY of the ready bodies", 0.6)):
        detail = (
            f"{rates['ours']:.0f} against {rates[name]:.0f} MB/s, both over our {megabytes:.0f} MB; ours {spread(seconds['ours'], 's')}"
        )
        yield Measurement(14, f"ready export / psql {what}", ratio(seconds, name, "ours"), target=target, at_least=True, detail=detail)


def _memory(bench: Bench, server: Server) -> Iterator[Measurement]:
    """The peak over what there was after some lists: while bodies are encoded and kept, while they are ready, and for a slow reader."""
    bed = bench.bed
    ready.empty(bed.dsn)
    with Connection(server.port) as connection:
        for _ in range(10):
            connection.ask(bed.page(server.port).wire(), keep=False)
    worker = server.worker
    before = memory.resident(worker)
    rises = {"cold": export.rise(bed, server, worker, before, FIRST)}
    ready.settle(bed.dsn)
    rises["cold, until all is kept"] = (memory.peak_resident(worker) - before) / memory.MB
    _heat(bed, server)
    rises["ready"] = export.rise(bed, server, worker, before, FIRST)
    rises["ready, slow reader"] = export.rise(bed, server, worker, before, FIRST, pause_s=0.02)
    detail = f"from {before / memory.MB:.0f} MB; " + ", ".join(f"{name}: {shown(rise)}" for name, rise in rises.items())
    yield Measurement(14, "rise of the server's peak memory", max(rises.values()), "MB", 32, detail=detail)
