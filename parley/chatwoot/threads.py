"""A page of a conversation's messages (contract 3.3, ``MessageFinder``), and the shapes of messages beside conversations."""

from __future__ import annotations

import re
from typing import Any

from ..reference.notation import shape
from ..store.messages import Between, list_messages
from . import encode_thread
from .conversations import CONVERSATION, require_conversation
from .endpoints import Call, Endpoint, Family
from .parameters import BIGINT
from .readers import Json

_LATEST, _OLDEST, _BETWEEN = 20, 100, 1000
_DIGITS = re.compile(r"\s*([+-]?\d{1,40})")


async def list_conversation_messages(call: Call) -> Json:
    number = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    after, before = call.given.get("after"), call.given.get("before")
    is_chat = bool((call.given.get("filter_internal_messages") or "").strip())
    # With both bounds the lower one belongs to the page, alone it does not: as in the original.
    least = after if after is None or before is not None else after + 1
    limit, newest = (_LATEST, True) if after is None else (_BETWEEN if before is not None else _OLDEST, False)
    asked = Between(least=least, below=before, is_chat=is_chat)
    found = await list_messages(call.connection, call.principal, number, asked, limit=limit, newest=newest)
    return encode_thread.listed(await encode_thread.read_thread(call.connection, call.principal, number, found), call.wire)


def _leading_digits(path: str, value: Any) -> int:
    """``to_i``: the number that a text begins with, 0 where it begins with none; clients and their bookmarks rely on it."""
    match = _DIGITS.match(value) if isinstance(value, str) else None
    return 0 if match is None else max(-BIGINT, min(int(match[1]), BIGINT - 1))


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{CONVERSATION}/messages",
            list_conversation_messages,
            "List a conversation's messages",
            "message-page",
            query="""
            after   int64?  The 100 oldest messages whose id is greater. With `before` the messages from this id on, 1,000 at most.
            before  int64?  The 20 newest messages whose id is less.
            filter_internal_messages  text  Anything but nothing leaves out notes and changes.
            """,
            text="Oldest first; without `after` and `before` the 20 newest. Changes of the conversation stand among the messages.",
        ),
    ),
    shapes=(
        shape(
            "message-page",
            "Some messages of a conversation, oldest first, under what a client shows above them.",
            """
            meta*     message-page-meta  About the conversation.
            payload*  [thread-message]   The messages.
            """,
        ),
        shape(
            "message-page-meta",
            "What a client shows above a conversation's messages.",
            """
            labels*                 [text]           Its labels.
            additional_attributes*  object           What the channel knew: browser, referer, mail subject ...
            contact*                message-contact  The contact.
            assignee                message-user     The user who answers, where there is one.
            agent_last_seen_at*     time?            When an agent last read it.
            assignee_last_seen_at*  time?            When its assignee last read it.
            """,
        ),
        shape(
            "thread-message",
            "An entry of a conversation: a message, or a change in words.",
            """
            id*                  int64   Its number.
            content*             text?   The text.
            inbox_id*            int64   The inbox.
            echo_id              text    What the sender marked it with.
            conversation_id*     int64   The conversation's number.
            message_type*        int32(0..3)  0 incoming, 1 outgoing, 2 activity (a change), 3 template.
            content_type*        text    text, input_select, cards, form, article, incoming_email ...
            status*              <sent delivered read failed>  How far it came.
            content_attributes*  object  What belongs to the content type.
            created_at*          int64   When it was written.
            private*             bool    A note among agents.
            source_id*           text?   Its id in the channel.
            sender               message-user | message-contact | message-bot  Who wrote it.
            attachments          [attachment](1..)  Its files.
            """,
        ),
    ),
    own={"int64": _leading_digits},
)
