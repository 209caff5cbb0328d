"""Line 18: ten times the data. First pages, deep pages and counts cost what they cost before; of the rest, what breaks first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from parley.transfer.demo.scale import COMMON, MEDIUM, RARE

from . import chatwoot, explain, servers
from .bed import Bed
from .bench import Bench
from .client import Ask, ask
from .depth import PAGE, PER_PAGE, last_page
from .report import Measurement
from .rounds import interleaved, latencies, latency, medians, ratio

TIMES, TARGET = 10, 1.5


def measure(bench: Bench) -> Iterator[Measurement]:
    with bench.tenfold() as large, servers.ours(large.dsn) as ours, servers.ours(bench.bed.dsn) as other:
        deep = {status: _deep(bench.bed, other.port, status) for status in ("open", "all")}
        wanted = _promised(large, ours.port, deep), _promised(bench.bed, other.port, deep)
        for name in wanted[0]:
            yield _compared(bench, name, wanted[0][name], wanted[1][name], large)
        yield from _breaks_first(bench, large, _others(large, ours.port), _others(bench.bed, other.port))
    detail = f"{bench.bed.bytes_on_disk / 1e9:.1f} GB at {bench.bed.scale:,}"
    yield Measurement(18, "on disk", large.bytes_on_disk / 1e9, "GB", detail=detail)


def _compared(bench: Bench, name: str, large: Ask, small: Ask, bed: Bed) -> Measurement:
    sizes = ask(large).size, ask(small).size
    cost = interleaved(bench.rounds, {"large": latency(large, bench.times), "small": latency(small, bench.times)})
    middle = medians(cost)
    detail = (
        f"{1000 * middle['large']:.1f} ms at {bed.scale:,}, {1000 * middle['small']:.1f} ms at {bench.bed.scale:,}; "
        f"{sizes[0]:,} and {sizes[1]:,} bytes"
    )
    return Measurement(18, f"{name}: large / small", ratio(cost, "large", "small"), target=TARGET, detail=detail)


def _deep(bed: Bed, port: int, status: str) -> int:
    """Page 1000, or the last whole page of the smaller data where there are fewer."""
    counted: int = ask(bed.chatwoot(port, f"status={status}", meta=True)).json()["meta"]["all_count"]
    return max(1, min(PAGE, counted // PER_PAGE))


def _promised(bed: Bed, port: int, deep: dict[str, int]) -> dict[str, Ask]:
    """What is to stay as it is."""
    wanted = {
        "DevRev, first page by stage": bed.page(port),
        "DevRev, first page": bed.devrev(port, "/conversations.list", {"limit": 50}),
        "DevRev, last page": last_page(bed, port),
    }
    for status, page in deep.items():
        wanted[f"Chatwoot, status={status}"] = bed.chatwoot(port, f"status={status}")
        wanted[f"Chatwoot, status={status}, page={page}"] = bed.chatwoot(port, f"status={status}&page={page}")
    for status in ("open", "all"):
        for name, as_agent in (("administrator", False), ("agent", True)):
            wanted[f"counts, status={status}, {name}"] = bed.chatwoot(port, f"status={status}", meta=True, as_agent=as_agent)
    return wanted


def _others(bed: Bed, port: int) -> dict[str, Ask]:
    """What else is asked of a big tenant."""
    counted = ask(bed.chatwoot(port, "status=all", meta=True)).json()["meta"]["all_count"]
    wanted = {"last page by its number": bed.chatwoot(port, f"status=all&page={counted // PER_PAGE}")}
    for order in ("created_at_asc", "priority_desc", "waiting_since_asc"):
        wanted[f"list by {order}"] = bed.chatwoot(port, f"status=open&sort_by={order}")
    for name, word in (("rare", RARE), ("medium", MEDIUM), ("common", COMMON)):
        wanted[f"list, q={name} word"] = bed.chatwoot(port, f"q={word}")
        wanted[f"counts, q={name} word"] = bed.chatwoot(port, f"q={word}", meta=True)
        wanted[f"search.core, {name} word"] = bed.devrev(port, "/search.core", {"query": word, "namespaces": ["conversation"]})
    wanted["list of a label"] = bed.chatwoot(port, "status=all&labels[]=billing")
    for key, how, value in (("labels", "equal_to", "billing"), ("tier", "equal_to", "gold"), ("referer", "contains", "item/9"),
                            ("created_at", "days_before", 30), ("priority", "equal_to", ["urgent"])):  # fmt: skip
        wanted[f"filter by {key}"] = chatwoot.filtered(bed, port, key, how, value)
    now = datetime.now(UTC)
    for days in (7, 30):
        span = f"type=account&since={int((now - timedelta(days=days)).timestamp())}&until={int(now.timestamp())}"
        wanted[f"report's summary of {days} days"] = chatwoot.get(bed, port, f"reports/summary?{span}", version="v2")
    return wanted | {
        "contacts": chatwoot.get(bed, port, "contacts"),
        "contacts by name": chatwoot.get(bed, port, "contacts?sort=name"),
        "search of contacts": chatwoot.get(bed, port, "contacts/search?q=smith"),
        "search of everything": chatwoot.get(bed, port, f"search?q={MEDIUM}"),
        "export of 100": bed.export(port, 100),
    }


def _breaks_first(bench: Bench, bed: Bed, large: dict[str, Ask], small: dict[str, Ask]) -> Iterator[Measurement]:
    """How each other request grows, the dearest first; that one with the plan of its slowest statement."""
    cost: dict[str, tuple[float, float]] = {}
    for name in large:
        bench.say(f"{name} ...")
        found = latencies({"large": large[name], "small": small[name]}, rounds=2, times=TIMES)
        cost[name] = found["large"], found["small"]
    order = sorted(cost, key=lambda name: -cost[name][0])
    for name in order:
        one, other = cost[name]
        detail = f"{1000 * one:.1f} ms against {1000 * other:.1f} ms"
        plan = explain.slowest(bed, large[name]) if name == order[0] else ""
        yield Measurement(18, f"{name}: large / small", one / other, detail=detail, plan=plan)
