"""What the original tells of things in its frames (``push_event_data``, ``push_data``) and webhooks (``webhook_data``); contract 5.1, 5.2.

Pure: from the rows of a batch. Inboxes are in ``event_inboxes``, notifications in ``event_notifications``.
"""

from __future__ import annotations

from typing import Any

from ..domain.conversations import PRIORITIES, Conversation
from ..domain.messages import Message
from ..domain.people import Bot, Contact, Member
from ..domain.principals import Ref
from .encode import sla
from .encode_messages import message, unread
from .encode_people import contact_sender
from .encode_types import channel, custom_attributes, epoch, epoch_or_zero, iso, iso_or_none, json_object
from .event_subjects import Subjects
from .wire import SLA_FEATURE, Wire

Json = dict[str, Any]


def account(wire: Wire) -> Json:
    return {"id": wire.tenant.id, "name": wire.tenant.name}


def conversation(row: Conversation, subjects: Subjects) -> Json:
    """``Conversations::EventDataPresenter#push_data``; made once for a batch, so nobody may change it."""
    if row.number not in subjects.shown:
        subjects.shown[row.number] = _conversation(row, subjects)
    return subjects.shown[row.number]


def _conversation(row: Conversation, subjects: Subjects) -> Json:
    wire, page = subjects.wire, subjects.page
    inbox, last = page.inboxes[row.inbox_id], epoch(row.last_activity_at)
    chat = page.newest[row.number].message
    shown: Json = {
        "additional_attributes": json_object(row.additional_attributes),
        "can_reply": wire.can_reply(row.last_incoming_at, inbox.reply_window_s),
        "channel": channel(inbox.kind),
        "contact_inbox": _contact_inbox(row, subjects),
        "id": row.number,
        "inbox_id": row.inbox_id,
        "messages": [] if chat is None else [said(chat, row, subjects)],
        "labels": page.labels(row),
        "meta": _meta(row, subjects),
        "status": row.status,
        "custom_attributes": custom_attributes(row.custom_fields),
        "snoozed_until": iso_or_none(row.snoozed_until),
        "unread_count": unread(row),
        "first_reply_created_at": iso_or_none(row.first_reply_at),
        "priority": None if row.priority is None else PRIORITIES[row.priority],
        "waiting_since": epoch_or_zero(row.waiting_since),
        "agent_last_seen_at": epoch_or_zero(row.agent_last_seen_at),
        "contact_last_seen_at": epoch_or_zero(row.contact_last_seen_at),
        "last_activity_at": last,
        "timestamp": last,
        "created_at": epoch(row.created_at),
        "updated_at": row.modified_at.timestamp(),
    }
    return shown | ({"sla_policy_id": row.sla_policy_id} | sla(row, page) if wire.has(SLA_FEATURE) else {})


def webhook_conversation(row: Conversation, subjects: Subjects) -> Json:
    return conversation(row, subjects) | {"account": account(subjects.wire)}


def _contact_inbox(row: Conversation, subjects: Subjects) -> Json | None:
    """The row, but for its token: that opens the contact's live connections, and is shown to the contact alone."""
    point = subjects.points.get(row.contact_point_id or 0)
    return point and {
        "id": point.id,
        "contact_id": point.contact_id,
        "inbox_id": point.inbox_id,
        "source_id": point.source_id,
        "created_at": iso(point.created_at),
        "updated_at": iso(point.updated_at),
        "hmac_verified": point.hmac_verified,
        "pubsub_token": None,
    }


def _meta(row: Conversation, subjects: Subjects) -> Json:
    team = subjects.page.teams.get(row.team_id or 0)
    point = subjects.points.get(row.contact_point_id or 0)
    assignee = (
        ("AgentBot", Ref("bot", row.assignee_bot_id))
        if row.assignee_bot_id is not None
        else ("User", Ref("user", row.assignee_user_id))
        if row.assignee_user_id is not None
        else (None, None)
    )
    return {
        "sender": subjects.people.sender("contact", row.contact_id),
        "assignee": assignee[1] and subjects.people.sender(assignee[1].kind, assignee[1].id),
        "assignee_type": assignee[0],
        "team": team and {"id": team.id, "name": team.name},
        "hmac_verified": point and point.hmac_verified,
    }


def said(one: Message, row: Conversation, subjects: Subjects) -> Json:
    """``Message#push_event_data``."""
    shown = message(one, row, subjects.page, subjects.people, subjects.wire)
    shown.pop("attachment", None)  # what only the reference page of the list names
    return shown


def webhook_message(one: Message, row: Conversation, subjects: Subjects) -> Json:
    """``Message#webhook_data``: times in words, and the whole conversation."""
    push, inbox = said(one, row, subjects), subjects.page.inboxes[row.inbox_id]
    shown: Json = {
        "account": account(subjects.wire),
        "additional_attributes": push["additional_attributes"],
        "content_attributes": push["content_attributes"],
        "content_type": push["content_type"],
        "content": push["content"],
        "conversation": webhook_conversation(row, subjects),
        "created_at": iso(one.created_at),
        "id": one.id,
        "inbox": {"id": inbox.id, "name": inbox.name},
        "message_type": one.kind,
        "private": push["private"],
        "sender": webhook_person(_author(one), subjects),
        "source_id": one.source_id,
    }
    return shown | ({"attachments": push["attachments"]} if "attachments" in push else {})


def _author(one: Message) -> Ref | None:
    return None if one.author_id is None else Ref(one.author_kind, one.author_id)  # type: ignore[arg-type]


def contact(row: Contact, wire: Wire) -> Json:
    """``Contact#push_event_data``."""
    return contact_sender(row, wire)


def webhook_contact(row: Contact, wire: Wire) -> Json:
    picture = wire.picture_url(row.picture_id, row.picture_name)
    return {
        "account": account(wire),
        "additional_attributes": json_object(row.additional_attributes),
        "avatar": picture,
        "custom_attributes": custom_attributes(row.custom_fields),
        "email": row.email,
        "id": row.id,
        "identifier": row.identifier,
        "name": row.name,
        "phone_number": row.phone_number,
        "thumbnail": picture,
        "blocked": row.blocked,
    }


def webhook_person(who: Ref | None, subjects: Subjects) -> Json | None:
    """A sender, or who types; None for the server itself and for whoever is gone."""
    if who is None:
        return None
    page = subjects.page
    rows: dict[str, dict[int, Any]] = {"user": page.members, "contact": page.contacts, "bot": page.bots}
    row = rows.get(who.kind, {}).get(who.id)
    if isinstance(row, Contact):
        return webhook_contact(row, subjects.wire)
    return None if row is None else _member(row) if isinstance(row, Member) else _bot(row)


def _member(row: Member) -> Json:
    return {"id": row.id, "name": row.name, "email": row.email, "type": "user"}


def _bot(row: Bot) -> Json:
    return {"id": row.id, "name": row.name, "type": "agent_bot"}
