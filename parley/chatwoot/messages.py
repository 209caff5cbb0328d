"""Messages of a conversation (contract 3.3): post, delete, report on, send again. Paging through them is in ``threads``."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import JSONResponse, Response

from ..actions.delivery import report_delivery, send_again
from ..actions.send import MOST_FILES, ToSay, send_message
from ..actions.timeline import delete_message
from ..actions.uploads import Kept
from ..domain.message_items import CONTENT_TYPES
from ..domain.messages import Message
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import conversations, people
from ..store.database import Connection
from ..store.messages import find_message
from . import encode_thread
from .conversations import CONVERSATION, require_conversation
from .endpoints import Call, Endpoint, Family
from .readers import Json, an_object, anything, file, text

_ALL = f"{CONVERSATION}/messages"
_ONE = f"{_ALL}/{{id}}"
_EMAILS = ("cc_emails", "bcc_emails", "to_emails")
# A conversation of the demo beside those that the other examples answer in.
_ELSEWHERE = {"conversation_id": 99}
_NOT_API = "Message status update is only allowed for API inboxes"


async def create_message(call: Call) -> Json:
    number = call.path["conversation_id"]
    async with call.reading() as connection:
        await require_conversation(connection, call.principal, number)
    return await _shown(call, await send_message(call.context, call.principal, number, read_message(call, call.given)))


async def delete_conversation_message(call: Call) -> Json:
    async with call.reading() as connection:
        await _require_message(call, connection)
    await delete_message(call.context, call.principal, call.path["id"], of_anybody=True)
    return await _shown(call, call.path["id"])


async def update_message_status(call: Call) -> Json | Response:
    async with call.reading() as connection:
        await require_conversation(connection, call.principal, call.path["conversation_id"])
        if not await _is_in_api_inbox(connection, call):
            return JSONResponse({"error": _NOT_API}, 403)
        await _require_message(call, connection)
    status, error = call.given.get("status") or "", call.given.get("external_error")
    await report_delivery(call.context, call.principal, call.path["id"], status, error)
    return await _shown(call, call.path["id"])


async def retry_message(call: Call) -> Json:
    async with call.reading() as connection:
        await require_conversation(connection, call.principal, call.path["conversation_id"])
        if await _find(call, connection) is None:
            raise InvalidId("id", f"Couldn't find Message with 'id'={call.path['id']}")
    await send_again(call.context, call.principal, call.path["id"])
    return await _shown(call, call.path["id"])


async def translate_message(call: Call) -> Json:
    """A translation that came with an import is told; making one would need a service that nobody has connected."""
    wanted = call.given.get("target_language")
    async with call.reading() as connection:
        row = await _require_message(call, connection)
    known = msgspec.json.decode(row.content_attributes or "{}").get("translations")
    if isinstance(known, dict) and isinstance(known.get(wanted), str):
        return {"content": known[wanted]}
    raise InvalidValue("target_language", "No translation service is connected to this server")


def read_message(call: Call, given: Json) -> ToSay:
    """What a body of ``MESSAGE`` says. Raises InvalidValue for an upload that there is not."""
    attributes = dict(given.get("content_attributes") or {})
    if given.get("external_created_at") not in (None, ""):
        attributes["external_created_at"] = given["external_created_at"]
    more = {name: given[name] for name in ("campaign_id", "template_params") if given.get(name)}
    return ToSay(
        content=given.get("content"),
        is_incoming=given.get("message_type") == "incoming",
        is_note=bool(given.get("private")),
        content_type=given.get("content_type") or "text",
        content_attributes=attributes,
        additional_attributes=more,
        files=tuple(_file(call, place, one) for place, one in enumerate(given.get("attachments", ()))),
        is_voice=bool(given.get("is_voice_message")),
        bot_id=given.get("sender_id") if given.get("sender_type") == "AgentBot" else None,
        source_id=given.get("source_id") or None,
        echo_id=given.get("echo_id") or None,
        emails={name: _addresses(given[name]) for name in _EMAILS if given.get(name)},
        html=given.get("email_html_content") or None,
    )


def _addresses(written: str) -> tuple[str, ...]:
    return tuple(one for one in "".join(written.split()).split(",") if one)


def _file(call: Call, place: int, one: Kept | str) -> Kept | int:
    if isinstance(one, Kept):
        return one
    try:
        found = call.context.files.links.check_signed_id(one)
    except NotFound as error:
        raise InvalidValue("attachments", f"attachments[{place}]: there is no such upload") from error
    if found.tenant_id != call.tenant_id:
        raise InvalidValue("attachments", f"attachments[{place}]: there is no such upload")
    return found.attachment_id


async def _require_message(call: Call, connection: Connection) -> Message:
    """Raises NotFound, Forbidden."""
    await require_conversation(connection, call.principal, call.path["conversation_id"])
    row = await _find(call, connection)
    if row is None:
        raise NotFound()
    return row


async def _find(call: Call, connection: Connection) -> Message | None:
    return await find_message(connection, call.principal, call.path["conversation_id"], call.path["id"])


async def _is_in_api_inbox(connection: Connection, call: Call) -> bool:
    (row,) = await conversations.get_conversations(connection, call.tenant_id, [call.path["conversation_id"]])
    inboxes = await people.get_inboxes(connection, call.tenant_id, [row.inbox_id])
    return inboxes[row.inbox_id].kind == "api"


async def _shown(call: Call, message_id: int) -> Json:
    number = call.path["conversation_id"]
    async with call.reading() as connection:
        row = await find_message(connection, call.principal, number, message_id)
        thread = await encode_thread.read_thread(connection, call.principal, number, [row] if row else [], whole=False)
    return encode_thread.shown(thread, call.wire)[0]


def _attributes(path: str, value: Any) -> Json:
    """An object, or an object as JSON text, as forms with files send it. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value.strip() else {}
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidValue(path, f"{path} is neither an object nor JSON text of one") from error
    return an_object(path, value)


