"""Line 1: requests per second of the DevRev list, against PostgreSQL building the same JSON, and against pgbench alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from . import agreement, captured, pgbench, storm
from .bench import Bench
from .client import ask
from .report import Measurement, spread
from .rounds import interleaved, medians, ratio

CONNECTIONS = 8


def measure(bench: Bench) -> Iterator[Measurement]:
    with bench.both() as (ours, baseline):
        answer, other = ask(bench.bed.page(ours.port)), ask(bench.bed.page(baseline.port))
        found = list(islice(agreement.differences(answer.json(), other.json()), 20))
        detail = f"{len(answer.json()['conversations'])} conversations, {answer.size:,} bytes" + "".join(f"\n{line}" for line in found[:3])
        yield Measurement(1, "differences between our JSON and the baseline's", len(found), "", 0, detail=detail)
        statements = captured.statements_of(bench.bed.dsn, bench.bed.page(0))
        rates = interleaved(
            bench.rounds,
            {
                "ours": lambda: storm.rate(bench.bed.page(ours.port), connections=CONNECTIONS, seconds=bench.seconds),
                "baseline": lambda: storm.rate(bench.bed.page(baseline.port), connections=CONNECTIONS, seconds=bench.seconds),
                "pgbench": lambda: pgbench.replay(bench.bed.dsn, statements, connections=CONNECTIONS, seconds=bench.seconds),
            },
        )
    middle = medians(rates)
    detail = f"{middle['ours']:.0f} against {middle['baseline']:.0f} requests/s ({storm.generator()}, {CONNECTIONS} connections)"
    yield Measurement(1, "ours / baseline", ratio(rates, "ours", "baseline"), target=0.7, at_least=True, detail=detail)
    detail = f"{len(statements)} statements, {middle['pgbench']:.0f} transactions/s; rounds of ours {spread(rates['ours'], '/s')}"
    yield Measurement(1, "ours / pgbench with our SQL text", ratio(rates, "ours", "pgbench"), at_least=True, detail=detail)
