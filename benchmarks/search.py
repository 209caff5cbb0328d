"""Line 5, first half: pages and counts under `q`, in units of the baseline's page, without reading the messages through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from statistics import median

from parley.actions.context import Context
from parley.chatwoot.page import read_page
from parley.domain.filters import ConversationFilter
from parley.server import config
from parley.server.asgi import open_context
from parley.store import control, principals, search
from parley.store.database import snapshot, vary_plans
from parley.store.order import PAGE_ORDERS
from parley.transfer.demo.scale import COMMON, MEDIUM, RARE

from . import inserts
from .bed import Bed
from .bench import Bench
from .client import ask
from .report import Measurement
from .rounds import interleaved, latency, medians

WORDS = {"rare": RARE, "medium": MEDIUM, "common": COMMON}
_TABLES = ("messages", "search_chunks", "conversations")


def measure(bench: Bench) -> Iterator[Measurement]:
    bed = bench.bed
    with bench.both() as (ours, baseline):
        scans = _scans(bed)
        cost = _costs(bench, ours.port, baseline.port)
        found = {name: ask(bed.chatwoot(ours.port, f"q={word}", meta=True)).json()["meta"]["all_count"] for name, word in WORDS.items()}
        yield from _pages(cost, found)
        others = ", ".join(f"{name} {cost[f'{name} counts'] / cost['unit']:.2f}" for name in ("rare", "medium"))
        detail = f"{1000 * cost['common counts']:.0f} ms over HTTP; {others}"
        yield Measurement(
            5, "exact counts, common word, in baseline pages", cost["common counts"] / cost["unit"], target=250, detail=detail
        )
        yield _scanned(scans, _scans(bed))
    yield _exact(bench, found)
    yield from inserts.measure(bench)


def _costs(bench: Bench, ours: int, baseline: int) -> dict[str, float]:
    """Seconds of everything compared here, taken in turns; ``unit`` is the baseline's page."""
    bed, times = bench.bed, max(3, bench.times // 6)
    measures: dict[str, Callable[[], float]] = {"unit": latency(bed.page(baseline), bench.times)}
    for name, word in WORDS.items():
        measures[f"{name} page"] = _page_cost(bed, word, times)
        measures[f"{name} counts"] = latency(bed.chatwoot(ours, f"q={word}", meta=True), times)
        measures[f"{name} list"] = latency(bed.chatwoot(ours, f"q={word}"), times)
    return medians(interleaved(max(2, bench.rounds - 2), measures))


def _pages(cost: dict[str, float], found: dict[str, int]) -> Iterator[Measurement]:
    unit = cost["unit"]
    for name, word in WORDS.items():
        seconds, whole = cost[f"{name} page"], cost[f"{name} list"] / unit
        detail = (
            f"q={word}: {found[name]:,} conversations, {1000 * seconds:.0f} ms; the unit is {1000 * unit:.1f} ms;"
            f" over HTTP with counts {whole:.1f} x"
        )
        yield Measurement(5, f"page of results, {name} word, in baseline pages", seconds / unit, target=20, detail=detail)


def _scanned(before: dict[str, int], after: dict[str, int]) -> Measurement:
    grown = {table: after[table] - before[table] for table in _TABLES}
    detail = "pg_stat_user_tables.seq_scan over all of the above: " + ", ".join(f"{table} {count}" for table, count in grown.items())
    return Measurement(5, "sequential scans of messages and chunks", grown["messages"] + grown["search_chunks"], "", 0, detail=detail)


def _page_cost(bed: Bed, word: str, times: int) -> Callable[[], float]:
    """Seconds of a page of results without counts, from the token to the rows."""

    async def run() -> float:
        context = await open_context(config.load({"PARLEY_DATABASE_URL": bed.dsn}))
        try:
            await _page(context, bed.token, word)
            return median([await _page(context, bed.token, word) for _ in range(times)])
        finally:
            await context.database.close()

    return lambda: asyncio.run(run())


async def _page(context: Context, token: str, word: str) -> float:
    started = time.perf_counter()
    asked = ConversationFilter(message_text=word)
    async with context.database.control() as connection, snapshot(connection, vary=False):
        found = await control.find_caller(connection, token)
        assert found is not None
        caller = await principals.get_principal(connection, found)
        assert caller is not None
        await vary_plans(connection)
        page = await search.page_numbers(connection, caller, asked, PAGE_ORDERS["last_activity_at_desc"], limit=25, budget_s=60)
        await read_page(connection, caller, page.numbers)
    return time.perf_counter() - started


def _scans(bed: Bed) -> dict[str, int]:
    time.sleep(1.5)  # sessions report their statistics once a second
    rows = bed.fetch("SELECT relname::text AS name, seq_scan FROM pg_stat_user_tables WHERE relname = ANY ($1)", list(_TABLES))
    return {row["name"]: row["seq_scan"] for row in rows}


def _exact(bench: Bench, found: dict[str, int]) -> Measurement:
    """The counts against reading every message of the tenant."""
    wrong = {}
    for name, word in WORDS.items():
        bench.say(f"counting {word!r} by reading every message ...")
        rows = bench.bed.fetch(
            "SELECT count(DISTINCT m.conversation_number) AS total FROM messages m WHERE m.tenant_id = $1"
            " AND m.kind IN ('incoming', 'outgoing') AND m.visibility <> 'private' AND m.body ILIKE $2",
            bench.bed.tenant_id,
            f"%{word}%",
        )
        if rows[0]["total"] != found[name]:
            wrong[name] = (found[name], rows[0]["total"])
    return Measurement(5, "counts that differ from reading every message", len(wrong), "", 0, detail=str(wrong or found))
