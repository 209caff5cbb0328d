"""Line 5, second half: what search costs whoever writes: single messages, each its own durable commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from parley.store import load
from parley.store.database import Connection

from . import pgbench, servers
from .bench import Bench
from .report import Measurement, spread
from .rounds import interleaved, medians, ratio

COPY = "parley_bench_writes"
_TRIGGER = "queue_search_insert"
_BODY = "Thanks for the quick answer, I will try that tonight and tell you whether the lamp still blinks after charging"


def measure(bench: Bench) -> Iterator[Measurement]:
    """On a copy of the database, so that the data of later runs stays what it is."""
    bench.say("copying the database for writes ...")
    with copied(bench.bed.dsn) as dsn, servers.ours(dsn):
        for connections in (1, 16):
            rates = interleaved(
                2 * bench.rounds,  # each commit waits for the disk, so rounds differ more than elsewhere
                {
                    "with": lambda n=connections: _rate(bench, dsn, n, searchable=True),  # type: ignore[misc]
                    "without": lambda n=connections: _rate(bench, dsn, n, searchable=False),  # type: ignore[misc]
                },
            )
            middle = medians(rates)
            # Rounds differ so much here that the two statistics may stand on both sides of the target: tell both.
            detail = f"{middle['with']:,.0f} against {middle['without']:,.0f} commits/s, whose ratio is"
            detail += f" {middle['with'] / middle['without']:.2f}; with search {spread(rates['with'], '/s')}"
            name = f"inserts with / without search, {connections} connection{'s' if connections > 1 else ''}"
            yield Measurement(5, name, ratio(rates, "with", "without"), target=0.7, at_least=True, detail=detail)


def _rate(bench: Bench, dsn: str, connections: int, *, searchable: bool) -> float:
    """Commits per second. The server beside it indexes meanwhile, as in life; what it has left is done before the next round."""
    asyncio.run(_prepare(dsn, searchable=searchable))
    tenant_id, most = bench.bed.tenant_id, int(bench.bed.scale * 0.7)
    script = f"""
\\set number random(1, {most})
\\set word random(1, 1000000)
BEGIN;
SET LOCAL parley.tenant_id = {tenant_id};
INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body)
VALUES ({tenant_id}, :number, 'outgoing', 'user', {bench.bed.user_id}, '{_BODY} ' || :word::bigint);
COMMIT;
"""
    return pgbench.run(dsn, script, {}, connections=connections, seconds=bench.seconds, role="parley_app")


async def _prepare(dsn: str, *, searchable: bool) -> None:
    async with load.owner(dsn) as connection:
        await drained(connection)
        await connection.execute(f"ALTER TABLE messages {'ENABLE' if searchable else 'DISABLE'} TRIGGER {_TRIGGER}")


async def drained(connection: Connection) -> None:
    """Waits until the server beside it has indexed what is queued."""
    while await connection.fetchval("SELECT EXISTS (SELECT FROM search_queue)"):  # noqa: ASYNC110 - it is in another process
        await asyncio.sleep(0.2)


@contextmanager
def copied(dsn: str, name: str = COPY) -> Iterator[str]:
    """A copy of the database beside it, for the block."""
    # Without FORCE, which may not end autovacuum's visit; a plain DROP sends it away by itself.
    drop = f"DROP DATABASE IF EXISTS {name}"
    asyncio.run(_administer(dsn, drop, f"CREATE DATABASE {name} TEMPLATE parley STRATEGY file_copy"))
    try:
        yield dsn.replace("/parley?", f"/{name}?")
    finally:
        asyncio.run(_administer(dsn, drop))


async def _administer(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn.replace("/parley?", "/postgres?"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
