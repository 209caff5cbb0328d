"""Inboxes: setting them up, changing them, giving them a bot, and deleting them. An administrator's business."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from ..domain.inboxes import CHANNELS, SETTINGS, WITH_IDENTITY, changed_week, check_channel, check_timezone, reply_window
from ..domain.principals import Principal
from ..domain.problems import Forbidden, MissingField, NotFound
from ..store import events, inboxes, people
from ..store.database import Connection
from ..store.inboxes import INBOXES, InboxRow
from .context import Context
from .nouns import change, changing, create, record
from .pictures import own_picture

Json = dict[str, Any]
_COLUMNS = ("name", "timezone", "lock_to_single_conversation")


async def create_inbox(context: Context, principal: Principal, kind: str, values: Mapping[str, Any]) -> int:
    """The new inbox's id. ``values``: columns, settings, ``channel`` and ``avatar``, as they were sent.

    The database gives it what clients find it by and sign with (migration 0024), as it does for inboxes that come otherwise.
    Raises InvalidValue, and MissingField for what this kind cannot be without.
    """
    given = dict(values.get("channel") or {})
    check_channel(kind, given, is_new=True)
    if kind == "web_widget":
        given["website_token"] = secrets.token_urlsafe(18)
    columns = _plain(values) | _channel(context, kind, given, {}, {}) | {"kind": kind, "settings": _settings(values, {})}
    if "name" not in columns:
        raise MissingField("name", "name is required")
    async with changing(context, principal, administrator=True) as connection:
        columns |= await _picture(connection, context, principal, values)
        return await create(connection, context, principal, INBOXES, columns)


async def change_inbox(context: Context, principal: Principal, inbox_id: int, values: Mapping[str, Any]) -> None:
    """Sets what is given; of the channel, too, only that. Raises NotFound, InvalidValue, MissingField."""
    async with changing(context, principal, administrator=True) as connection:
        was = await _lock(connection, principal, inbox_id)
        columns = _plain(values)
        if any(name in values for name in SETTINGS):
            columns["settings"] = _settings(values, msgspec.json.decode(was.settings))
        if values.get("channel"):
            check_channel(was.kind, values["channel"], is_new=False)
            before, secrets_before = msgspec.json.decode(was.channel), msgspec.json.decode(was.channel_secrets)
            columns |= _channel(context, was.kind, values["channel"], before, secrets_before)
        if "working_hours" in values:
            columns["working_hours"] = changed_week(msgspec.json.decode(was.working_hours), values["working_hours"])
        columns |= await _picture(connection, context, principal, values)
        await change(connection, context, principal, INBOXES, inbox_id, columns)


async def drop_inbox_picture(context: Context, principal: Principal, inbox_id: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, inbox_id)
        await change(connection, context, principal, INBOXES, inbox_id, {"avatar_id": None})


async def set_inbox_bot(context: Context, principal: Principal, inbox_id: int, bot_id: int | None) -> None:
    """The bot answers first in this inbox from now on; None: nobody does. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, inbox_id)
        found = await people.get_bots(connection, principal.tenant.id, [] if bot_id is None else [bot_id])
        if bot_id is not None and (bot_id not in found or found[bot_id].state != "active"):
            raise NotFound("no such bot")
        await change(connection, context, principal, INBOXES, inbox_id, {"active_bot_id": bot_id})


async def delete_inbox(context: Context, principal: Principal, inbox_id: int) -> None:
    """Gone for everybody at once; ``jobs.inboxes`` then deletes its conversations, one by one, and the row. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id, me, at = principal.tenant.id, principal.ref, context.clock()
        await _lock(connection, principal, inbox_id)
        ended = {"identifier": None, "active_bot_id": None, "avatar_id": None, "deleted_at": at, "deleted_by": str(me)}
        await INBOXES.update(connection, tenant_id, inbox_id, ended, me)
        await inboxes.clear_members(connection, tenant_id, inbox_id)
        event_id = await record(connection, context, principal, "inbox.deleted", {"id": inbox_id})
        await events.insert_tombstone(connection, tenant_id, "inbox", inbox_id, event_id, me, at)


async def require_inboxes(connection: Connection, principal: Principal, inbox_ids: Collection[int]) -> dict[int, InboxRow]:
    """By id. Raises NotFound where one is not there or is being deleted, Forbidden for one in which the agent does not work."""
    found = await inboxes.get_existing(connection, principal.tenant.id, inbox_ids)
    if any(one not in found for one in inbox_ids):
        raise NotFound("no such inbox")
    if principal.role == "agent" and not set(inbox_ids) <= set(principal.inbox_ids):
        raise Forbidden("you are not a member of this inbox")
    return found


async def require_inbox(connection: Connection, principal: Principal, inbox_id: int) -> InboxRow:
    """Raises as ``require_inboxes``."""
    return (await require_inboxes(connection, principal, [inbox_id]))[inbox_id]


async def _lock(connection: Connection, principal: Principal, inbox_id: int) -> InboxRow:
    found = await inboxes.lock_inbox(connection, principal.tenant.id, inbox_id)
    if found is None:
        raise NotFound("no such inbox")
    return found


async def _picture(connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any]) -> Json:
    kept = values.get("avatar")
    return {} if kept is None else {"avatar_id": await own_picture(connection, context, principal, kept)}


def _plain(values: Mapping[str, Any]) -> Json:
    if "timezone" in values:
        check_timezone(values["timezone"])
    if not values.get("name", "x").strip():
        raise MissingField("name", "name is required")
    return {name: values[name] for name in _COLUMNS if name in values}


def _settings(values: Mapping[str, Any], before: Json) -> Json:
    return before | {name: values[name] for name in SETTINGS if name in values}


def _channel(context: Context, kind: str, given: Mapping[str, Any], before: Json, secrets_before: Json) -> Json:
    """The columns that a channel's fields go to. What this kind does not have is left out, as Rails leaves it out."""
    fields = CHANNELS[kind]
    if given.get("webhook_url") and "webhook_url" in fields.open:
        context.outgoing.check_url(given["webhook_url"], "webhook_url")
    channel = before | {name: value for name, value in given.items() if name in fields.open}
    # These have columns of their own, which an import fills from the channel.
    channel = {name: value for name, value in channel.items() if name not in ("identifier", "hmac_mandatory")}
    kept = secrets_before | {name: value for name, value in given.items() if name in fields.hidden}
    columns: Json = {"channel": channel, "channel_secrets": kept, "reply_window": reply_window(kind, channel)}
    if given.get("hmac_mandatory") is not None and kind in WITH_IDENTITY:
        columns["hmac_mandatory"] = given["hmac_mandatory"]
    return columns
