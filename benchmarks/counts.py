"""Line 16: the four counts of Chatwoot's lists, in the baseline's pages; what words cost in them is line 5's."""

from __future__ import annotations

from collections.abc import Iterator

from .bench import Bench
from .client import ask
from .report import Measurement
from .rounds import latencies


def measure(bench: Bench) -> Iterator[Measurement]:
    bed = bench.bed
    with bench.both() as (ours, baseline):
        requests = {"": bed.page(baseline.port)}
        for status in ("open", "all"):
            for name, as_agent in (("administrator", False), ("agent", True)):
                requests[f"{name}, status={status}"] = bed.chatwoot(ours.port, f"status={status}", meta=True, as_agent=as_agent)
        found = {name: ask(one).json()["meta"]["all_count"] for name, one in requests.items() if name}
        cost = latencies(requests, rounds=bench.rounds, times=bench.times)
    for name, total in found.items():
        detail = f"{1000 * cost[name]:.1f} ms to count {total:,}; the unit is {1000 * cost['']:.1f} ms"
        yield Measurement(16, f"four counts, {name}, in baseline pages", cost[name] / cost[""], target=0.3, detail=detail)
