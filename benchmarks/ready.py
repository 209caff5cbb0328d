"""What the server keeps ready, seen from outside: the table `renderings`."""

from __future__ import annotations

import time

from . import bed

BETA, CHATWOOT, DEVREV = "devrev_beta", "chatwoot", "devrev"
OFF = {"renderings": "false"}
"""The setting of a server that encodes everything afresh and keeps nothing."""
_STILL_S, _LONGEST_S = 2.0, 120.0  # the job that keeps them looks once a second at least


def require(dsn: str) -> None:
    """Raises RuntimeError where the database has no such table: there is nothing to measure then."""
    (row,) = bed.rows(dsn, "SELECT to_regclass('public.renderings') IS NOT NULL AS is_there")
    if not row["is_there"]:
        raise RuntimeError("this Parley keeps nothing ready: the database has no table renderings")


def empty(dsn: str) -> None:
    """Nothing is ready any more, nor on its way from the reads before."""
    settle(dsn)
    bed.rows(dsn, "TRUNCATE renderings")


def settle(dsn: str) -> int:
    """Waits until what was read is kept, which happens a moment later; how many bodies are there then."""
    query = "SELECT count(*) AS total, coalesce(sum(r.conversation_version), 0)::text AS versions FROM renderings r"
    deadline, was = time.monotonic() + _LONGEST_S, None
    while time.monotonic() < deadline:
        (row,) = bed.rows(dsn, query)
        if was == tuple(row):
            return int(row["total"])
        was = tuple(row)
        time.sleep(_STILL_S)
    raise RuntimeError(f"bodies were still being kept after {_LONGEST_S:.0f} s")


def count(dsn: str, tenant_id: int, wire: str) -> int:
    """The conversations of a tenant that are ready on a wire."""
    (row,) = bed.rows(dsn, "SELECT count(*) AS total FROM renderings r WHERE r.tenant_id = $1 AND r.wire = $2", tenant_id, wire)
    return int(row["total"])
