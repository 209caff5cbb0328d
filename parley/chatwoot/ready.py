"""Conversations as this wire sends them: from their renderings where those still hold, else encoded now.

A rendering is what every caller but a contact sees, with holes where the caller or the clock decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from ..actions.context import Context
from ..domain.conversations import Conversation
from ..domain.people import Bot, Contact, Member
from ..domain.principals import Principal
from ..store import renderings
from ..store.database import Connection, keep_plans
from ..store.renderings import STRUCTURE, Fresh, noun
from . import encode, holes
from .encode_types import encode as encode_json
from .page import Page, read_page
from .wire import Wire


async def conversations(context: Context, connection: Connection, principal: Principal, numbers: Sequence[int], wire: Wire) -> bytes:
    """Conversations in the order of the numbers, as the items of a JSON list; inside an open snapshot, absent ones left out."""
    if context.keeper is None or principal.ref.kind == "contact":
        await keep_plans(connection)
        return encode_json(encode.conversations(await read_page(connection, principal, numbers), wire))[1:-1]

    async def encode_now(missing: Sequence[int]) -> list[Fresh]:
        left_open = holes.OpenWire(**{field.name: getattr(wire, field.name) for field in fields(wire)})
        await keep_plans(connection)
        page = await read_page(connection, principal, missing)
        shown = encode.conversations(page, left_open)
        return [Fresh(row.number, encode_json(one), nouns_of(page, row)) for row, one in zip(page.conversations, shown, strict=True)]

    found = await renderings.read_through(connection, principal.tenant.id, "chatwoot", numbers, encode_now, context.keeper.offer)
    return await holes.fill(connection, principal, wire, b",".join([found[number] for number in numbers if number in found]))


def nouns_of(page: Page, row: Conversation) -> frozenset[int]:
    """What a conversation shows beside its own."""
    return frozenset([STRUCTURE, noun("inbox", row.inbox_id), *_people(page, row), *_things(row)])


def _people(page: Page, row: Conversation) -> Iterator[int]:
    """People with their pictures."""
    named = {("contact", row.contact_id), ("user", row.assignee_user_id), ("bot", row.assignee_bot_id)}
    named |= {(message.author_kind, message.author_id) for message in page.newest[row.number] if message is not None}
    known: dict[str, dict[int, Member] | dict[int, Contact] | dict[int, Bot]]
    known = {"user": page.members, "contact": page.contacts, "bot": page.bots}
    for kind, number in named:
        if number is None or kind not in known:
            continue
        yield noun(kind, number)
        found = known[kind].get(number)
        if found is not None and found.picture_id is not None:
            yield noun("attachment", found.picture_id)


def _things(row: Conversation) -> Iterator[int]:
    for tag_id in row.tag_ids:
        yield noun("tag", tag_id)
    if row.team_id is not None:
        yield noun("team", row.team_id)
    if row.contact_point_id is not None:
        yield noun("contact_point", row.contact_point_id)
