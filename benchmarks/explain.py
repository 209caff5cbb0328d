"""The plans of every hot request, as the server's role sees them."""

from __future__ import annotations

import asyncio
import re

import asyncpg
from rich.console import Console

from parley.store.database import SESSION
from parley.transfer.demo.scale import COMMON, MEDIUM

from . import captured
from .bed import Bed
from .captured import Statement
from .client import Ask

_PLANNED = ("SELECT", "WITH", "DECLARE")
_EXECUTION = re.compile(r"^Execution Time: ([\d.]+) ms$", re.MULTILINE)


def requests(bed: Bed) -> dict[str, Ask]:
    return {
        "DevRev list by stage": bed.page(0),
        "DevRev list, the last page": bed.devrev(0, "/conversations.list", {"mode": "before"}),
        "DevRev export of 100": bed.export(0, 100),
        "Chatwoot list": bed.chatwoot(0, "status=open"),
        "Chatwoot list, page 1000": bed.chatwoot(0, "status=all&page=1000"),
        "Chatwoot counts as agent": bed.chatwoot(0, "status=all", meta=True, as_agent=True),
        f"Chatwoot list, q={MEDIUM}": bed.chatwoot(0, f"q={MEDIUM}"),
        f"Chatwoot list, q={COMMON}": bed.chatwoot(0, f"q={COMMON}"),
    }


def show(bed: Bed, console: Console) -> None:
    for name, planned in plans(bed).items():
        console.rule(f"[bold]{name}")
        for statement, plan in planned:
            console.print(f"[cyan]{statement}[/cyan]", highlight=False)
            console.print(plan + "\n", markup=False, highlight=False, soft_wrap=True)


def plans(bed: Bed) -> dict[str, list[tuple[str, str]]]:
    """By request, the beginning of each statement with its plan."""
    found = {name: asyncio.run(_explain(bed, captured.statements_of(bed.dsn, request))) for name, request in requests(bed).items()}
    return {name: [(" ".join(one.text.split())[:400], plan) for one, plan in planned] for name, planned in found.items()}


def slowest(bed: Bed, request: Ask) -> str:
    """The statement of a request that takes longest, cut, and its plan. A cursor is none: it is read to its end here only."""
    statements = [one for one in captured.statements_of(bed.dsn, request) if not one.text.startswith("DECLARE")]
    planned = asyncio.run(_explain(bed, statements))
    text, plan = max(((" ".join(one.text.split())[:400], plan) for one, plan in planned), key=lambda pair: execution_ms(pair[1]))
    return f"{text}\n\n{plan}"


def execution_ms(plan: str) -> float:
    """What a plan says that it took; 0 where it tells no time."""
    found = _EXECUTION.search(plan)
    return float(found[1]) if found else 0.0


async def _explain(bed: Bed, statements: list[Statement]) -> list[tuple[Statement, str]]:
    """Each statement with its plan; BEGIN, FETCH and their like have none."""
    connection = await asyncpg.connect(bed.dsn, server_settings=SESSION | {"role": "parley_app"})
    try:
        await connection.execute(f"SET parley.tenant_id = {bed.tenant_id}")
        planned = [one for one in statements if one.text.startswith(_PLANNED)]
        return [(one, await _plan(connection, one)) for one in planned]
    finally:
        await connection.close()


async def _plan(connection: asyncpg.Connection[asyncpg.Record], statement: Statement) -> str:
    rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {statement.text}", *statement.parameters)
    return "\n".join(row[0] for row in rows)
