"""Conversations as this wire sends them: from their renderings where those still hold, else encoded now.

A rendering is what every caller but a contact sees. Reactions tell whether the caller is among them, so entries with any are
encoded afresh, as is everything for contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ..actions.context import Context
from ..domain.conversations import Conversation
from ..domain.messages import Entry
from ..domain.people import Bot, Contact, Member
from ..domain.principals import Principal
from ..store import renderings
from ..store.database import Connection, keep_plans
from ..store.renderings import STRUCTURE, Fresh, noun
from . import page
from .encode_conversations import conversations as encode_conversations
from .page import Page, Person, Schema


class Conversations:
    """What one answer reads: all of it in one snapshot. The schema is asked for once, when something has to be encoded."""

    def __init__(self, context: Context, connection: Connection, principal: Principal, *, is_beta: bool) -> None:
        self._keeper = context.keeper if principal.ref.kind != "contact" else None
        self._connection = connection
        self._principal = principal
        self._is_beta = is_beta
        self._schema: Schema | None = None

    async def bodies(self, numbers: Sequence[int]) -> list[bytes]:
        """Each conversation's JSON in the order of the numbers, as the caller may see it; absent ones are left out."""
        if self._keeper is None:
            return [one.body for one in await self._encode(numbers)]
        wire = "devrev_beta" if self._is_beta else "devrev"
        found = await renderings.read_through(self._connection, self._principal.tenant.id, wire, numbers, self._encode, self._keeper.offer)
        return [found[number] for number in numbers if number in found]

    async def _encode(self, numbers: Sequence[int]) -> list[Fresh]:
        await keep_plans(self._connection)
        if self._schema is None:
            self._schema = await page.load_schema(self._connection, self._principal.tenant.id)
        loaded = await page.load(self._connection, self._principal, numbers, self._schema, with_changes=self._is_beta)
        shown = encode_conversations(loaded, is_beta=self._is_beta)
        return [
            Fresh(row.number, msgspec.json.encode(one), nouns_of(loaded, row)) for row, one in zip(loaded.conversations, shown, strict=True)
        ]


def nouns_of(loaded: Page, row: Conversation) -> frozenset[int] | None:
    """What a conversation shows beside its own; None where its body is the caller's alone."""
    entries = loaded.entries.get(row.number, ())
    if any(entry.reaction_count for entry in entries):
        return None
    named: set[Person] = {*page.people_of_conversation(row), *page.people_of_tracker(loaded, row.number)}
    for entry in entries:
        named.update(page.people_of_entry(entry))
    parts = [loaded.parts[part_id] for part_id in row.part_ids if part_id in loaded.parts]
    named |= {("user", user_id) for part in parts for user_id in part.owner_ids}
    return frozenset([STRUCTURE, *_people(loaded, named), *_things(row), *_origins(loaded, row.number, entries)])


def _people(loaded: Page, named: Iterable[Person]) -> Iterator[int]:
    """People with their pictures and workspaces."""
    known: dict[str, Mapping[int, Member | Contact | Bot]] = {"user": loaded.members, "contact": loaded.contacts, "bot": loaded.bots}
    for kind, number in named:
        if not number or kind not in known:
            continue
        yield noun(kind, number)
        found = known[kind].get(number)
        if found is not None and found.picture_id is not None:
            yield noun("attachment", found.picture_id)
        if isinstance(found, Contact) and found.workspace_id is not None:
            yield noun("workspace", found.workspace_id)


def _things(row: Conversation) -> Iterator[int]:
    for tag_id in row.tag_ids:
        yield noun("tag", tag_id)
    for part_id in row.part_ids:
        yield noun("part", part_id)
    if row.team_id is not None:
        yield noun("team", row.team_id)
    if row.company_id is not None:
        yield noun("company", row.company_id)


def _origins(loaded: Page, number: int, entries: Iterable[Entry]) -> Iterator[int]:
    """The sync units that brought it or its entries."""
    for origin in (loaded.origins.get(number), *(loaded.entry_origins.get(entry.id) for entry in entries)):
        if origin is not None and origin.unit_id is not None:
            yield noun("sync_unit", origin.unit_id)
