"""The chunks that search reads: kept a moment behind the messages, from ``search_queue``."""

from __future__ import annotations

from collections.abc import Sequence

from . import queries
from .database import Connection, affected

_SQL = queries.load("chunks")

# So many chunks at the end of a conversation, each of fewer bytes than this, are packed into one: a message is then written
# about twice, where a rewrite of the last chunk for each message wrote it eight times.
_LONG_TAIL, _SMALL = 8, 900

# For the open transaction: the queue is short and full of rows just deleted, which a plan for a short table would all visit.
_BY_INDEX = "SET LOCAL enable_seqscan = off"
# For the open transaction: fewer, larger merges into the trigram index, and sorts that stay in memory.
_BULK = "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL work_mem = '64MB'"


async def index_queued(connection: Connection, tenant_id: int, *, at_most: int) -> int | None:
    """Indexes up to ``at_most`` of the queued conversations in the open READ COMMITTED transaction.

    Returns how many conversations that were, or None while another transaction indexes this tenant. A message that
    arrives meanwhile brings a queue row that this transaction does not see and leaves for the next.
    """
    if not await connection.fetchval(_SQL.lock_indexing, tenant_id):
        return None
    await connection.execute(_BY_INDEX)
    queued = await connection.fetch(_SQL.take_queue, tenant_id, at_most)
    if not queued:
        return 0
    numbers, messages = [record[0] for record in queued], [record[1] for record in queued]
    starts = await connection.fetch(_SQL.delete_chunks, tenant_id, numbers, messages, _LONG_TAIL, _SMALL)
    await connection.execute(_SQL.insert_chunks, tenant_id, [s[0] for s in starts], [s[1] for s in starts])
    return len(queued)


async def prepare_bulk(connection: Connection) -> None:
    """Makes the open transaction fit for many chunks at once."""
    await connection.execute(_BULK)


async def queue_conversations(connection: Connection, tenant_id: int, numbers: Sequence[int] | None = None) -> int:
    """Asks for these conversations (None: all) to be indexed whole; for bulk loads, in their transaction."""
    return affected(await connection.execute(_SQL.queue_conversations, tenant_id, numbers))
