"""Line 15, its last part: what the database would weigh with every conversation ready, from a sample of some thousands."""

from __future__ import annotations

from . import bed as beds
from . import ready
from .bed import Bed
from .bench import Bench
from .client import Connection, ask
from .export import FIRST
from .report import Measurement
from .servers import Server

_PER_PAGE = 25


def measure(bench: Bench, server: Server, dsn: str) -> Measurement:
    """Every conversation of all tenants on two wires: the export's and Chatwoot's; the third is told beside it."""
    bed = bench.bed
    ready.empty(dsn)
    weights = {}
    for wire, read in ((ready.BETA, _export), (ready.CHATWOOT, _walk), (ready.DEVREV, _lists)):
        before = _size(dsn)
        read(bed, server.port)
        ready.settle(dsn)
        rows = ready.count(dsn, bed.tenant_id, wire)
        if not rows:
            raise RuntimeError(f"nothing is kept in renderings for {wire}")
        weights[wire] = (_size(dsn) - before) / rows, rows
    (row,) = beds.rows(
        dsn,
        "SELECT (SELECT count(*) FROM conversations) AS conversations,"
        " pg_database_size(current_database()) - pg_total_relation_size('renderings') AS size",
    )
    grown = {wire: weight * row["conversations"] / row["size"] for wire, (weight, _) in weights.items()}
    detail = ", ".join(f"{wire} {weight / 1000:.1f} KB a conversation ({rows:,} read)" for wire, (weight, rows) in weights.items())
    detail += f"; {row['size'] / 1e6:,.0f} MB without; extrapolated to all {row['conversations']:,};"
    detail += f" DevRev's public scope would add {grown[ready.DEVREV]:.2f}"
    value = 1 + grown[ready.BETA] + grown[ready.CHATWOOT]
    return Measurement(15, "size with all conversations ready on both wires / without", value, target=2, detail=detail)


def _size(dsn: str) -> int:
    """Bytes of the table with its index and what is stored beside its rows."""
    return int(beds.rows(dsn, "SELECT pg_total_relation_size('renderings') AS size")[0]["size"])


def _export(bed: Bed, port: int) -> None:
    ask(bed.export(port, FIRST), keep=False)


def _walk(bed: Bed, port: int) -> None:
    """Chatwoot's pages, the newest conversations first, as the export."""
    total = ask(bed.chatwoot(port, "status=all", meta=True)).json()["meta"]["all_count"]
    with Connection(port) as connection:
        for page in range(1, min(FIRST, total) // _PER_PAGE + 1):
            connection.ask(bed.chatwoot(port, f"status=all&page={page}").wire(), keep=False)


def _lists(bed: Bed, port: int) -> None:
    """A thousand conversations as DevRev's lists show them."""
    asked = {"limit": 50}
    with Connection(port) as connection:
        for _ in range(20):
            answer = connection.ask(bed.devrev(port, "/conversations.list", asked).wire()).json()
            if "next_cursor" not in answer:
                return
            asked = {"limit": 50, "cursor": answer["next_cursor"]}
