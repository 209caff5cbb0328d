"""Line 15: what writers pay for bodies kept ready and for search, over HTTP, and how much the bodies add to the database."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from parley.store import load

from . import bed as beds
from . import crowd, inserts, ready, ready_size, servers, writes
from .bed import Bed
from .bench import Bench
from .client import Ask, Connection
from .report import Measurement, spread
from .rounds import interleaved, medians, ratio

_WITHOUT = f"{inserts.COPY}_without"
_LANES, _EACH = 16, 16
_READ_EVERY_S = 0.5
# What feeds the search index, and what tells that a body holds no more.
_TRIGGERS = """
SELECT t.tgname AS name, t.tgrelid::regclass::text AS table, p.proname AS function
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND (p.proname LIKE 'cool\\_%' OR p.prosrc LIKE '%search_queue%')
"""


def measure(bench: Bench) -> Iterator[Measurement]:
    """On two copies of the database, one of which has neither."""
    dsn = bench.bed.dsn
    ready.require(dsn)
    bench.say("copying the database twice for writes ...")
    with inserts.copied(dsn) as rendered, inserts.copied(dsn, _WITHOUT) as plain:
        drop_triggers(plain)
        with servers.ours(rendered) as ours, servers.ours(plain, **ready.OFF) as other:
            yield ready_size.measure(bench, ours, rendered)  # after it the conversations written to are ready
            yield from rates(bench, {"with": (rendered, ours.port), "without": (plain, other.port)})


def drop_triggers(dsn: str) -> None:
    """Raises RuntimeError unless there were some of both kinds."""
    found = beds.rows(dsn, _TRIGGERS)
    cooling = [row for row in found if row["function"].startswith("cool_")]
    if not cooling or len(cooling) == len(found):
        raise RuntimeError(f"{len(cooling)} triggers for renderings and {len(found) - len(cooling)} for search: nothing to compare with")
    for row in found:
        beds.rows(dsn, f'DROP TRIGGER "{row["name"]}" ON {row["table"]}')


def rates(bench: Bench, sides: dict[str, tuple[str, int]]) -> Iterator[Measurement]:
    """Each kind of write at one connection and at many; ``sides`` are database and port, with and without."""
    lanes = {side: lanes_of(bench.bed, port) for side, (_, port) in sides.items()}
    for side in sides:
        _open_all(lanes[side]["resolve"])
    for kind in lanes["with"]:
        for connections in (1, _LANES):

            def goes(side: str, kind: str = kind, connections: int = connections) -> Callable[[], float]:
                return lambda: _rate(bench, *sides[side], lanes[side][kind][:connections])

            found = interleaved(bench.rounds, {side: goes(side) for side in sides})
            middle = medians(found)
            detail = f"{middle['with']:,.0f} against {middle['without']:,.0f} per second, whose ratio is"
            detail += f" {middle['with'] / middle['without']:.2f};"
            detail += f" with both {spread(found['with'], '/s')}"
            name = f"{kind}, with / without renderings and search, {connections} connection{'s' if connections > 1 else ''}"
            yield Measurement(15, name, ratio(found, "with", "without"), target=0.75, at_least=True, detail=detail)


def _rate(bench: Bench, dsn: str, port: int, lanes: Sequence[Sequence[Ask]]) -> float:
    """Answers per second, beside somebody who reads the newest conversations. What is left to index is done before the next round."""
    with reading(bench.bed, port):
        rate = crowd.ask_for(bench.seconds, lanes).rate
    asyncio.run(_drain(dsn))
    return rate


async def _drain(dsn: str) -> None:
    async with load.owner(dsn) as connection:
        await inserts.drained(connection)


def lanes_of(bed: Bed, port: int) -> dict[str, list[list[Ask]]]:
    """By kind, what each connection asks in turn; no two write to the same conversation, and every request changes something."""
    rows = bed.fetch(
        "SELECT c.number, c.contact_id FROM conversations c WHERE c.tenant_id = $1 ORDER BY c.modified_at DESC, c.number DESC LIMIT $2",
        bed.tenant_id,
        _LANES * _EACH,
    )
    shares = [rows[place::_LANES] for place in range(_LANES)]
    assigns = [{"assignee_id": user} for user in (bed.agent_id, bed.user_id)]
    settles = [{"status": status} for status in ("resolved", "open")]
    return {
        "create": [[writes.opening(bed, port, row["contact_id"]) for row in share] for share in shares],
        "message": [[writes.replying(bed, port, row["number"]) for row in share] for share in shares],
        "assign": [[_post(bed, port, f"{row['number']}/assignments", body) for row in share for body in assigns] for share in shares],
        "resolve": [[_post(bed, port, f"{row['number']}/toggle_status", body) for row in share for body in settles] for share in shares],
    }


def _post(bed: Bed, port: int, path: str, body: object) -> Ask:
    headers = {"api_access_token": bed.token, "content-type": "application/json"}
    return Ask(port, "POST", f"/api/v1/accounts/{bed.account_id}/conversations/{path}", headers, json.dumps(body).encode())


def _open_all(lanes: Sequence[Sequence[Ask]]) -> None:
    """Opens every conversation, so that resolving it is news."""
    crowd.ask_all([ask for lane in lanes for ask in lane[1::2]], connections=1)


@contextmanager
def reading(bed: Bed, port: int) -> Iterator[None]:
    """The newest conversations are read all the while, on both wires in turn, at the same slow pace on either side."""
    wires = [bed.devrev(port, "/conversations.list", {"limit": 50}).wire(), bed.chatwoot(port, "status=all").wire()]
    over, failed = threading.Event(), []

    def read() -> None:
        try:
            with Connection(port) as connection:
                while not over.wait(_READ_EVERY_S):
                    connection.ask(wires[0], keep=False)
                    wires.reverse()
        except Exception as error:
            failed.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()
    if failed:
        raise RuntimeError("the reader failed") from failed[0]
