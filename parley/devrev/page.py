"""Everything that a page of conversations shows, fetched in as few statements as it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..domain.conversations import (
    Conversation,
    FieldDefinition,
    Metric,
    Origin,
    Part,
    SchemaFragment,
    Stage,
    Tag,
    Tracker,
)
from ..domain.messages import Attachment, Entry, Reaction
from ..domain.people import Bot, Company, Contact, Member, Team
from ..domain.principals import Principal, Ref
from ..store import conversations, messages, people
from ..store.database import Connection

Person: TypeAlias = tuple[str, int]

# How many of the latest entries a conversation shows (README, Decided).
LATEST = 10


@dataclass(slots=True)
class Schema:
    """What all pages of one walk share."""

    stages: dict[int, Stage]
    fragments: list[SchemaFragment]


@dataclass(slots=True)
class Page:
    """Conversations in order and everything that they refer to, by id."""

    slug: str
    schema: Schema
    conversations: list[Conversation]
    entries: dict[int, list[Entry]]
    for_contact: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    bots: dict[int, Bot] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    teams: dict[int, Team] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    parts: dict[int, Part] = field(default_factory=dict)
    trackers: dict[int, Tracker] = field(default_factory=dict)
    metrics: dict[int, list[Metric]] = field(default_factory=dict)
    origins: dict[int, Origin] = field(default_factory=dict)
    entry_origins: dict[int, Origin] = field(default_factory=dict)
    attachments: dict[int, list[Attachment]] = field(default_factory=dict)
    reactions: dict[int, list[Reaction]] = field(default_factory=dict)
    hidden_replies: dict[int, int] = field(default_factory=dict)
    definitions: list[FieldDefinition] = field(default_factory=list)


async def load_schema(connection: Connection, tenant_id: int) -> Schema:
    stages, fragments = await conversations.list_schema(connection, tenant_id)
    return Schema(stages, fragments)


async def load(
    connection: Connection, principal: Principal, numbers: Sequence[int], schema: Schema, *, with_changes: bool, are_new: bool = False
) -> Page:
    """The page of these conversations as the caller may see it; everything here is looked up by id (``keep_plans``).

    ``are_new``: this transaction opened them, so nothing was imported or measured of them.
    """
    rows = await conversations.get_conversations(connection, principal.tenant.id, numbers)
    return await load_rows(connection, principal, rows, schema, with_changes=with_changes, are_new=are_new)


async def load_rows(
    connection: Connection,
    principal: Principal,
    rows: Sequence[Conversation],
    schema: Schema,
    *,
    with_changes: bool,
    are_new: bool = False,
) -> Page:
    """The same of rows that are read already; one conversation may have several, as it was and as it is."""
    tenant_id, numbers = principal.tenant.id, list({row.number for row in rows})
    page = Page(
        slug=principal.tenant.slug,
        schema=schema,
        conversations=list(rows),
        entries=await messages.list_latest_entries(connection, principal, numbers, per_conversation=LATEST, with_changes=with_changes),
        for_contact=principal.ref.kind == "contact",
    )
    await _load_entries(connection, principal, page)
    if not are_new:
        await _load_slas(connection, tenant_id, page)
        page.origins = await conversations.get_origins(connection, tenant_id, "conversation", numbers)
    await _load_things(connection, principal, page)
    await _load_people(connection, principal, page)
    return page


async def load_entries(connection: Connection, principal: Principal, entries: Sequence[Entry]) -> Page:
    """A page of entries, for an answer that shows nothing else. Only changes tell of the schema."""
    with_changes = any(entry.kind == "activity" for entry in entries)
    schema = await load_schema(connection, principal.tenant.id) if with_changes else Schema({}, [])
    of: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry.conversation_number].append(entry)
    page = Page(principal.tenant.slug, schema, [], of, principal.ref.kind == "contact")
    await _load_entries(connection, principal, page)
    await _load_people(connection, principal, page)
    return page


async def _load_entries(connection: Connection, principal: Principal, page: Page) -> None:
    """What entries carry, asked for only where an entry says that it has some."""
    tenant_id = principal.tenant.id
    entries = [entry for of_one in page.entries.values() for entry in of_one]
    page.attachments = await messages.get_attachments(connection, tenant_id, [e.id for e in entries if e.attachment_count])
    page.reactions = await messages.get_reactions(connection, tenant_id, [e.id for e in entries if e.reaction_count], principal.ref)
    page.hidden_replies = await messages.count_hidden_replies(connection, principal, [e.id for e in entries if e.reply_count])
    imported = [e.id for e in entries if e.is_imported]
    page.entry_origins = await conversations.get_origins(connection, tenant_id, "message", imported)
    if any(entry.event for entry in entries):
        page.definitions = await conversations.list_field_definitions(connection, tenant_id, "conversation")


async def _load_slas(connection: Connection, tenant_id: int, page: Page) -> None:
    numbers = list({conversation.number for conversation in page.conversations})
    page.trackers = await conversations.get_trackers(connection, tenant_id, numbers)
    metrics: dict[int, list[Metric]] = defaultdict(list)
    for metric in await conversations.get_metrics(connection, tenant_id, [t.id for t in page.trackers.values()]):
        metrics[metric.tracker_id].append(metric)
    page.metrics = metrics


async def _load_things(connection: Connection, principal: Principal, page: Page) -> None:
    tenant_id, rows = principal.tenant.id, page.conversations
    page.tags = await conversations.get_tags(connection, tenant_id, (tag for c in rows for tag in c.tag_ids))
    page.parts = await conversations.get_parts(connection, tenant_id, (part for c in rows for part in c.part_ids))
    page.companies = await people.get_companies(connection, tenant_id, _given(c.company_id for c in rows))
    page.teams = await people.get_teams(connection, tenant_id, _given(c.team_id for c in rows), principal.user_id)


async def _load_people(connection: Connection, principal: Principal, page: Page) -> None:
    """The caller is known already."""
    wanted: dict[str, set[int]] = {"user": set(), "contact": set(), "bot": set(), "system": set()}
    for kind, number in _people_of(page):
        wanted[kind].add(number)
    wanted["user"].update(user for part in page.parts.values() for user in part.owner_ids)
    me = principal.member
    known = {me.id: me} if me else {}
    wanted["user"] -= known.keys()
    await _fill_people(connection, principal.tenant.id, page, wanted)
    page.members |= known


async def load_people(connection: Connection, principal: Principal, refs: Iterable[Ref]) -> Page:
    """A page of people alone, for answers that show other nouns (``People`` encodes them)."""
    page = Page(principal.tenant.slug, Schema({}, []), [], {}, principal.ref.kind == "contact")
    wanted: dict[str, set[int]] = {"user": set(), "contact": set(), "bot": set(), "system": set()}
    for ref in refs:
        wanted[ref.kind].add(ref.id)
    await _fill_people(connection, principal.tenant.id, page, wanted)
    return page


async def _fill_people(connection: Connection, tenant_id: int, page: Page, wanted: dict[str, set[int]]) -> None:
    for numbers in wanted.values():
        numbers.discard(0)  # stands for nobody
    page.members = await people.get_members(connection, tenant_id, wanted["user"])
    page.contacts = await people.get_contacts(connection, tenant_id, wanted["contact"])
    page.bots = await people.get_bots(connection, tenant_id, wanted["bot"])


def _people_of(page: Page) -> Iterable[Person]:
    for row in page.conversations:
        yield from people_of_conversation(row)
        yield from people_of_tracker(page, row.number)
    for entries in page.entries.values():
        for entry in entries:
            yield from people_of_entry(entry)


def people_of_conversation(row: Conversation) -> Iterable[Person]:
    """Whom the row names; number 0 stands for nobody."""
    yield "contact", row.contact_id
    yield row.created_by_kind, row.created_by_id or 0
    yield row.modified_by_kind, row.modified_by_id or 0
    yield "user", row.assignee_user_id or 0
    yield "bot", row.assignee_bot_id or 0
    for text in (*row.members, *row.co_owners):
        ref = Ref.parse(text)
        yield ref.kind, ref.id


def people_of_entry(entry: Entry) -> Iterable[Person]:
    yield entry.author_kind, entry.author_id or 0
    if entry.modified_by_kind is not None:
        yield entry.modified_by_kind, entry.modified_by_id or 0


def people_of_tracker(page: Page, number: int) -> Iterable[Person]:
    """Of the conversation's tracker, where it has one."""
    if (tracker := page.trackers.get(number)) is None:
        return
    yield tracker.created_by_kind or "system", tracker.created_by_id or 0
    yield tracker.modified_by_kind or "system", tracker.modified_by_id or 0
    for metric in page.metrics.get(tracker.id, ()):
        yield metric.removed_by_kind or "system", metric.removed_by_id or 0


def _given(ids: Iterable[int | None]) -> set[int]:
    return {one for one in ids if one is not None}
