"""Sending a message as a help desk does: for oneself, for a bot or for the contact, with files, mentions and a limit per minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ..domain.mentions import mentioned
from ..domain.message_items import check_items
from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidValue
from ..store import contacts, files, mentions, messages, people, timeline, writes
from ..store.database import Connection
from .checks import lock, require_write
from .context import Context
from .files import own_file
from .post import NewMessage, say
from .uploads import Kept

LONGEST = 150_000
MOST_FILES = 15
MOST_PER_MINUTE = 200
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9-]{1,63})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ToSay:
    """What is to be said. ``is_incoming``: the contact says it. ``files`` came with the request or are ids of uploads.

    ``emails`` are addresses by ``cc_emails``, ``bcc_emails``, ``to_emails``; they and ``html`` count in e-mail inboxes only.
    ``bot_id``: the bot that speaks, where there is such a one.
    """

    content: str | None = None
    is_incoming: bool = False
    is_note: bool = False
    content_type: str = "text"
    content_attributes: Mapping[str, Any] = field(default_factory=dict)
    additional_attributes: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Kept | int, ...] = ()
    is_voice: bool = False
    bot_id: int | None = None
    source_id: str | None = None
    echo_id: str | None = None
    emails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    html: str | None = None


async def send_message(context: Context, principal: Principal, number: int, new: ToSay) -> int:
    """The id of the message. Raises NotFound, Frozen, AttachmentTaken, and InvalidValue with the original's words."""
    require_write(principal)
    _check(new)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        conversation = await lock(connection, principal, number)
        await _refuse_flood(connection, context, tenant_id, number)
        author = await _author(connection, principal, conversation, new)
        attributes = await _attributes(connection, principal, conversation, new)
        said = replace(_said(new), author=author, content_attributes=attributes or None)
        said = replace(said, artifact_ids=await _own(connection, context, principal, new))
        entry = await say(connection, context, principal, conversation, said, files_field="attachments")
        if author.kind == "contact":
            await contacts.touch(connection, tenant_id, author.id, entry.created_at)
        if new.is_note and new.content:
            await _mention(connection, principal, conversation, entry.id, new.content, context)
    return entry.id


def _said(new: ToSay) -> NewMessage:
    """What stands fixed before anything is looked up."""
    return NewMessage(
        body=new.content,
        visibility="internal" if new.is_note else "external",
        is_automatic=_is_automatic(new),
        content_type=new.content_type,
        additional_attributes=new.additional_attributes or None,
        source_id=new.source_id,
        echo_id=new.echo_id,
    )


def _check(new: ToSay) -> None:
    if new.content is not None and len(new.content) > LONGEST:
        raise InvalidValue("content", f"Validation failed: Content is too long (maximum is {LONGEST} characters)")
    if len(new.files) > MOST_FILES:
        raise InvalidValue("attachments", "Validation failed: Attachments exceeded maximum allowed")
    check_items(new.content_type, new.content_attributes)


def _is_automatic(new: ToSay) -> bool:
    """What a rule or a campaign says answers nobody."""
    return not new.is_incoming and bool(new.content_attributes.get("automation_rule_id") or new.additional_attributes.get("campaign_id"))


async def _refuse_flood(connection: Connection, context: Context, tenant_id: int, number: int) -> None:
    since = context.clock() - timedelta(minutes=1)
    if await messages.count_recent(connection, tenant_id, number, since, MOST_PER_MINUTE) >= MOST_PER_MINUTE:
        raise InvalidValue("conversation", "Validation failed: Too many messages")


async def _author(connection: Connection, principal: Principal, conversation: writes.Locked, new: ToSay) -> Ref:
    if principal.ref.kind == "contact":
        return principal.ref
    if new.is_incoming:
        return Ref("contact", conversation.contact_id)
    bots = await people.get_bots(connection, principal.tenant.id, [new.bot_id] if new.bot_id is not None else [])
    return Ref("bot", new.bot_id) if new.bot_id is not None and new.bot_id in bots else principal.ref


async def _attributes(connection: Connection, principal: Principal, conversation: writes.Locked, new: ToSay) -> dict[str, Any]:
    """The content attributes with what the inbox and the message replied to add. Raises InvalidValue."""
    inboxes = await people.get_inboxes(connection, principal.tenant.id, [conversation.inbox_id])
    kind = inboxes[conversation.inbox_id].kind
    if new.is_incoming and kind != "api" and principal.ref.kind != "contact":
        raise InvalidValue("message_type", "Incoming messages are only allowed in Api inboxes")
    found = dict(new.content_attributes) | await _in_reply_to(connection, principal, conversation.number, new.content_attributes)
    return found | _email(new, found) if kind == "email" else found


async def _in_reply_to(connection: Connection, principal: Principal, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """The message replied to by its id here and in its channel, whichever was given; nulls where there is no such message."""
    wanted, in_channel = given.get("in_reply_to"), given.get("in_reply_to_external_id")
    if not wanted and not in_channel:
        return {}
    digits = str(wanted) if wanted else ""
    message_id = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    if not wanted and isinstance(in_channel, str):
        message_id = await messages.find_by_source(connection, principal.tenant.id, number, in_channel)
    row = None if message_id is None else await messages.find_message(connection, principal, number, message_id)
    return {"in_reply_to": row and row.id, "in_reply_to_external_id": row and row.source_id}


def _email(new: ToSay, found: Mapping[str, Any]) -> dict[str, Any]:
    """Whom an e-mail goes to, and its text as mail has it. Raises InvalidValue for an address that is none."""
    for name, addresses in new.emails.items():
        if not all(map(_EMAIL.fullmatch, addresses)):
            raise InvalidValue(name, "Invalid email address")
    shown: dict[str, Any] = {name: list(new.emails.get(name, ())) for name in ("cc_emails", "bcc_emails", "to_emails")}
    if new.content and not new.is_note:
        given = found.get("email")
        email = dict(given) if isinstance(given, dict) else {}
        email["text_content"] = {"full": new.content, "reply": new.content}
        if new.html is not None:
            email["html_content"] = {"full": new.html, "reply": new.html}
        shown["email"] = email
    return shown


async def _own(connection: Connection, context: Context, principal: Principal, new: ToSay) -> tuple[int, ...]:
    """The ids of the files; those that came with the request become rows."""
    found = []
    for one in new.files:
        number = one if isinstance(one, int) else await own_file(connection, context, principal, one)
        if new.is_voice:
            await files.set_meta(connection, principal.tenant.id, number, {"is_voice_message": True})
        found.append(number)
    return tuple(found)


async def _mention(
    connection: Connection, principal: Principal, conversation: writes.Locked, message_id: int, body: str, context: Context
) -> None:
    tenant_id, at = principal.tenant.id, context.clock()
    named = mentioned(body)
    users = await mentions.list_mentionable(connection, tenant_id, conversation.inbox_id, *named) if any(named) else []
    if users:
        await mentions.mention(connection, tenant_id, conversation.number, users, at)
        data = {"users": users}
        await timeline.insert_event(
            connection, tenant_id, "conversation.mentioned", conversation.number, message_id, principal.ref, data, at
        )
