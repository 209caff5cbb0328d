"""What a batch of events is about, read in a fixed number of statements: rows as they are now, absent where they are gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..domain.conversations import Conversation
from ..domain.messages import Message
from ..domain.principals import SYSTEM, Principal, Ref, Tenant
from ..store import contact_points, conversations, inboxes, messages, notifications, people
from ..store.accounts import CacheKeys, get_cache_keys
from ..store.contact_points import PointRow
from ..store.database import Connection
from ..store.inboxes import InboxRow
from ..store.messages import Newest
from ..store.notifications import Notification
from .encode_people import NamelessContacts, People
from .event_names import Happened
from .page import Page
from .wire import SLA_FEATURE, Wire

_NEVER = CacheKeys(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Rows by id, conversations by number. ``said`` holds no private message, ``page.newest`` none that the contact may not see.

    ``told``: notifications. ``verified``: points by contact, of those contacts that proved who they are by their conversation's.
    ``shown`` keeps what was encoded.
    """

    wire: Wire
    page: Page
    people: People
    conversations: Mapping[int, Conversation] = field(default_factory=dict)
    said: Mapping[int, Message] = field(default_factory=dict)
    points: Mapping[int, PointRow] = field(default_factory=dict)
    verified: Mapping[int, Sequence[int]] = field(default_factory=dict)
    inboxes: Mapping[int, InboxRow] = field(default_factory=dict)
    told: Mapping[int, Notification] = field(default_factory=dict)
    unread: Mapping[int, int] = field(default_factory=dict)
    cache_keys: CacheKeys = _NEVER
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)

    def conversation_of(self, one: Happened) -> Conversation | None:
        return self.conversations.get(one.event.conversation_number or 0)

    def for_unproven(self) -> Subjects:
        """The same for who has only said to be the contact: nothing of what is known of contacts."""
        return replace(self, people=NamelessContacts(self.page, self.wire), shown={})


@dataclass(slots=True)
class _Wanted:
    """Ids that the events name."""

    numbers: set[int] = field(default_factory=set)
    messages: set[int] = field(default_factory=set)
    contacts: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)
    bots: set[int] = field(default_factory=set)
    inboxes: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    told_users: set[int] = field(default_factory=set)
    has_cached: bool = False

    def person(self, ref: Ref) -> None:
        ids = {"user": self.users, "contact": self.contacts, "bot": self.bots}.get(ref.kind)
        if ids is not None and ref.id:
            ids.add(ref.id)


async def read_subjects(connection: Connection, wire: Wire, events: Sequence[Happened]) -> Subjects:
    """Inside an open snapshot of the tenant."""
    wanted, tenant_id = _wanted(events), wire.tenant.id
    told = await notifications.get_notifications(connection, tenant_id, wanted.told, wire.now)
    _add_told(wanted, told.values())
    found = await notifications.get_messages(connection, Principal(wire.tenant, SYSTEM), sorted(wanted.messages))
    said = {number: message for number, message in found.items() if message.visibility != "private"}
    page, points = await _page(connection, wire.tenant, wanted, said.values())
    rows = {row.number: row for row in page.conversations}
    proved = {point.contact_id for point in points.values() if point.hmac_verified}
    return Subjects(
        wire,
        page,
        People(page, wire),
        conversations=rows,
        said=said,
        points=points,
        verified=await contact_points.list_verified(connection, tenant_id, proved),
        inboxes=await inboxes.INBOXES.get(connection, tenant_id, wanted.inboxes),
        told=told,
        unread=await notifications.count_unread(connection, tenant_id, wanted.told_users, wire.now),
        cache_keys=await get_cache_keys(connection, tenant_id) if wanted.has_cached else _NEVER,
    )


def _wanted(events: Sequence[Happened]) -> _Wanted:
    wanted = _Wanted()
    for one in events:
        event, noun = one.event, one.event.kind.partition(".")[0]
        wanted.person(event.actor)
        wanted.has_cached |= one.name == "account.cache_invalidated"
        if event.conversation_number is not None:
            wanted.numbers.add(event.conversation_number)
        if event.message_id is not None:
            wanted.messages.add(event.message_id)
        ids = {"contact": wanted.contacts, "inbox": wanted.inboxes}.get(noun)
        if ids is not None and "id" in one.data:
            ids.add(one.data["id"])
        if noun == "notification":
            wanted.told |= {*one.data.get("ids", ()), *([one.data["id"]] if "id" in one.data else [])}
            wanted.told_users |= {one.data["user"]} if "user" in one.data else set()
    return wanted


def _add_told(wanted: _Wanted, told: Collection[Notification]) -> None:
    """What notifications are about."""
    for one in told:
        wanted.numbers.add(one.conversation_number)
        wanted.users.add(one.user_id)
        wanted.person(Ref(one.actor_kind, one.actor_id or 0))  # type: ignore[arg-type]
        if one.message_id is not None:
            wanted.messages.add(one.message_id)


async def _page(connection: Connection, tenant: Tenant, wanted: _Wanted, said: Collection[Message]) -> tuple[Page, Mapping[int, PointRow]]:
    """The conversations with their newest message that the contact may see too, and everybody named."""
    tenant_id, numbers = tenant.id, sorted(wanted.numbers)
    rows = await conversations.get_conversations(connection, tenant_id, numbers) if numbers else []
    chat = await messages.list_newest_said(connection, tenant_id, numbers) if numbers else {}
    for message in (*said, *chat.values()):
        wanted.person(Ref(message.author_kind, message.author_id or 0))  # type: ignore[arg-type]
    with_files = {message.id for message in (*said, *chat.values()) if message.attachment_count}
    users = wanted.users | {row.assignee_user_id for row in rows if row.assignee_user_id is not None}
    bots = wanted.bots | {row.assignee_bot_id for row in rows if row.assignee_bot_id is not None}
    point_ids = {row.contact_point_id for row in rows if row.contact_point_id is not None}
    trackers = await conversations.get_trackers(connection, tenant_id, numbers) if SLA_FEATURE in tenant.features and numbers else {}
    page = Page(
        conversations=rows,
        newest={number: Newest(chat.get(number), chat.get(number)) for number in numbers},
        attachments=await messages.get_attachments(connection, tenant_id, sorted(with_files)),
        contacts=await people.get_contacts(connection, tenant_id, wanted.contacts | {row.contact_id for row in rows}),
        members=await people.get_members(connection, tenant_id, users),
        bots=await people.get_bots(connection, tenant_id, bots),
        teams=await people.get_teams(connection, tenant_id, {row.team_id for row in rows if row.team_id is not None}, None),
        inboxes=await people.get_inboxes(connection, tenant_id, {row.inbox_id for row in rows}),
        contact_points=await people.get_contact_points(connection, tenant_id, point_ids),
        tags=await conversations.get_tags(connection, tenant_id, {tag_id for row in rows for tag_id in row.tag_ids}),
        trackers=trackers,
        sla_events=await conversations.get_sla_events(connection, tenant_id, [one.id for one in trackers.values()]),
    )
    return page, await contact_points.get_rows(connection, tenant_id, point_ids)
