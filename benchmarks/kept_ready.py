"""Line 12: lists whose bodies are ready, and lists of which nothing is, on both wires, against the baseline and a fixed body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from . import agreement, captured, cold_pages, cpu, crowd, pgbench, ready, servers, storm
from .bed import Bed
from .bench import Bench
from .client import Ask, ask
from .report import Measurement, shown, spread
from .rounds import interleaved, medians, ratio
from .servers import Server

CONNECTIONS, PAGE = 8, 50
_SETTINGS = {"chatwoot_page_size": str(PAGE)}
_BASELINE = "baseline"


def measure(bench: Bench) -> Iterator[Measurement]:
    dsn = bench.bed.dsn
    ready.require(dsn)
    ready.empty(dsn)
    with (
        servers.ours(dsn, **_SETTINGS) as ours,
        servers.ours(dsn, **_SETTINGS, **ready.OFF) as fresh,
        servers.baseline(dsn) as baseline,
    ):
        yield from agree(bench, ours, fresh)
        yield from warm(bench, ours, baseline)
        yield from python_cpu(bench, ours)
        yield from cold(bench, ours, fresh, baseline)


def pages(bed: Bed, port: int) -> dict[str, Ask]:
    """A page of 50 of each wire."""
    return {"DevRev": bed.page(port), "Chatwoot": bed.chatwoot(port, "status=open")}


def agree(bench: Bench, ours: Server, fresh: Server) -> Iterator[Measurement]:
    """What is served when all is ready, beside what a server says that encodes everything afresh."""
    kept = heat(bench.bed, ours)
    others = pages(bench.bed, fresh.port)
    for name, request in pages(bench.bed, ours.port).items():
        answer = ask(request)
        found = list(islice(agreement.differences(answer.json(), ask(others[name]).json()), 20))
        detail = f"{_count(answer.json())} conversations, {answer.size:,} bytes, {kept} bodies ready" + "".join(f"\n{x}" for x in found[:3])
        yield Measurement(12, f"{name}: differences between a warm answer and a fresh one", len(found), "", 0, detail=detail)


def heat(bed: Bed, ours: Server) -> int:
    """Reads the pages until what they show is ready; how many bodies are. Raises RuntimeError when none are kept."""
    kept = 0
    for _ in range(2):  # the second shows whether anything was left out the first time
        for request in pages(bed, ours.port).values():
            ask(request, keep=False)
        kept = ready.settle(bed.dsn)
    if not kept:
        raise RuntimeError("the lists were read, but nothing is kept in renderings")
    return kept


def warm(bench: Bench, ours: Server, baseline: Server) -> Iterator[Measurement]:
    requests = pages(bench.bed, ours.port)
    statements = {name: captured.statements_of(bench.bed.dsn, request, **_SETTINGS) for name, request in requests.items()}

    def storms(request: Ask) -> Callable[[], float]:
        return lambda: storm.rate(request, connections=CONNECTIONS, seconds=bench.seconds)

    def replays(name: str) -> Callable[[], float]:
        return lambda: pgbench.replay(bench.bed.dsn, statements[name], connections=CONNECTIONS, seconds=bench.seconds)

    measures = {name: storms(request) for name, request in requests.items()} | {_BASELINE: storms(bench.bed.page(baseline.port))}
    rates = interleaved(bench.rounds, measures | {f"{name} SQL": replays(name) for name in requests})
    middle = medians(rates)
    for name in requests:
        detail = (
            f"{middle[name]:.0f} against {middle[_BASELINE]:.0f} requests/s{_whose(name)} ({storm.generator()}, {CONNECTIONS} connections)"
        )
        yield Measurement(12, f"{name}: warm list / baseline", ratio(rates, name, _BASELINE), target=3, at_least=True, detail=detail)
    for name in requests:
        detail = (
            f"{len(statements[name])} statements, {middle[f'{name} SQL']:.0f} transactions/s; rounds of ours {spread(rates[name], '/s')}"
        )
        yield Measurement(
            12, f"{name}: warm list / pgbench with our SQL text", ratio(rates, name, f"{name} SQL"), at_least=True, detail=detail
        )


def python_cpu(bench: Bench, ours: Server) -> Iterator[Measurement]:
    """CPU of the process that answers, by page, against serving the same bytes from memory."""
    for name, request in pages(bench.bed, ours.port).items():
        body = ask(request).body
        with servers.fixed(body) as fixed:
            other = Ask(fixed.port, request.method, request.path, request.headers, request.body)
            cost = interleaved(
                bench.rounds,
                {"ours": lambda: _cpu_of(bench, ours, request), "fixed": lambda: _cpu_of(bench, fixed, other)},  # noqa: B023
            )
        middle = medians(cost)
        detail = f"{1000 * middle['ours']:.2f} against {1000 * middle['fixed']:.2f} ms of the worker's CPU by page of {len(body):,} bytes"
        yield Measurement(12, f"{name}: CPU of a warm page / of a fixed body", ratio(cost, "ours", "fixed"), target=9, detail=detail)


def _cpu_of(bench: Bench, server: Server, request: Ask) -> float:
    """Seconds of CPU by answer."""
    came: list[crowd.Came] = []
    seconds = cpu.during(server.worker, lambda: came.append(crowd.ask_for(bench.seconds, [[request]] * CONNECTIONS)))
    return seconds / len(came[0].waits_s)


def cold(bench: Bench, ours: Server, fresh: Server, baseline: Server) -> Iterator[Measurement]:
    """Each request is for a page that was not read since the table was emptied, so that the keeping is part of the cost."""
    wanted = max(5 * CONNECTIONS, round(30 * bench.seconds))
    bench.say(f"finding {wanted} pages of each wire that have nothing in common ...")
    walks = cold_pages.walks(bench.bed, fresh, ours, wanted)
    last: dict[str, crowd.Came] = {}
    kept: dict[str, int] = {}

    def goes(name: str, requests: list[Ask]) -> Callable[[], float]:
        def go() -> float:
            ready.empty(bench.bed.dsn)
            last[name] = crowd.ask_all(requests, connections=CONNECTIONS)
            kept[name] = ready.settle(bench.bed.dsn)
            return last[name].rate

        return go

    count = min(len(requests) for requests in walks.values())
    measures = {name: goes(name, requests[:count]) for name, requests in walks.items()}
    rates = interleaved(bench.rounds, measures | {_BASELINE: goes(_BASELINE, [bench.bed.page(baseline.port)] * count)})
    middle = medians(rates)
    for name in walks:
        detail = f"{middle[name]:.0f} against {middle[_BASELINE]:.0f} requests/s{_whose(name)}; {count} pages, {_sizes(last, name)}"
        detail += f"; {kept[name]:,} bodies of {count * PAGE:,} kept"
        yield Measurement(12, f"{name}: cold list / baseline", ratio(rates, name, _BASELINE), target=0.7, at_least=True, detail=detail)


def _sizes(last: Mapping[str, crowd.Came], name: str) -> str:
    one, other = (last[key].bytes / len(last[key].waits_s) / 1000 for key in (name, _BASELINE))
    return f"{shown(one)} against {shown(other)} KB each (own client)"


def _whose(name: str) -> str:
    return "" if name == "DevRev" else " of DevRev's JSON"


def _count(answer: Any) -> int:
    return len(answer["conversations"] if "conversations" in answer else answer["data"]["payload"])
