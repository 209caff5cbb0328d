"""The end of deleted inboxes: their conversations, each with its event and tombstone, then what else names them, then the row."""

from __future__ import annotations

from datetime import datetime

from ..actions.context import utc_now
from ..domain.principals import Ref
from ..store import events, inboxes, timeline
from ..store.database import Connection, Database

BATCH, LISTED = 100, 10_000


class Endings:
    """Remembers which conversations come next.

    To find them an index of the whole tenant is read. One by inbox would cost every write of every conversation (about as much
    room as the primary key, and a place to write to at each change), for the sake of what is rarely done.
    """

    def __init__(self) -> None:
        self._listed: dict[tuple[int, int], list[int]] = {}

    async def tenants(self, database: Database) -> list[int]:
        async with database.control() as connection:
            return await inboxes.tenants_with_deleted_inboxes(connection)

    async def delete_batch(self, database: Database, tenant_id: int) -> int:
        """One transaction; returns how many conversations went, or otherwise lost the inbox. The row goes when none is left."""
        async with database.write(tenant_id) as connection:
            found = await inboxes.lock_deleted(connection, tenant_id)
            if found is None:
                return 0
            inbox_id, by = found
            numbers = await self._next(connection, tenant_id, inbox_id)
            now = utc_now()
            await _delete(connection, tenant_id, inbox_id, numbers, by, now)
            done = len(numbers)
            for leave in (inboxes.leave_works, inboxes.leave_conversations):
                done += await leave(connection, tenant_id, inbox_id, BATCH) if done < BATCH else 0
            is_last = done < BATCH and not self._listed[tenant_id, inbox_id]
            if is_last and not await inboxes.list_conversations(connection, tenant_id, inbox_id, 1):
                await _finish(connection, tenant_id, inbox_id, by, now)
                del self._listed[tenant_id, inbox_id]
            return done

    async def _next(self, connection: Connection, tenant_id: int, inbox_id: int) -> list[int]:
        """So many that were listed before, and then are no more; what breaks off is listed again in the end."""
        listed = self._listed.get((tenant_id, inbox_id)) or await inboxes.list_conversations(connection, tenant_id, inbox_id, LISTED)
        self._listed[tenant_id, inbox_id] = listed[BATCH:]
        return listed[:BATCH]


async def _delete(connection: Connection, tenant_id: int, inbox_id: int, numbers: list[int], by: Ref, now: datetime) -> None:
    for number in await inboxes.lock_conversations(connection, tenant_id, inbox_id, numbers):
        was = await timeline.delete_conversation(connection, tenant_id, number)
        event_id = await timeline.insert_event(connection, tenant_id, "conversation.deleted", number, None, by, was, now)
        await events.insert_tombstone(connection, tenant_id, "conversation", number, event_id, by, now)


async def _finish(connection: Connection, tenant_id: int, inbox_id: int, by: Ref, now: datetime) -> None:
    for campaign_id in await inboxes.delete_inbox(connection, tenant_id, inbox_id):
        event_id = await events.insert_event(connection, tenant_id, "campaign.deleted", by, {"id": campaign_id}, now)
        await events.insert_tombstone(connection, tenant_id, "campaign", campaign_id, event_id, by, now)