def _files(path: str, value: Any) -> list[Kept | str]:
    """Files and signed ids; empty fields of a form are none. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        value = list(value.values())
    found = [one for one in (value if isinstance(value, list) else [value]) if one not in ("", None)]
    if len(found) > MOST_FILES:
        raise InvalidValue(path, "Validation failed: Attachments exceeded maximum allowed")
    return [text(f"{path}[{place}]", one) if isinstance(one, str) else file(f"{path}[{place}]", one) for place, one in enumerate(found)]


OWN = {"object | text": _attributes, "[binary | text]": _files, "any": anything}
MESSAGE = f"""
    content              text?  What is said, 150,000 characters at most.
    message_type         <outgoing incoming>?  `outgoing` unless told. `incoming` lets the contact say it, in inboxes of the kind api.
    private              bool?  A note among agents. `(mention://user/1/Name)` calls a colleague to it, `(mention://team/1/Name)` a team.
    content_type         <{" ".join(CONTENT_TYPES)}>?  `text` unless told.
    content_attributes   object | text  What belongs to the content type, as `items`; `in_reply_to` has the id of another message of
                           the conversation. An object, or JSON text of one.
    attachments          [binary | text]  Files of the form, or the `signed_id` of direct uploads; 15 at most.
    is_voice_message     bool?    The files were spoken.
    echo_id              text?    Yours; it comes back with the message.
    source_id            text?    Its id in the channel.
    external_created_at  any      When it was written elsewhere; kept in `content_attributes`.
    sender_type          text?    `AgentBot` lets a bot say it.
    sender_id            int64?   Which bot.
    campaign_id          int64?   The campaign that it belongs to.
    template_params      object?  Of a template of the channel; kept in `additional_attributes`.
    cc_emails            text?    Addresses between commas; this and what follows counts in inboxes of the kind email.
    bcc_emails           text?    Addresses between commas.
    to_emails            text?    Addresses between commas.
    email_html_content   text?    What is said, as HTML.
"""

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
