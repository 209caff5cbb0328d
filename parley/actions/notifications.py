"""What users do with what they were told: reading, snoozing, throwing away, and saying what they want to be told."""

from __future__ import annotations

from datetime import datetime

from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store import events, notifications
from ..store.notifications import Settings
from .context import Context
from .nouns import record
from .profiles import require_user


async def set_read(context: Context, principal: Principal, number: int, *, read: bool) -> None:
    """Raises NotFound for somebody else's."""
    user_id, at = require_user(principal), context.clock()
    async with context.database.write(principal.tenant.id) as connection:
        if not await notifications.set_read(connection, principal.tenant.id, user_id, number, at if read else None, at):
            raise NotFound("no such notification")
        await record(connection, context, principal, "notification.updated", {"id": number, "user": user_id, "changed": ["read_at"]})


async def snooze(context: Context, principal: Principal, number: int, until: datetime | None) -> None:
    """None wakes it. Raises NotFound for somebody else's."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        if not await notifications.snooze(connection, principal.tenant.id, user_id, number, until, context.clock()):
            raise NotFound("no such notification")
        await record(connection, context, principal, "notification.updated", {"id": number, "user": user_id, "changed": ["snoozed_until"]})


async def read_all(context: Context, principal: Principal, conversation: int | None) -> None:
    """Those of one conversation, or all."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        read = await notifications.read_all(connection, principal.tenant.id, user_id, context.clock(), conversation)
        if read:
            told = {"user": user_id, "conversation": conversation, "ids": read}
            await record(connection, context, principal, "notification.all_read", told)


async def delete_notification(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound for somebody else's."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        if not await notifications.delete_notification(connection, principal.tenant.id, user_id, number):
            raise NotFound("no such notification")
        event_id = await record(connection, context, principal, "notification.deleted", {"id": number, "user": user_id})
        await events.insert_tombstone(connection, principal.tenant.id, "notification", number, event_id, principal.ref, context.clock())


async def delete_all(context: Context, principal: Principal, *, only_read: bool) -> None:
    """One event for all of them; each leaves its tombstone."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        gone = await notifications.delete_all(connection, principal.tenant.id, user_id, only_read=only_read)
        if gone:
            event_id = await record(connection, context, principal, "notification.all_deleted", {"user": user_id, "ids": gone})
            await events.insert_tombstones(connection, principal.tenant.id, "notification", gone, event_id, principal.ref, context.clock())


async def change_settings(context: Context, principal: Principal, email_kinds: list[str] | None, push_kinds: list[str] | None) -> None:
    """None leaves a list as it is."""
    user_id, tenant_id = require_user(principal), principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        was = await notifications.get_settings(connection, tenant_id, user_id)
        wanted = Settings(was.email_kinds if email_kinds is None else email_kinds, was.push_kinds if push_kinds is None else push_kinds)
        await notifications.put_settings(connection, tenant_id, user_id, wanted)
        await record(connection, context, principal, "user.updated", {"id": user_id, "changed": ["notification_settings"]})
