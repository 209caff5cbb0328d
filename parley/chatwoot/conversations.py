"""One conversation (contract 2.1, 3.1): show, start, change and delete it. What else is done to it has modules of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgspec import Raw

from ..actions import change, deleting, send, starting
from ..domain.conversations import PRIORITIES
from ..domain.principals import Principal
from ..domain.problems import Conflict, Forbidden, NotFound
from ..reference.notation import shape
from ..store import conversations
from ..store.database import Connection
from . import encode, ready
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .errors import SourceIdTaken
from .message_body import MESSAGE, OWN, read_message
from .page import read_page
from .readers import Json

CONVERSATIONS = f"{ACCOUNT}/conversations"
CONVERSATION = f"{CONVERSATIONS}/{{conversation_id}}"
_PLAIN = ("source_id", "inbox_id", "contact_id", "status", "snoozed_until", "assignee_id", "team_id")


async def require_conversation(connection: Connection, principal: Principal, number: int) -> None:
    """Raises NotFound for one that does not exist, Forbidden (401 on this wire) for one that the caller may not open."""
    may = await conversations.may_open(connection, principal, number)
    if may is None:
        raise NotFound()
    if not may:
        raise Forbidden()


async def opened(call: Call) -> int:
    """The number in the path of a write. Raises as ``require_conversation``."""
    number: int = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    return number


async def show_conversation(call: Call) -> Raw:
    number: int = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    (body,) = await ready.bodies(call.context, call.connection, call.principal, [number], call.wire)
    return Raw(body)


async def shown(call: Call, number: int) -> Json:
    """The conversation as every answer of this wire has it (contract 2.1), also what this transaction wrote of it."""
    page = await read_page(call.connection, call.principal, [number])
    return encode.conversations(page, call.wire)[0]


async def create_conversation(call: Call) -> Json:
    given = call.given
    start = starting.Start(
        **{name: given.get(name) for name in _PLAIN},
        hmac_verified=given.get("hmac_verified") or False,
        attributes=given.get("custom_attributes", {}),
        additional_attributes=given.get("additional_attributes", {}),
    )
    try:
        number = await starting.start_conversation(call.context, call.principal, start)
    except Conflict as conflict:
        raise SourceIdTaken() from conflict
    if (message := given.get("message")) is not None:
        # Who starts a conversation says the first words, also where a custom role shows them others' conversations only.
        writer = replace(call.principal, permissions=None)
        await send.send_message(call.context, writer, number, read_message(call, message))
    await call.context.database.commit_early()  # the next conversation waits for the number's row
    return await shown(call, number)


async def update_conversation(call: Call) -> Json:
    number, values = await opened(call), {}
    if "priority" in call.given:
        values["priority"] = priority_of(call.given["priority"])
    if "sla_policy_id" in call.given:
        values["sla_policy_id"] = call.given["sla_policy_id"]
    await change.edit(call.context, call.principal, number, change.Edit(**values))
    return await shown(call, number)


def priority_of(word: str | None) -> Any:
    """As it is stored; none and nothing are no priority."""
    return None if word in (None, "none") else PRIORITIES.index(word)


async def delete_conversation(call: Call) -> None:
    await deleting.delete_conversation(call.context, call.principal, await opened(call))


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            CONVERSATION,
            show_conversation,
            "Show a conversation",
            "conversation",
            text="By its number. An agent may also open a conversation of their teams that lies in another inbox.",
            bots=True,
        ),
        Endpoint(
            "POST",
            CONVERSATIONS,
            create_conversation,
            "Start a conversation",
            "conversation",
            text=(
                "With `inbox_id` and `contact_id`, or with the `source_id` of a contact whom an inbox knows. An inbox that keeps one "
                "conversation for each contact answers with the last one. Where the contact is blocked it begins resolved, and where a "
                "bot answers first pending."
            ),
            request="""
            source_id              text(..255)?  The contact's id in the inbox; with inbox_id and contact_id it is made where it is new.
            inbox_id               int64?        The inbox.
            contact_id             int64?        The contact.
            hmac_verified          bool          Whether the contact proved who they are; for a new source id.
            additional_attributes  object        Browser, referer, mail subject ...
            custom_attributes      object        Custom fields by key.
            status                 <open resolved pending snoozed>?  Open when absent.
            snoozed_until          time?         When it wakes up: seconds since 1970, or ISO 8601. Only for snoozed.
            assignee_id            int64?        The user who answers.
            team_id                int64?        The team that answers.
            message                first-message?  What the caller says first.
            """,
            example={"source_id": "web-1", "message": {"content": "Hello, how can I help you?"}},
            bots=True,
        ),
        Endpoint(
            "PATCH",
            CONVERSATION,
            update_conversation,
            "Change a conversation's priority or SLA policy",
            "conversation",
            text="What is left out stays. A policy that applies cannot be taken away or changed.",
            request="""
            priority       <low medium high urgent none>?  How urgent it is; none and null take it away.
            sla_policy_id  int64?  The SLA policy that applies from now on.
            """,
            example={"priority": "high"},
            bots=True,
        ),
        Endpoint("DELETE", CONVERSATION, delete_conversation, "Delete a conversation for good", "", access="administrators"),
    ),
    shapes=(shape("first-message", "What is said first in a new conversation.", MESSAGE),),
    own=OWN,
)
