"""Messages of a conversation (contract 3.3): post, delete, report on, send again. Paging through them is in ``threads``."""

from __future__ import annotations

import msgspec
from starlette.responses import JSONResponse, Response

from ..actions.delivery import report_delivery, send_again
from ..actions.send import send_message
from ..actions.timeline import delete_message
from ..domain.messages import Message
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import conversations, people
from ..store.messages import find_message
from . import encode_thread
from .conversations import CONVERSATION, require_conversation
from .endpoints import Call, Endpoint, Family
from .message_body import MESSAGE, OWN, read_message
from .readers import Json

_ALL = f"{CONVERSATION}/messages"
_ONE = f"{_ALL}/{{id}}"
# A conversation of the demo beside those that the other examples answer in.
_ELSEWHERE = {"conversation_id": 99}
_NOT_API = "Message status update is only allowed for API inboxes"


async def create_message(call: Call) -> Json:
    number = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    return await _shown(call, await send_message(call.context, call.principal, number, read_message(call, call.given)))


async def delete_conversation_message(call: Call) -> Json:
    await _require_message(call)
    await delete_message(call.context, call.principal, call.path["id"], of_anybody=True)
    return await _shown(call, call.path["id"])


async def update_message_status(call: Call) -> Json | Response:
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    if not await _is_in_api_inbox(call):
        return JSONResponse({"error": _NOT_API}, 403)
    await _require_message(call)
    status, error = call.given.get("status") or "", call.given.get("external_error")
    await report_delivery(call.context, call.principal, call.path["id"], status, error)
    return await _shown(call, call.path["id"])


async def retry_message(call: Call) -> Json:
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    if await _find(call) is None:
        raise InvalidId("id", f"Couldn't find Message with 'id'={call.path['id']}")
    await send_again(call.context, call.principal, call.path["id"])
    return await _shown(call, call.path["id"])


async def translate_message(call: Call) -> Json:
    """A translation that came with an import is told; making one would need a service that nobody has connected."""
    wanted = call.given.get("target_language")
    row = await _require_message(call)
    known = msgspec.json.decode(row.content_attributes or "{}").get("translations")
    if isinstance(known, dict) and isinstance(known.get(wanted), str):
        return {"content": known[wanted]}
    raise InvalidValue("target_language", "No translation service is connected to this server")


async def _require_message(call: Call) -> Message:
    """Raises NotFound, Forbidden."""
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    row = await _find(call)
    if row is None:
        raise NotFound()
    return row


async def _find(call: Call) -> Message | None:
    return await find_message(call.connection, call.principal, call.path["conversation_id"], call.path["id"])


async def _is_in_api_inbox(call: Call) -> bool:
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [call.path["conversation_id"]])
    inboxes = await people.get_inboxes(call.connection, call.tenant_id, [row.inbox_id])
    return inboxes[row.inbox_id].kind == "api"


async def _shown(call: Call, message_id: int) -> Json:
    number = call.path["conversation_id"]
    row = await find_message(call.connection, call.principal, number, message_id)
    thread = await encode_thread.read_thread(call.connection, call.principal, number, [row] if row else [], whole=False)
    return encode_thread.shown(thread, call.wire)[0]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            _ALL,
            create_message,
            "Post a message",
            "thread-message",
            request=MESSAGE,
            text="A contact's message opens a conversation that was snoozed or resolved; an agent's answer ends the contact's waiting. "
            "A conversation takes 200 messages a minute.",
            example={"content": "Your order is on its way."},
            bots=True,
            tells="error",
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_conversation_message,
            "Delete a message",
            "thread-message",
            text="Its text and files go; that there was one stays.",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_message_status,
            "Report how far a message came",
            "thread-message",
            request="""
            status          text?  sent, delivered, read or failed; anything else, and `delivered` after `read`, changes nothing.
            external_error  text?  Why it failed.
            """,
            text="In inboxes of the kind api only.",
            example={"status": "delivered"},
            example_path=_ELSEWHERE,
            refuses=(403,),
            tells="error",
        ),
        Endpoint(
            "POST",
            f"{_ONE}/retry",
            retry_message,
            "Send a failed message again",
            "thread-message",
            text="It counts as sent and has no error any more; one that did not fail stays as it is.",
            example_path=_ELSEWHERE,
            tells="error",
        ),
        Endpoint(
            "POST",
            f"{_ONE}/translate",
            translate_message,
            "Show a message in another language",
            "content*  text  The text in that language.",
            request="target_language  text?  The language's code.",
            text="Translations that came with an import are told. None are made here: no translation service can be connected.",
            example={"target_language": "de"},
            example_path=_ELSEWHERE,
            tells="error",
        ),
    ),
    own=OWN,
)
