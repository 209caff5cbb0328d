"""Search (contract 3.1): conversations, contacts and messages by a substring, over the whole history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..domain.filters import TimeRange
from ..domain.principals import Ref
from ..domain.problems import InvalidValue
from ..store import conversations, found_customers, found_messages, people
from ..store import messages as all_messages
from ..store.database import keep_plans, vary_plans
from ..store.found_messages import FoundMessage, WantedMessages
from . import encode_found
from .decode import decode
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .page import Page
from .readers import Json
from .search_shapes import SHAPES
from .views import find_asked, require_team

PAGE_SIZE = 15
MOST_MESSAGES = 1000
"""Of one conversation, the newest."""
_FROM = re.compile(r"(contact|agent):(\d{1,18})")


async def search_conversations(call: Call) -> Json:
    """The list's own finder, and of each conversation the messages that match."""
    context, caller = call.context, call.principal
    asked = decode(call.request.scope["query_string"], caller, context.clock(), context.chatwoot_page_size)
    await require_team(call.connection, caller, asked)
    await vary_plans(call.connection)
    counted, numbers = await find_asked(context, call.connection, caller, asked)
    await keep_plans(call.connection)
    text = asked.filter.message_text
    matching = await found_messages.list_of_conversations(call.connection, caller, numbers, text, most=MOST_MESSAGES)
    page = await _page(call, numbers, [one for some in matching.values() for one in some])
    meta: Json = {"mine_count": counted.mine, "unassigned_count": counted.unassigned, "all_count": counted.all}
    if not counted.complete:
        meta["search_incomplete"] = True
    return {"meta": meta, "payload": encode_found.conversations_with_messages(page, matching, call.wire)}


async def search_everything(call: Call) -> Json:
    found = {"conversations": await _conversations(call), "contacts": await _contacts(call)}
    return {"payload": found | await _messages(call) | {"articles": []}}


async def search_by_contact(call: Call) -> Json:
    return {"payload": {"conversations": await _conversations(call)}}


async def search_for_contacts(call: Call) -> Json:
    return {"payload": {"contacts": await _contacts(call)}}


async def search_messages(call: Call) -> Json:
    return {"payload": await _messages(call)}


async def search_articles(_call: Call) -> Json:
    """There is no help centre, so there is nothing to find."""
    return {"payload": {"articles": []}}


async def _conversations(call: Call) -> list[Json]:
    await vary_plans(call.connection)
    numbers = await found_customers.find_conversations(
        call.connection, call.principal, _text(call), _time(call), limit=PAGE_SIZE, offset=call.offset(PAGE_SIZE)
    )
    await keep_plans(call.connection)
    first = await found_messages.list_first(call.connection, call.principal, numbers)
    return encode_found.conversations(await _page(call, numbers, list(first.values())), first, call.wire)


async def _contacts(call: Call) -> list[Json]:
    await vary_plans(call.connection)
    ids = await found_customers.find_contacts(
        call.connection, call.tenant_id, _text(call), _time(call), limit=PAGE_SIZE, offset=call.offset(PAGE_SIZE)
    )
    await keep_plans(call.connection)
    contacts = await people.get_contacts(call.connection, call.tenant_id, ids)
    return [encode_found.contact(contacts[one]) for one in ids]


async def _messages(call: Call) -> Json:
    wanted = WantedMessages(_text(call), call.given.get("inbox_id"), _author(call.given.get("from")), _time(call))
    found, complete = await found_messages.find_newest(
        call.connection, call.principal, wanted, limit=PAGE_SIZE, offset=call.offset(PAGE_SIZE), budget_s=call.context.search_budget_s
    )
    await keep_plans(call.connection)
    numbers = list(dict.fromkeys(one.conversation_number for one in found))
    shown: Json = {"messages": encode_found.messages(found, await _page(call, numbers, found), call.wire)}
    return shown if complete else shown | {"search_incomplete": True}


def _text(call: Call) -> str:
    return str(call.given.get("q", "")).strip()


def _time(call: Call) -> TimeRange:
    return TimeRange(call.given.get("since"), call.given.get("until"))


def _author(word: str | None) -> Ref | None:
    """``contact:5`` or ``agent:5``. Raises InvalidValue."""
    if not word:
        return None
    match = _FROM.fullmatch(word)
    if match is None:
        raise InvalidValue("from", "from must be contact:<id> or agent:<id>")
    return Ref("contact" if match[1] == "contact" else "user", int(match[2]))


async def _page(call: Call, numbers: Sequence[int], messages: Sequence[FoundMessage]) -> Page:
    """The conversations of these numbers, in their order, and the people and files of these messages."""
    if not numbers:
        return Page()
    tenant_id = call.tenant_id
    rows = await conversations.get_conversations(call.connection, tenant_id, numbers)
    assignees = {row.assignee_user_id for row in rows if row.assignee_user_id is not None}
    with_files = [one.id for one in messages if one.attachment_count]
    return Page(
        conversations=rows,
        attachments=await all_messages.get_attachments(call.connection, tenant_id, with_files),
        contacts=await people.get_contacts(call.connection, tenant_id, {row.contact_id for row in rows} | _authors(messages, "contact")),
        members=await people.get_members(call.connection, tenant_id, assignees | _authors(messages, "user")),
        bots=await people.get_bots(call.connection, tenant_id, _authors(messages, "bot")),
        inboxes=await people.get_inboxes(call.connection, tenant_id, {row.inbox_id for row in rows}),
    )


def _authors(messages: Sequence[FoundMessage], kind: str) -> set[int]:
    return {one.author_id for one in messages if one.author_kind == kind and one.author_id is not None}


_QUERY = """
    q     text           A part of what is sought, in any case; `%` and `_` are wildcards. Nothing finds everything.
    page  int32(1..2000)  Which page, from 1; 15 of each kind.
"""
_TIME = """
    since  time?  Only what happened since then: messages that were sent, conversations and contacts that were active.
    until  time?  Only what happened until then.
"""
_MESSAGES = """
    from      text?   Only messages of `contact:<id>` or `agent:<id>`.
    inbox_id  int64?  Only messages of this inbox.
"""


def _table(*parts: str) -> str:
    return "".join(parts)


def _search(path: str, view: Any, summary: str, answer: str, *parts: str) -> Endpoint:
    return Endpoint("GET", f"{ACCOUNT}/search{path}", view, summary, answer, query=_table(_QUERY, *parts), example={"q": "order"})


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{ACCOUNT}/conversations/search",
            search_conversations,
            "Search conversations",
            "searched-conversations",
            query="""
            q                  any         Text that a message holds; without it every message of the conversations is shown.
            page               any         As of the list of conversations.
            status             any         As of the list; not looked at under `q`.
            assignee_type      any         As of the list.
            inbox_id           any         As of the list.
            team_id            any         As of the list.
            labels             any         As of the list.
            sort_by            any         As of the list.
            conversation_type  any         As of the list.
            source_id          any         As of the list.
            updated_within     any         As of the list.
            """,
            text="The list of conversations, told in short, each with its messages that hold `q`: at most the newest 1,000.",
            example={"q": "order"},
            refuses=(404,),
        ),
        _search("", search_everything, "Search everything", "found", _TIME, _MESSAGES),
        _search("/conversations", search_by_contact, "Search conversations by number or contact", "found-conversations", _TIME),
        _search("/contacts", search_for_contacts, "Search contacts", "found-contacts", _TIME),
        _search("/messages", search_messages, "Search messages", "found-messages", _TIME, _MESSAGES),
        _search("/articles", search_articles, "Search articles: there is no help centre, so none are found", "found-articles"),
    ),
    shapes=SHAPES,
)
