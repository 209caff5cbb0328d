"""Reading conversations (contract 3.1): what was seen, what is unread, files, and what one has begun to answer."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from ..actions import drafts, last_seen
from ..domain.problems import Forbidden
from ..reference.notation import shape
from ..store import conversation_files, unread_counts
from ..store.drafts import get_draft
from .conversations import CONVERSATION, CONVERSATIONS, opened, require_conversation, shown
from .encode_files import FILE, shown_files
from .endpoints import Call, Endpoint, Family
from .readers import Json

UNREAD_FEATURE = "conversation_unread_counts"
FILES_PER_PAGE = 100
_DRAFT = f"{CONVERSATION}/draft_messages"
_NOT_ENABLED = "Conversation unread counts feature not enabled for this account"


async def update_last_seen(call: Call) -> Json:
    number = await opened(call)
    await last_seen.mark_read(call.context, call.principal, number)
    return await shown(call, number)


async def mark_conversation_unread(call: Call) -> Json:
    number = await opened(call)
    await last_seen.mark_unread(call.context, call.principal, number)
    return await shown(call, number)


async def count_unread_conversations(call: Call) -> Json | Response:
    if not call.wire.has(UNREAD_FEATURE):
        return JSONResponse({"error": _NOT_ENABLED}, 403)
    found = await unread_counts.count_unread(call.connection, call.principal)
    of = {kind: {one.id: one.counted for one in found if one.kind == kind} for kind in ("all", "inbox", "label", "team")}
    return {"payload": {"all_count": of["all"][0], "inboxes": of["inbox"], "labels": of["label"], "teams": of["team"]}}


async def list_conversation_files(call: Call) -> Json:
    number = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    total = await conversation_files.count_files(call.connection, call.principal, number)
    sent = await conversation_files.list_files(
        call.connection, call.principal, number, limit=FILES_PER_PAGE, offset=call.offset(FILES_PER_PAGE)
    )
    return {"meta": {"total_count": total}, "payload": await shown_files(call, sent)}


async def show_inbox_assistant(call: Call) -> Json:
    """No AI assistant is connected to any inbox here."""
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    return {"assistant": None}


async def show_draft(call: Call) -> Json:
    number, user_id = call.path["conversation_id"], call.principal.user_id
    await require_conversation(call.connection, call.principal, number)
    if user_id is None:
        raise Forbidden()
    message = await get_draft(call.connection, call.tenant_id, user_id, number)
    return {"has_draft": False} if message is None else {"has_draft": True, "message": message}


async def keep_draft(call: Call) -> None:
    message = (call.given.get("draft_message") or {}).get("message") or ""
    await drafts.keep_draft(call.context, call.principal, await opened(call), message)


async def drop_draft(call: Call) -> None:
    await drafts.drop_draft(call.context, call.principal, await opened(call))


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONVERSATION}/update_last_seen",
            update_last_seen,
            "Tell that the caller has read a conversation",
            "conversation",
            text="Where nothing is new it is written at most once an hour.",
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/unread",
            mark_conversation_unread,
            "Make a conversation unread",
            "conversation",
            text="The contact's last message is unread again, to everybody.",
        ),
        Endpoint(
            "GET",
            f"{CONVERSATIONS}/unread_counts",
            count_unread_conversations,
            "Count unread conversations",
            "payload*  unread-counts  How many there are.",
            text="Open ones with unread messages that a list would show the caller; for accounts with `conversation_unread_counts`.",
            refuses=(403,),
        ),
        Endpoint(
            "GET",
            f"{CONVERSATION}/attachments",
            list_conversation_files,
            "List a conversation's files",
            """
            meta*     files-total          How many there are.
            payload*  [conversation-file]  A page of 100, the newest first.
            """,
            query="page  int32(1..1000000)  Which page, from 1.",
        ),
        Endpoint(
            "GET",
            f"{CONVERSATION}/inbox_assistant",
            show_inbox_assistant,
            "Show the AI assistant of a conversation's inbox",
            "assistant*  object?  Its id and name; always null, because no assistant is connected here.",
        ),
        Endpoint(
            "GET",
            _DRAFT,
            show_draft,
            "Show what the caller has begun to answer",
            """
            has_draft*  bool  Whether there is anything.
            message     text  What it is.
            """,
        ),
        Endpoint(
            "PATCH",
            _DRAFT,
            keep_draft,
            "Keep what the caller has begun to answer",
            "",
            text="Each user has one draft in a conversation. An empty one is dropped.",
            request="draft_message  draft-message?  What it is.",
            example={"draft_message": {"message": "Dear"}},
        ),
        Endpoint("DELETE", _DRAFT, drop_draft, "Drop what the caller has begun to answer", ""),
    ),
    shapes=(
        shape(
            "draft-message",
            "An answer that was begun.",
            """
            message  text(..150000)?  The text.
            """,
        ),
        shape(
            "unread-counts",
            "Open conversations with unread messages; only what is more than none.",
            """
            all_count*  int64    All of them.
            inboxes*    {int64}  By the inbox's id.
            labels*     {int64}  By the label's id.
            teams*      {int64}  By the team's id.
            """,
        ),
        shape(
            "files-total",
            "How many files there are.",
            """
            total_count*  int64  In all pages.
            """,
        ),
        shape(
            "conversation-file",
            "A file of a conversation.",
            FILE,
        ),
    ),
)
