"""The end of deleted inboxes: their conversations one by one, each with its event and tombstone, then the row."""

from __future__ import annotations

from datetime import datetime

from ..actions.context import utc_now
from ..domain.principals import Ref
from ..store import events, inboxes, timeline
from ..store.database import Connection, Database

BATCH = 200


async def tenants(database: Database) -> list[int]:
    async with database.control() as connection:
        return await inboxes.tenants_with_deleted_inboxes(connection)


async def delete_batch(database: Database, tenant_id: int) -> int:
    """One transaction; returns how many conversations went. The row goes when none is left."""
    async with database.write(tenant_id) as connection:
        found = await inboxes.lock_deleted(connection, tenant_id)
        if found is None:
            return 0
        inbox_id, by = found
        now = utc_now()
        numbers = await inboxes.list_conversations(connection, tenant_id, inbox_id, BATCH)
        for number in numbers:
            was = await timeline.delete_conversation(connection, tenant_id, number)
            event_id = await timeline.insert_event(connection, tenant_id, "conversation.deleted", number, None, by, was, now)
            await events.insert_tombstone(connection, tenant_id, "conversation", number, event_id, by, now)
        if len(numbers) < BATCH:
            await _finish(connection, tenant_id, inbox_id, by, now)
        return len(numbers)


async def _finish(connection: Connection, tenant_id: int, inbox_id: int, by: Ref, now: datetime) -> None:
    for campaign_id in await inboxes.delete_inbox(connection, tenant_id, inbox_id):
        event_id = await events.insert_event(connection, tenant_id, "campaign.deleted", by, {"id": campaign_id}, now)
        await events.insert_tombstone(connection, tenant_id, "campaign", campaign_id, event_id, by, now)
