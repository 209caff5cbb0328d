"""Pages of 50 that share no conversation, of both wires: the requests are found on another server, which keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .bed import Bed
from .client import Ask, Connection, ask
from .servers import Server

PAGE = 50
_STAGES = ("archived", "resolved", "waiting_on_user", "needs_response")
_STATUSES = ("open", "resolved")


def walks(bed: Bed, fresh: Server, ours: Server, wanted: int) -> dict[str, list[Ask]]:
    """At most so many requests to ``ours`` by wire; ``fresh`` is asked for the cursors between them."""
    return {"DevRev": list(islice(_devrev(bed, fresh, ours), wanted)), "Chatwoot": list(islice(_chatwoot(bed, fresh, ours), wanted))}


def _devrev(bed: Bed, fresh: Server, ours: Server) -> Iterator[Ask]:
    """Stage by stage, forward by cursor; the last page of a stage, which is not whole, is left out."""
    with Connection(fresh.port) as connection:
        for stage in _STAGES:
            asked = {"stage": {"name": [stage]}, "limit": PAGE}
            while following := connection.ask(bed.devrev(fresh.port, "/conversations.list", asked).wire()).json().get("next_cursor"):
                yield bed.devrev(ours.port, "/conversations.list", asked)
                asked = asked | {"cursor": following}


def _chatwoot(bed: Bed, fresh: Server, ours: Server) -> Iterator[Ask]:
    """Status by status, page by page."""
    for status in _STATUSES:
        total = ask(bed.chatwoot(fresh.port, f"status={status}", meta=True)).json()["meta"]["all_count"]
        for page in range(1, total // PAGE + 1):
            yield bed.chatwoot(ours.port, f"status={status}&page={page}")
