"""What a search found: summaries with the words around each hit (official document, search-result)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..domain.conversations import Conversation, Origin, Part, Tag
from ..domain.people import Company, Team, Workspace
from ..domain.principals import Ref
from ..store import conversations, people
from ..store.search_nouns import Found, MatchingMessage, list_matching_messages
from ..store.works import WORKS, WorkRow
from . import dates, encode_works
from .encode_atoms import references
from .encode_origins import sync_metadata
from .encode_people import People, account, group, without_none
from .endpoints import Call, Json
from .page import Page, load_people

# How many messages a conversation shows, as documented, and how much text stands before and after a hit.
_COMMENTS = 5
_AROUND = 60
_PEOPLE = ("user", "contact", "bot")


@dataclass(slots=True)
class _Things:
    """What the rows of a page refer to, by id."""

    conversations: dict[int, Conversation] = field(default_factory=dict)
    origins: dict[int, Origin] = field(default_factory=dict)
    messages: dict[int, list[MatchingMessage]] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    workspaces: dict[int, Workspace] = field(default_factory=dict)
    teams: dict[int, Team] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    parts: dict[int, Part] = field(default_factory=dict)
    works: dict[int, tuple[WorkRow, Json]] = field(default_factory=dict)


async def results(call: Call, rows: Sequence[Found], terms: Sequence[str]) -> list[Json]:
    """The results in order; a row that is gone meanwhile cannot be: all is read in one snapshot."""
    things = await _load(call, rows, terms)
    refs = [Ref(row.noun, row.id) for row in rows if row.noun in _PEOPLE]  # type: ignore[arg-type]
    refs += [Ref("user", user_id) for part in things.parts.values() for user_id in part.owner_ids]
    authors = [_author(message) for found in things.messages.values() for message in found]
    page = await load_people(call.connection, call.principal, [*refs, *authors])
    encoder = _Encoder(call, things, page, People(page, call.names), _pattern(terms))
    return [encoder.result(row) for row in rows]


async def _load(call: Call, rows: Sequence[Found], terms: Sequence[str]) -> _Things:
    connection, tenant_id = call.connection, call.tenant_id
    ids: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        ids[row.noun].append(row.id)
    numbers = ids["conversation"]
    found: dict[int, list[MatchingMessage]] = defaultdict(list)
    for message in await list_matching_messages(connection, call.principal, numbers, terms, most=_COMMENTS):
        found[message.conversation_number].append(message)
    return _Things(
        conversations={one.number: one for one in await conversations.get_conversations(connection, tenant_id, numbers)},
        origins=await conversations.get_origins(connection, tenant_id, "conversation", numbers),
        messages=found,
        companies=await people.get_companies(connection, tenant_id, ids["company"]),
        workspaces=await people.get_workspaces(connection, tenant_id, ids["workspace"]),
        teams=await people.get_teams(connection, tenant_id, ids["team"], call.principal.user_id),
        tags=await conversations.get_tags(connection, tenant_id, ids["tag"]),
        parts=await conversations.get_parts(connection, tenant_id, ids["part"]),
        works=await _load_works(call, ids["work"]),
    )


async def _load_works(call: Call, ids: Sequence[int]) -> dict[int, tuple[WorkRow, Json]]:
    """Each with its summary."""
    if not ids:
        return {}
    rows = await WORKS.get(call.connection, call.tenant_id, ids)
    page = await encode_works.load(call, list(rows.values()))
    return {work_id: (row, encode_works.summary(page, row)) for work_id, row in rows.items()}


@dataclass(frozen=True, slots=True)
class _Encoder:
    call: Call
    things: _Things
    page: Page
    people: People
    pattern: re.Pattern[str] | None

    def result(self, row: Found) -> Json:
        encode: Callable[[Found], Json] = self._user if row.noun in _PEOPLE else getattr(self, f"_{row.noun}")
        return {**encode(row), "modified_date": dates.show(row.modified_at)}

    def _conversation(self, row: Found) -> Json:
        found, names = self.things.conversations[row.id], self.call.names
        summary: Json = {**names.ids("conversation", row.id), **without_none({"title": found.title})}
        if (origin := self.things.origins.get(row.id)) is not None:
            summary["sync_metadata"] = sync_metadata(names, origin)
        messages = self.things.messages.get(row.id, [])
        comments = {"comments": [self._comment(message) for message in messages]} if messages else {}
        snippet = self._snippet(found.title, found.description, *(message.body for message in messages))
        return {"type": "conversation", "conversation": summary, **comments, **snippet}

    def _comment(self, message: MatchingMessage) -> Json:
        author = _author(message)
        shown: Json = {
            "comment": self.call.names.ids("timeline_comment", message.id),
            "created_by": self.people.person(author.kind, author.id),
            "created_date": dates.show(message.created_at),
            "object": self.call.names.don("conversation", message.conversation_number),
            **self._snippet(message.body),
        }
        if message.panels:
            shown["panels"] = message.panels
        if message.references:
            shown["references"] = references(self.call.names, message.references, is_beta=True)
        return shown

    def _user(self, row: Found) -> Json:
        people: dict[str, Mapping[int, Any]] = {"user": self.page.members, "contact": self.page.contacts, "bot": self.page.bots}
        found = people[row.noun][row.id]
        texts = [found.name, getattr(found, "display_name", None), found.email, *(getattr(found, key, None) for key in _CONTACT)]
        number = getattr(found, "phone_number", None)
        phones = {"phone_numbers": [number]} if number else {}
        return {"type": "user", "user": self.people.person(row.noun, row.id), **phones, **self._snippet(*texts)}

    def _company(self, row: Found) -> Json:
        found = self.things.companies[row.id]
        return {"type": "account", "account": account(self.call.names, found), **self._snippet(found.name)}

    def _workspace(self, row: Found) -> Json:
        found = self.things.workspaces[row.id]
        summary = {"type": "rev_org", **self.call.names.ids("rev_org", row.id), "display_name": found.name}
        return {"type": "org", "org": summary, **self._snippet(found.name)}

    def _team(self, row: Found) -> Json:
        found = self.things.teams[row.id]
        return {"type": "group", "group": group(self.call.names, found), **self._snippet(found.name)}

    def _tag(self, row: Found) -> Json:
        found = self.things.tags[row.id]
        summary = {**self.call.names.ids("tag", row.id), "name": found.name, "style_new": {"color": found.color}}
        return {"type": "tag", "tag": summary, **self._snippet(found.name)}

    def _part(self, row: Found) -> Json:
        found = self.things.parts[row.id]
        owners = self.people.several(Ref("user", user_id) for user_id in found.owner_ids)
        summary = {"type": found.kind, **self.call.names.ids(found.kind, row.id), "name": found.name, "owned_by": owners}
        return {"type": "part", "part": summary, **self._snippet(found.name)}

    def _work(self, row: Found) -> Json:
        found, summary = self.things.works[row.id]
        return {"type": "work", "work": summary, **self._snippet(found.title, found.body)}

    def _snippet(self, *texts: str | None) -> Json:
        """The words around the first hit in each text, one after another; nothing where no text has one."""
        found = [snippet for text in texts if text and (snippet := self._around(text))]
        return {"snippet": " … ".join(found)} if found else {}

    def _around(self, text: str) -> str | None:
        match = self.pattern.search(text) if self.pattern else None
        if match is None:
            return None
        start, end = max(0, match.start() - _AROUND), match.end() + _AROUND
        return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")


_CONTACT = ("phone_number", "identifier")


def _author(message: MatchingMessage) -> Ref:
    return Ref(message.author_kind, message.author_id or 0)  # type: ignore[arg-type]


def _pattern(terms: Iterable[str]) -> re.Pattern[str] | None:
    text = "|".join(map(re.escape, terms))
    return re.compile(text, re.IGNORECASE) if text else None
