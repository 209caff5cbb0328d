"""Line 3: what the last page costs against the first, on both wires."""

from __future__ import annotations

from collections.abc import Iterator

from . import servers
from .bed import Bed
from .bench import Bench
from .client import Answer, Ask, ask
from .report import Measurement
from .rounds import latencies

PAGE, PER_PAGE = 1000, 25


def measure(bench: Bench) -> Iterator[Measurement]:
    bed = bench.bed
    with servers.ours(bed.dsn) as server:
        first = bed.devrev(server.port, "/conversations.list", {"limit": 50})
        last = last_page(bed, server.port)
        sizes = [_per_conversation(ask(one)) for one in (first, last)]
        cost = latencies({"first": first, "last": last}, rounds=bench.rounds, times=bench.times)
        detail = (
            f"{1000 * cost['first']:.1f} ms and {1000 * cost['last']:.1f} ms, forward by cursor over the whole tenant; "
            f"{sizes[0]:,.0f} and {sizes[1]:,.0f} bytes a conversation"
        )
        yield Measurement(3, "DevRev: last page / first page", cost["last"] / cost["first"], target=1.2, detail=detail)
        for status in ("open", "all"):
            yield _numbered(bench, server.port, status)


def last_page(bed: Bed, port: int) -> Ask:
    """The last whole page, reached by the forward cursor of the page before it."""
    end = ask(bed.devrev(port, "/conversations.list", {"limit": 50, "mode": "before"})).json()
    before = {"limit": 50, "mode": "before", "cursor": end["prev_cursor"]}
    cursor = ask(bed.devrev(port, "/conversations.list", before)).json()["next_cursor"]
    return bed.devrev(port, "/conversations.list", {"limit": 50, "mode": "after", "cursor": cursor})


def _per_conversation(answer: Answer) -> float:
    return answer.size / len(answer.json()["conversations"])


def _numbered(bench: Bench, port: int, status: str) -> Measurement:
    """Chatwoot's page 1000, or the last whole page where there are fewer."""
    bed = bench.bed
    counted = ask(bed.chatwoot(port, f"status={status}", meta=True)).json()["meta"]["all_count"]
    page = max(1, min(PAGE, counted // PER_PAGE))
    requests = {number: bed.chatwoot(port, f"status={status}&page={number}") for number in {1, page}}
    found = len(ask(requests[page]).json()["data"]["payload"])
    cost = latencies(requests, rounds=bench.rounds, times=bench.times)
    detail = f"{1000 * cost[1]:.1f} ms and {1000 * cost[page]:.1f} ms with counts; {found} on the page, {counted:,} in all"
    return Measurement(3, f"Chatwoot, status={status}: page={page} / page=1", cost[page] / cost[1], target=4, detail=detail)
