"""Messages of the public API (contract 3.7): what a visitor reads, says and fills in."""

from __future__ import annotations

from typing import Any

from ..actions.send import MOST_FILES, ToSay, send_message
from ..actions.surveys import submit
from ..actions.uploads import Kept
from ..domain.problems import InvalidValue, NotFound, UnexpectedJsonType
from ..reference.notation import shape
from ..store.database import Connection
from ..store.messages import Between
from . import encode_public
from .endpoints import Call, Endpoint, Family
from .public import CONVERSATION
from .public_conversations import require_own
from .readers import Json, file, integer, text

_ALL = f"{CONVERSATION}/messages"
_LATEST = 20
_PLACES = {"inbox_identifier": "$INBOX", "contact_identifier": "$SOURCE"}
_FIELDS = ("name", "title", "value")
_SURVEY = "csat_survey_response"


async def list_public_messages(call: Call) -> list[Json]:
    await require_own(call, call.connection)
    return await encode_public.read_messages(call, call.connection, Between(below=call.given.get("before"), is_chat=True), limit=_LATEST)


async def create_public_message(call: Call) -> Json:
    number = await require_own(call, call.connection)
    said = ToSay(
        content=call.given.get("content"),
        is_incoming=True,
        files=tuple(call.given.get("attachments", ())),
        echo_id=call.given.get("echo_id") or None,
    )
    message_id = await send_message(call.context, call.principal, number, said)
    return await _shown(call, call.connection, message_id)


async def update_public_message(call: Call) -> Json:
    await require_own(call, call.connection)
    await _shown(call, call.connection, call.path["message_id"])
    await submit(call.context, call.principal, call.path["message_id"], call.given["submitted_values"])
    return await _shown(call, call.connection, call.path["message_id"])


async def _shown(call: Call, connection: Connection, message_id: int) -> Json:
    """Raises NotFound for a message of another conversation, and for one that the visitor may not see."""
    found = await encode_public.read_messages(call, connection, Between(only=message_id, is_chat=True), limit=1)
    if not found:
        raise NotFound()
    return found[0]


def submitted(path: str, value: Any) -> Json | list[Json]:
    """What a form was filled in with: one thing or a list of them; other keys are left out. Raises BadInput."""
    if isinstance(value, dict) and value and all(key.isdigit() for key in value):
        value = list(value.values())
    if isinstance(value, list):
        return [_one(f"{path}[{place}]", one) for place, one in enumerate(value)]
    return _one(path, value)


def _one(path: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise UnexpectedJsonType(path, type(value).__name__, "object")
    found: Json = {name: text(f"{path}.{name}", value[name]) for name in _FIELDS if value.get(name) is not None}
    if value.get(_SURVEY) is not None:
        found[_SURVEY] = _opinion(f"{path}.{_SURVEY}", value[_SURVEY])
    return found


def _opinion(path: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise UnexpectedJsonType(path, type(value).__name__, "object")
    found: Json = {}
    if value.get("feedback_message") is not None:
        found["feedback_message"] = text(f"{path}.feedback_message", value["feedback_message"])
    if value.get("rating") not in (None, ""):
        found["rating"] = integer(f"{path}.rating", value["rating"])
        if not 1 <= found["rating"] <= 5:
            raise InvalidValue(f"{path}.rating", "Rating is not included in the list")
    return found


def _files(path: str, value: Any) -> list[Kept]:
    """Files of a form; empty fields are none. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        value = list(value.values())
    found = [one for one in (value if isinstance(value, list) else [value]) if one not in ("", None)]
    if len(found) > MOST_FILES:
        raise InvalidValue(path, "Validation failed: Attachments exceeded maximum allowed")
    return [file(f"{path}[{place}]", one) for place, one in enumerate(found)]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_public_messages,
            "List what was said to a visitor and by them",
            "[public-message]",
            query="before  int64  The newest messages whose id is less.",
            text="The 20 newest, oldest first, without notes and changes.",
            example_path=_PLACES,
            access="everybody",
            area="public",
        ),
        Endpoint(
            "POST",
            _ALL,
            create_public_message,
            "Say something",
            "public-message",
            request="""
            content      text?     What is said, 150,000 characters at most.
            echo_id      text?     Yours; live connections tell it back.
            attachments  [binary]  Files of the form, 15 at most.
            """,
            text="It opens a conversation that was snoozed or resolved. A conversation takes 200 messages a minute.",
            example={"content": "Where is my order?"},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
        Endpoint(
            "PATCH",
            f"{_ALL}/{{message_id}}",
            update_public_message,
            "Fill in what a message asks for",
            "public-message",
            request="submitted_values*  submitted-values | [submitted-values]  The choice, the form's fields, or the opinion.",
            text="A survey can be answered for 14 days, and answered otherwise.",
            example={"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "Quick!"}}},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
    ),
    own={"submitted-values | [submitted-values]": submitted, "[binary]": _files},
    shapes=(
        shape(
            "submitted-values",
            "What was filled in.",
            """
            name                  text     The field.
            title                 text     What was chosen.
            value                 text     What stands for it.
            csat_survey_response  opinion  How satisfied they are.
            """,
        ),
        shape(
            "opinion",
            "How satisfied a customer is.",
            """
            rating            int32(1..5)?  From 1, not at all.
            feedback_message  text?         In their words.
            """,
        ),
        shape(
            "public-message",
            "A message as its visitor sees it.",
            """
            id*                  int64   Its number.
            content*             text?   What was said.
            message_type*        int32(0..3)  0 by the visitor, 1 to them, 3 by the server.
            content_type*        text    text, input_select, cards, form, input_csat ...
            content_attributes*  object  What belongs to the content type, and what was filled in.
            created_at*          int64   When it was said.
            conversation_id*     int64   The conversation.
            attachments          [attachment](1..)  Its files.
            sender               message-contact | message-user | message-bot  Who said it.
            """,
        ),
    ),
)
