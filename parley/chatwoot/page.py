"""Everything a page of conversations shows, read in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..domain.conversations import Conversation, SlaEvent, Tag, Tracker
from ..domain.messages import Attachment, Message
from ..domain.people import Bot, Contact, ContactPoint, Inbox, Member, Team
from ..domain.principals import Principal
from ..store import conversations, messages, people
from ..store.database import Connection
from ..store.messages import Newest
from .wire import SLA_FEATURE


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the page, and what they refer to by id (newest and trackers by number)."""

    conversations: list[Conversation] = field(default_factory=list)
    newest: dict[int, Newest] = field(default_factory=dict)
    attachments: dict[int, list[Attachment]] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    bots: dict[int, Bot] = field(default_factory=dict)
    teams: dict[int, Team] = field(default_factory=dict)
    inboxes: dict[int, Inbox] = field(default_factory=dict)
    contact_points: dict[int, ContactPoint] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    trackers: dict[int, Tracker] = field(default_factory=dict)
    sla_events: list[SlaEvent] = field(default_factory=list)

    def labels(self, row: Conversation) -> list[str]:
        return [self.tags[tag_id].name for tag_id in row.tag_ids]


async def read_page(connection: Connection, principal: Principal, numbers: Sequence[int]) -> Page:
    """Inside an open snapshot; an empty page asks nothing."""
    if not numbers:
        return Page()
    tenant_id = principal.tenant.id
    rows = await conversations.get_conversations(connection, tenant_id, numbers)
    newest = await messages.list_newest(connection, principal, numbers)
    shown = list({message.id: message for pair in newest.values() for message in pair if message is not None}.values())
    with_files = [message.id for message in shown if message.attachment_count]
    trackers = await _trackers(connection, principal, numbers)
    return Page(
        conversations=rows,
        newest=newest,
        attachments=await messages.get_attachments(connection, tenant_id, with_files),
        contacts=await people.get_contacts(connection, tenant_id, {row.contact_id for row in rows} | _authors(shown, "contact")),
        members=await people.get_members(connection, tenant_id, _ids(rows, "assignee_user_id") | _authors(shown, "user")),
        bots=await people.get_bots(connection, tenant_id, _ids(rows, "assignee_bot_id") | _authors(shown, "bot")),
        teams=await people.get_teams(connection, tenant_id, _ids(rows, "team_id"), principal.user_id),
        inboxes=await people.get_inboxes(connection, tenant_id, {row.inbox_id for row in rows}),
        contact_points=await people.get_contact_points(connection, tenant_id, _ids(rows, "contact_point_id")),
        tags=await conversations.get_tags(connection, tenant_id, {tag_id for row in rows for tag_id in row.tag_ids}),
        trackers=trackers,
        sla_events=await conversations.get_sla_events(connection, tenant_id, [tracker.id for tracker in trackers.values()]),
    )


async def _trackers(connection: Connection, principal: Principal, numbers: Sequence[int]) -> dict[int, Tracker]:
    if SLA_FEATURE not in principal.tenant.features:
        return {}
    return await conversations.get_trackers(connection, principal.tenant.id, numbers)


def _ids(rows: list[Conversation], name: str) -> set[int]:
    return {value for row in rows if (value := getattr(row, name)) is not None}


def _authors(shown: list[Message], kind: str) -> set[int]:
    return {message.author_id for message in shown if message.author_kind == kind and message.author_id is not None}
