"""A write that came with an Idempotency-Key happens once, however often and however simultaneously it is asked.

The key's row, everything that the request writes and its answer are one transaction: a twin waits for it on the row and
then finds the answer, and after a crash either all of it is there or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from ..domain.principals import Principal
from ..domain.problems import Conflict, InvalidValue
from ..store import idempotency
from ..store.database import Connection
from .context import Context

LONGEST_KEY = 255


class Answered(NamedTuple):
    """A status and body. ``again``: it is the answer of an earlier request."""

    status: int
    body: bytes
    again: bool = False


async def once(
    connection: Connection,
    context: Context,
    principal: Principal,
    key: str,
    request: bytes,
    run: Callable[[], Awaitable[tuple[int, bytes]]],
) -> Answered:
    """Runs ``run`` in the open transaction, or returns what it answered before; keys are the caller's own and last a day.

    ``request`` is what must be the same each time (path and body). What ``run`` raises is remembered by nobody.
    Raises InvalidValue for a key that is none, Conflict for one that came with another request.
    """
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidValue("Idempotency-Key", f"Idempotency-Key takes 1 to {LONGEST_KEY} printable ASCII characters")
    tenant_id, owner = principal.tenant.id, str(principal.ref)
    asked = hashlib.sha256(request).digest()
    kept = await idempotency.claim(connection, tenant_id, owner, key, asked, context.clock())
    if kept is None:
        status, body = await run()
        await idempotency.finish(connection, tenant_id, owner, key, status, body)
        return Answered(status, body)
    if kept.request_hash != asked:
        raise Conflict("this Idempotency-Key came with another request")
    return Answered(kept.status, kept.body, again=True)
