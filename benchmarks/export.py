"""Line 2: how fast an export streams against psql's COPY of the same JSON, and what it costs in memory."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from parley.domain.principals import Principal, Ref, Tenant

from . import agreement, baseline, memory, pgbench, servers
from .bed import Bed
from .bench import Bench
from .client import Connection, ask
from .report import Measurement, shown, spread
from .rounds import interleaved, medians, ratio
from .servers import Server

FIRST = 5000
_SAMPLE = 500


def measure(bench: Bench) -> Iterator[Measurement]:
    with servers.ours(bench.bed.dsn) as server:
        yield _agree(bench.bed, server)
        yield from _speed(bench, server)
    with servers.ours(bench.bed.dsn) as server:
        yield from _memory(bench, server)


def _agree(bed: Bed, server: Server) -> Measurement:
    ours = ask(bed.export(server.port, _SAMPLE)).json()["conversations"]
    lines = copy_out(bed, built(bed, _SAMPLE), keep=True)[0].splitlines()
    theirs = [json.loads(line) for line in lines]
    found = list(islice(agreement.differences(ours, theirs), 20))
    detail = f"the first {len(ours)} conversations" + "".join(f"\n{line}" for line in found[:3])
    return Measurement(2, "differences between our JSON and COPY's", len(found), "", 0, detail=detail)


def _speed(bench: Bench, server: Server) -> Iterator[Measurement]:
    bed, first_bytes, sizes = bench.bed, [], []

    def ours() -> float:
        answer = ask(bed.export(server.port, FIRST), keep=False)
        first_bytes.append(answer.first_byte_s / answer.total_s)
        sizes.append(answer.size)
        return answer.total_s

    seconds = interleaved(bench.rounds, {"ours": ours, "copy": lambda: copy_out(bed, built(bed, FIRST))[1]})
    middle, megabytes = medians(seconds), sizes[0] / 1e6
    rates = {name: megabytes / value for name, value in middle.items()}
    detail = f"{rates['ours']:.1f} against {rates['copy']:.1f} MB/s, both over our {megabytes:.0f} MB; ours {spread(seconds['ours'], 's')}"
    yield Measurement(2, "ours / psql COPY of the same JSON", ratio(seconds, "copy", "ours"), target=0.6, at_least=True, detail=detail)
    yield Measurement(2, "first byte, share of the whole time", max(first_bytes), target=0.1, detail="the worst round")


def copy_out(bed: Bed, statement: str, *, keep: bool = False) -> tuple[bytes, float]:
    """What psql's COPY of the column `json` of a statement gives (empty unless kept), and its seconds."""
    command: list[str | Path] = [
        pgbench.program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--dbname",
        bed.dsn,
        "--command",
        # JSON holds no raw control characters, and a ready body none but the first, so these two turn off CSV's quoting.
        rf"COPY (SELECT x.json FROM ({statement}) x) TO STDOUT (FORMAT csv, QUOTE e'\x03', DELIMITER e'\x02')",
    ]
    options = f"{pgbench.session('parley_app')} -c parley.tenant_id={bed.tenant_id}"
    started = time.perf_counter()
    with subprocess.Popen(command, env=os.environ | {"PGOPTIONS": options}, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout
        said = []
        while piece := process.stdout.read(1 << 18):
            if keep:
                said.append(piece)
    if process.returncode != 0:
        raise RuntimeError("psql failed")
    return b"".join(said), time.perf_counter() - started


def built(bed: Bed, first: int) -> str:
    """The statement in which PostgreSQL builds an export of so many."""
    principal = Principal(Tenant(bed.tenant_id, bed.slug, ""), Ref("user", bed.user_id))
    text = baseline.statement()
    for number, value in reversed(list(enumerate(baseline.parameters(principal, None, first, with_changes=True), 1))):
        text = text.replace(f"${number}", "NULL" if value is None else "'" + pgbench.literal(value) + "'")
    return text


def _memory(bench: Bench, server: Server) -> Iterator[Measurement]:
    """The peak of the process that answers, from a server that has answered lists only."""
    with Connection(server.port) as connection:
        for _ in range(10):
            connection.ask(bench.bed.page(server.port).wire(), keep=False)
    worker = server.worker
    before = memory.resident(worker)
    rises = {f"first={first}": rise(bench.bed, server, worker, before, first) for first in (50, 500, FIRST)}
    rises["first=5000, slow reader"] = rise(bench.bed, server, worker, before, FIRST, pause_s=0.02)
    detail = f"from {before / memory.MB:.0f} MB; " + ", ".join(f"{name}: {shown(rise)}" for name, rise in rises.items())
    yield Measurement(2, "rise of the server's peak memory", max(rises.values()), "MB", 32, detail=detail)


def rise(bed: Bed, server: Server, worker: int, before: int, first: int, *, pause_s: float = 0.0) -> float:
    """Megabytes of the worker's peak during an export over what it had before."""
    memory.forget_peak(worker)
    with Connection(server.port) as connection:
        connection.ask(bed.export(server.port, first).wire(), keep=False, pause_s=pause_s)
    return (memory.peak_resident(worker) - before) / memory.MB
