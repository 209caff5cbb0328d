"""What is done to a conversation with one click (contract 3.1): its status, priority, attributes; typing, muting, a transcript."""

from __future__ import annotations

from typing import Any

from ..actions import change, statuses, transcripts
from ..actions.edits import UNSET, Edit
from ..actions.typing_status import tell_typing
from ..domain.problems import InvalidValue
from ..reference.notation import shape
from ..store import conversations
from .conversations import CONVERSATION, opened, priority_of
from .encode_types import custom_attributes, iso_or_none
from .endpoints import Call, Endpoint, Family
from .readers import Json


async def toggle_conversation_status(call: Call) -> Json:
    number, given = await opened(call), call.given
    await statuses.toggle_status(call.context, call.principal, number, given.get("status"), given.get("snoozed_until", UNSET))
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [number])
    return {
        "payload": {
            "success": True,
            "conversation_id": number,
            "current_status": row.status,
            "snoozed_until": iso_or_none(row.snoozed_until),
        }
    }


async def toggle_conversation_priority(call: Call) -> None:
    edit = Edit(priority=priority_of(call.given.get("priority")))
    await change.edit(call.context, call.principal, await opened(call), edit)


async def toggle_typing_status(call: Call) -> None:
    number, status = await opened(call), call.given.get("typing_status")
    if status in ("on", "off"):
        is_private = call.given.get("is_private", False)
        await tell_typing(call.context, call.principal, number, is_on=status == "on", is_private=is_private)


async def set_conversation_attributes(call: Call) -> dict[str, Any]:
    number = await opened(call)
    await change.edit(call.context, call.principal, number, Edit(attributes=call.given["custom_attributes"]))
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [number])
    return {"custom_attributes": custom_attributes(row.custom_fields)}


async def mute_conversation(call: Call) -> None:
    await statuses.mute(call.context, call.principal, await opened(call))


async def unmute_conversation(call: Call) -> None:
    await statuses.unmute(call.context, call.principal, await opened(call))


async def make_conversation_transcript(call: Call) -> Json:
    number, email = await opened(call), (call.given.get("email") or "").strip()
    if not email:
        raise InvalidValue("email", "email param missing")
    made = await transcripts.make_transcript(call.context, call.principal, number, email)
    return {"email": email, "is_sent": False, "transcript_url": call.wire.file_url(made.attachment_id, made.file_name)}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONVERSATION}/toggle_status",
            toggle_conversation_status,
            "Set or toggle a conversation's status",
            "payload*  toggled-status  How it stands now.",
            text=(
                "Without a status what is open is resolved, and anything else opened. An agent (no administrator) who opens it answers "
                "it from then on. What is snoozed wakes up at `snoozed_until`, or when the contact writes."
            ),
            request="""
            status         <open resolved pending snoozed>?  The status it gets.
            snoozed_until  time?  When it wakes up: seconds since 1970, or ISO 8601. Only for snoozed.
            """,
            example={"status": "snoozed", "snoozed_until": 4102444800},
            bots=True,
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/toggle_priority",
            toggle_conversation_priority,
            "Set a conversation's priority",
            "",
            request="priority  <low medium high urgent none>?  How urgent it is; none, null and nothing take it away.",
            example={"priority": "high"},
            bots=True,
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/toggle_typing_status",
            toggle_typing_status,
            "Tell that the caller types, or has stopped",
            "",
            request="""
            typing_status  text?  `on` or `off`; anything else tells nobody.
            is_private     bool   Whether a note is being written.
            """,
            example={"typing_status": "on"},
            bots=True,
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/custom_attributes",
            set_conversation_attributes,
            "Replace a conversation's custom attributes",
            "custom_attributes*  object  All of them, as they are now.",
            text="What is not given is taken away. Keys that no definition knows are kept too.",
            request="custom_attributes*  object  All of them, by key.",
            example={"custom_attributes": {"order_id": "12345"}},
            bots=True,
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/mute",
            mute_conversation,
            "Mute a conversation",
            "",
            text="Blocks the contact, whose messages open nothing any more, and resolves the conversation.",
        ),
        Endpoint(
            "POST", f"{CONVERSATION}/unmute", unmute_conversation, "Unmute a conversation", "", text="The contact is blocked no more."
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/transcript",
            make_conversation_transcript,
            "Make a transcript of a conversation",
            """
            email*           text  The address that was given.
            is_sent*         bool  Whether it was sent there: false, because this server sends no mail.
            transcript_url*  text  Where it can be downloaded for a while: a text file with what the contact has seen.
            """,
            request="email  text(..320)?  Whom it is for.",
            example={"email": "zoe@mail.example"},
            secret=True,
            tells="error",
        ),
    ),
    shapes=(
        shape(
            "toggled-status",
            "How a conversation stands after its status was toggled.",
            """
            success*          bool   Always true.
            conversation_id*  int64  Its number.
            current_status*   <open resolved pending snoozed>  Its status now.
            snoozed_until*    time?  When it wakes up.
            """,
        ),
    ),
)
