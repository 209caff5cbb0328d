"""Line 10: events delivered to a fast endpoint, against as many bare posts with the same client, eight at once as well."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

from parley.outgoing.addresses import parse_networks
from parley.outgoing.client import Outgoing
from parley.store import load

from . import inserts, servers
from .bench import Bench
from .client import Ask, ask
from .report import Measurement, spread
from .rounds import interleaved, medians, ratio

EVENTS, AT_ONCE = 3000, 8
_LONGEST_S = 120.0
_WEBHOOK = """
INSERT INTO webhooks (tenant_id, id, wire, url, event_types, secret, status, created_by, modified_by)
VALUES ($1, 1000000, 'chatwoot', $2, '{message_created}', '0123456789', 'active', 'user:1', 'user:1')
"""
# Events of messages that are there, all over the conversations.
_HAPPEN = """
INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id)
SELECT m.tenant_id, 'message.created', m.conversation_number, m.id, m.author_kind, m.author_id
FROM messages m WHERE m.tenant_id = $1 AND m.kind = 'outgoing' AND m.visibility = 'external' AND m.id >= $2 ORDER BY m.id LIMIT $3
"""
_OURS = "delivered"


def measure(bench: Bench) -> Iterator[Measurement]:
    """On a copy of the database. From the first request that the endpoint sees to the last, so that nobody's start counts."""
    bench.say("copying the database for deliveries ...")
    port = servers.free_port()
    command = [sys.executable, "-m", "benchmarks.receiver", str(port)]
    with (
        inserts.copied(bench.bed.dsn) as dsn,
        servers.running(command, servers.environment({})) as receiver,
        servers.ours(dsn, outgoing_networks="loopback"),
    ):
        servers.wait_for(Ask(port, "GET", "/", {}), receiver)
        body = asyncio.run(_begin(dsn, bench.bed.tenant_id, port)).encode()
        rates = interleaved(
            bench.rounds,
            {
                _OURS: lambda: _rate(port, lambda: asyncio.run(_happen(dsn, bench.bed.tenant_id))),
                "posted": lambda: _rate(port, lambda: asyncio.run(_post(port, body))),
            },
        )
    middle = medians(rates)
    detail = f"{middle[_OURS]:,.0f} against {middle['posted']:,.0f} per second, {AT_ONCE} at once, {len(body):,} bytes each"
    yield Measurement(
        10,
        "events delivered / bare posts",
        ratio(rates, _OURS, "posted"),
        at_least=True,
        detail=f"{detail}; ours {spread(rates[_OURS], '/s')}",
    )


def _rate(port: int, begin: object) -> float:
    """Posts per second that the endpoint saw."""
    assert callable(begin)
    ask(Ask(port, "GET", "/reset", {}), keep=False)
    begin()
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        told = ask(Ask(port, "GET", "/", {}), keep=True).json()
        if told["total"] >= EVENTS:
            return float((EVENTS - 1) / told["seconds"])
        time.sleep(0.02)
    raise RuntimeError(f"only {told['total']} of {EVENTS} arrived")


async def _begin(dsn: str, tenant_id: int, port: int) -> str:
    """Makes the webhook, and waits for a first event; the body that it was told with."""
    async with load.owner(dsn) as connection:
        await connection.execute(_WEBHOOK, tenant_id, f"http://127.0.0.1:{port}/hook")
        await connection.execute(_HAPPEN, tenant_id, 0, 1)
        deadline = time.monotonic() + _LONGEST_S
        while time.monotonic() < deadline:
            found = await connection.fetchval("SELECT d.body FROM deliveries d WHERE d.tenant_id = $1 AND d.state = 'delivered'", tenant_id)
            if found is not None:
                return str(found)
            await asyncio.sleep(0.1)
    raise RuntimeError("the first event did not arrive")


async def _happen(dsn: str, tenant_id: int) -> None:
    async with load.owner(dsn) as connection:
        most = await connection.fetchval("SELECT max(m.id) FROM messages m WHERE m.tenant_id = $1", tenant_id)
        await connection.execute(_HAPPEN, tenant_id, most // 2, EVENTS)


async def _post(port: int, body: bytes) -> None:
    outgoing, left = Outgoing(parse_networks("loopback")), iter(range(EVENTS))

    async def go_on() -> None:
        for _ in left:
            await outgoing.post(f"http://127.0.0.1:{port}/hook", body, {"Content-Type": "application/json"}, timeout_s=5)

    await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
    await outgoing.close()
