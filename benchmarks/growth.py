"""Line 4: what a first page costs with ten times the data, and what the counts of a big tenant cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import servers
from .bed import Bed
from .bench import Bench
from .client import Ask, ask
from .report import Measurement
from .rounds import latencies


def measure(bench: Bench) -> Iterator[Measurement]:
    with servers.ours(bench.bed.dsn) as server:
        yield from _growth(bench, server.port)
        for name, as_agent in (("administrator", False), ("agent", True)):
            yield from _counts(bench, server.port, name, as_agent)


def _growth(bench: Bench, port: int) -> Iterator[Measurement]:
    with bench.small() as small, servers.ours(small.dsn) as other:
        for name, ask_large, ask_small in (
            ("DevRev, by stage", bench.bed.page(port), small.page(other.port)),
            ("Chatwoot, status=open", bench.bed.chatwoot(port, "status=open"), small.chatwoot(other.port, "status=open")),
        ):
            cost = latencies({"large": ask_large, "small": ask_small}, rounds=bench.rounds, times=bench.times)
            sizes = ask(ask_large).size, ask(ask_small).size
            detail = (
                f"{1000 * cost['small']:.1f} ms at {small.scale:,}, {1000 * cost['large']:.1f} ms at {bench.bed.scale:,}; "
                f"{sizes[1]:,} and {sizes[0]:,} bytes"
            )
            yield Measurement(4, f"{name}: first page, large / small", cost["large"] / cost["small"], target=1.3, detail=detail)


def _counts(bench: Bench, port: int, name: str, as_agent: bool) -> Iterator[Measurement]:
    bed = bench.bed
    requests: dict[str, Ask] = {}
    for status in ("open", "all"):
        requests[f"{status} counts"] = bed.chatwoot(port, f"status={status}", meta=True, as_agent=as_agent)
        requests[f"{status} page"] = bed.chatwoot(port, f"status={status}", as_agent=as_agent)
    cost = latencies(requests, rounds=bench.rounds, times=bench.times)
    worst = max(("open", "all"), key=lambda status: cost[f"{status} counts"] / cost[f"{status} page"])
    detail = f"{1000 * cost[f'{worst} counts']:.1f} ms against {1000 * cost[f'{worst} page']:.1f} ms (status={worst})"
    ratio = cost[f"{worst} counts"] / cost[f"{worst} page"]
    yield Measurement(4, f"counts / page, as {name}", ratio, target=1.5, detail=detail)
    wrong = [status for status in ("open", "all") if ask(requests[f"{status} counts"]).json()["meta"] != _count_rows(bed, status, as_agent)]
    yield Measurement(4, f"counts that differ from a GROUP BY, as {name}", len(wrong), "", 0, detail=str(_count_rows(bed, "all", as_agent)))


def _count_rows(bed: Bed, status: str, as_agent: bool) -> dict[str, Any]:
    """The four counts from the rows themselves."""
    user = bed.agent_id if as_agent else bed.user_id
    rows = bed.fetch(
        """
        SELECT c.assignee_user_id AS assignee, count(*) AS total FROM conversations c
        WHERE c.tenant_id = $1 AND ($2 = 'all' OR c.status = $2)
          AND ($3::bigint IS NULL OR EXISTS (
            SELECT FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $3 AND i.inbox_id = c.inbox_id))
        GROUP BY c.assignee_user_id
        """,
        bed.tenant_id,
        status,
        user if as_agent else None,
    )
    totals = {row["assignee"]: row["total"] for row in rows}
    whole, none = sum(totals.values()), totals.get(None, 0)
    return {"mine_count": totals.get(user, 0), "assigned_count": whole - none, "unassigned_count": none, "all_count": whole}
