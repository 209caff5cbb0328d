"""Reading conversations (contract 3.1): what was seen, what is unread, files, and what one has begun to answer."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from ..actions import drafts, last_seen
from ..domain.messages import Attachment
from ..domain.problems import Forbidden
from ..reference.notation import shape
from ..store import conversation_files, messages, people, unread_counts
from ..store.conversation_files import SentFile
from ..store.drafts import get_draft
from .conversations import CONVERSATION, CONVERSATIONS, opened, require_conversation, shown
from .encode_messages import attachment
from .encode_people import People
from .encode_types import epoch
from .endpoints import Call, Endpoint, Family
from .page import Page
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
    number, page = call.path["conversation_id"], call.given.get("page", 1)
    await require_conversation(call.connection, call.principal, number)
    total = await conversation_files.count_files(call.connection, call.principal, number)
    offset = (page - 1) * FILES_PER_PAGE
    sent = await conversation_files.list_files(call.connection, call.principal, number, limit=FILES_PER_PAGE, offset=offset)
    files = await messages.get_artifacts(call.connection, call.tenant_id, [one.id for one in sent])
    senders = People(await _senders(call, sent), call.wire)
    return {"meta": {"total_count": total}, "payload": [_file(one, files[one.id], senders, call) for one in sent]}


async def _senders(call: Call, sent: list[SentFile]) -> Page:
    """A page of people and nothing else."""
    ids = {kind: {one.author_id for one in sent if one.author_kind == kind and one.author_id} for kind in ("user", "contact", "bot")}
    return Page(
        members=await people.get_members(call.connection, call.tenant_id, ids["user"]),
        contacts=await people.get_contacts(call.connection, call.tenant_id, ids["contact"]),
        bots=await people.get_bots(call.connection, call.tenant_id, ids["bot"]),
    )


def _file(sent: SentFile, file: Attachment, senders: People, call: Call) -> dict[str, Any]:
    known = attachment(file, call.wire)
    item = {
        "id": file.id,
        "message_id": file.message_id,
        "thumb_url": known.get("thumb_url", ""),
        "data_url": known.get("data_url"),
        "file_size": file.byte_size,
        "file_type": file.file_type,
        "extension": file.extension,
        "width": file.width,
        "height": file.height,
        "created_at": epoch(sent.sent_at),
    }
    sender = None if sent.author_id is None else senders.sender(sent.author_kind, sent.author_id)
    return item if sender is None else item | {"sender": sender}


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
            """
            id*          int64   Its number.
            message_id*  int64   The message that brought it.
            thumb_url*   text    Where a small picture is, or nothing.
            data_url*    text?   Where the bytes are.
            file_size*   int64?  Bytes.
            file_type*   text    image, audio, video, file ...
            extension*   text?   The end of the file's name.
            width*       int32?  Pixels.
            height*      int32?  Pixels.
            created_at*  int64   When the message was written.
            sender       message-user | message-contact | message-bot  Who sent it.
            """,
        ),
    ),
)
