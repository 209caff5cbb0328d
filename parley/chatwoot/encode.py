"""Conversations and counts as this wire shows them (contract 1.5, 1.6, 2.1). Pure: rows in, bytes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from msgspec import Raw

from ..domain.conversations import PRIORITIES, Conversation
from ..domain.messages import Message
from ..store import renderings
from ..store.counts import Counts
from .encode_messages import message, unread
from .encode_people import People
from .encode_sla import applied_sla, sla_event
from .encode_types import channel, custom_attributes, encode, epoch, epoch_or_zero, iso_or_none, json_object, raw
from .page import Page
from .wire import SLA_FEATURE, Wire

_OPENING, _CLOSING = b'{"data":{"meta":%s,"payload":', b"}}"


def listed(counts: Counts, bodies: Sequence[bytes]) -> bytes:
    """The answer of a list."""
    return renderings.listed(_OPENING % encode(_counts(counts)) + b"[", bodies, b"]" + _CLOSING)


async def streamed(counts: Counts, pages: AsyncGenerator[list[bytes], None]) -> AsyncGenerator[bytes, None]:
    """The same, page by page."""
    async with aclosing(pages):
        before = _OPENING % encode(_counts(counts)) + b"["
        async for bodies in pages:
            yield before + b",".join(bodies)
            before = b","
    yield b"]" + _CLOSING


def counted(counts: Counts) -> bytes:
    """The answer of ``/meta``."""
    return encode({"meta": _counts(counts)})


def _counts(counts: Counts) -> dict[str, Any]:
    """``search_incomplete`` is ours: the search's time budget ended, so there may be more than is shown."""
    shown: dict[str, Any] = {
        "mine_count": counts.mine,
        "assigned_count": counts.assigned,
        "unassigned_count": counts.unassigned,
        "all_count": counts.all,
    }
    return shown if counts.complete else shown | {"search_incomplete": True}


def conversations(page: Page, wire: Wire) -> list[dict[str, Any]]:
    people = People(page, wire)
    return [_conversation(row, page, people, wire) for row in page.conversations]


def _conversation(row: Conversation, page: Page, people: People, wire: Wire) -> dict[str, Any]:
    newest, last_message = _messages(row, page, people, wire)
    last_activity_at = epoch(row.last_activity_at)
    shown = {
        "meta": _meta(row, page, people),
        "id": row.number,
        "messages": [] if newest is None else [newest],
        "account_id": wire.tenant.id,
        "uuid": row.uuid,
        "additional_attributes": json_object(row.additional_attributes),
        "agent_last_seen_at": epoch_or_zero(row.agent_last_seen_at),
        "assignee_last_seen_at": epoch_or_zero(row.assignee_last_seen_at),
        "can_reply": wire.can_reply(row.last_incoming_at, page.inboxes[row.inbox_id].reply_window_s),
        "contact_last_seen_at": epoch_or_zero(row.contact_last_seen_at),
        "custom_attributes": custom_attributes(row.custom_fields),
        "inbox_id": row.inbox_id,
        "labels": page.labels(row),
        "muted": page.contacts[row.contact_id].blocked,
        "snoozed_until": iso_or_none(row.snoozed_until),
        "status": row.status,
        "created_at": epoch(row.created_at),
        "updated_at": row.modified_at.timestamp(),
        "timestamp": last_activity_at,
        "first_reply_created_at": epoch_or_zero(row.first_reply_at),
        "unread_count": unread(row),
        "last_non_activity_message": last_message,
        "last_activity_at": last_activity_at,
        "priority": None if row.priority is None else PRIORITIES[row.priority],
        "waiting_since": epoch_or_zero(row.waiting_since),
        "sla_policy_id": row.sla_policy_id,
    }
    if wire.has(SLA_FEATURE):
        shown |= sla(row, page)
    return shown


def _meta(row: Conversation, page: Page, people: People) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sender": people.contact(row.contact_id),
        "channel": channel(page.inboxes[row.inbox_id].kind),
    }
    assignee, assignee_type = _assignee(row, people)
    if assignee is not None:
        shown |= {"assignee": assignee, "assignee_type": assignee_type}
    team = None if row.team_id is None else people.team(row.team_id)
    if team is not None:
        shown["team"] = team
    point = page.contact_points.get(row.contact_point_id or 0)
    shown["hmac_verified"] = point and point.hmac_verified
    return shown


def _assignee(row: Conversation, people: People) -> tuple[Raw | None, str]:
    if row.assignee_bot_id is not None:
        return people.slim_bot(row.assignee_bot_id), "AgentBot"
    return None if row.assignee_user_id is None else people.agent(row.assignee_user_id), "User"


def _messages(row: Conversation, page: Page, people: People, wire: Wire) -> tuple[Raw | None, Raw | None]:
    """The newest entry and the newest that is no change; most often they are one and encoded once."""
    entry, last = page.newest[row.number]
    shown = _shown(entry, row, page, people, wire)
    return shown, shown if last is entry else _shown(last, row, page, people, wire)


def _shown(one: Message | None, row: Conversation, page: Page, people: People, wire: Wire) -> Raw | None:
    return None if one is None else raw(message(one, row, page, people, wire))


def sla(row: Conversation, page: Page) -> dict[str, Any]:
    """What an account with SLAs shows of a conversation's."""
    tracker = page.trackers.get(row.number)
    shown = {} if tracker is None else {"applied_sla": applied_sla(tracker)}
    events = page.sla_events if tracker else []
    return shown | {"sla_events": [sla_event(event) for event in events if tracker and event.tracker_id == tracker.id]}
