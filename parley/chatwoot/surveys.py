"""Surveys as customers meet them (contract 3.7): by the uuid of the conversation, as JSON and as a page."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from ..actions.asking import ASKS
from ..actions.surveys import is_open, submit
from ..domain.messages import Message
from ..domain.problems import BadInput, Frozen, NotFound
from ..reference.notation import shape
from ..store import surveys
from ..store.database import Connection
from ..store.messages import find_message
from ..store.surveys import SurveyResponse
from .encode_types import iso
from .endpoints import Call, Endpoint, Family
from .public_messages import submitted
from .readers import Json
from .survey_page import LONGEST, survey_page

_API = "/public/api/v1/csat_survey/{conversation_uuid:text}"
_PAGE = "/survey/responses/{conversation_uuid:text}"
_PLACES = {"conversation_uuid": "$UUID"}
_SURVEY = "csat_survey_response"
_CHOOSE = "Please choose one of the five."


async def show_survey(call: Call) -> Json:
    return await _shown(call, call.connection)


async def answer_survey(call: Call) -> Json:
    message = await _message(call, call.connection)
    given = (call.given.get("message") or {}).get("submitted_values")
    if given is not None:
        await submit(call.context, call.principal, message.id, given)
    return await _shown(call, call.connection)


async def show_survey_page(call: Call) -> Response:
    return await _page(call, call.connection)


async def answer_survey_page(call: Call) -> Response:
    """What the page's form sends: told on the same page, also when it cannot be taken."""
    message = await _message(call, call.connection)
    problem = await _take(call, message)
    if problem:
        return await _page(call, call.connection, problem=problem, status=422)
    return await _page(call, call.connection, notice="Thank you. Your answer was saved.")


async def _take(call: Call, message: Message) -> str:
    """Why the form was not taken, in words for people. What refuses has written nothing."""
    try:
        opinion = submitted("form", {_SURVEY: {name: call.given.get(name) for name in ("rating", "feedback_message")}})
    except BadInput:
        return _CHOOSE
    if isinstance(opinion, list) or "rating" not in opinion[_SURVEY]:
        return _CHOOSE
    try:
        await submit(call.context, call.principal, message.id, opinion)
    except Frozen:
        return "This conversation is closed to changes: your answer could not be saved."
    except BadInput as error:
        return error.message
    return ""


async def _page(call: Call, connection: Connection, **told: Any) -> Response:
    message = await _message(call, connection)
    answer = await _answer(call, connection, message)
    return survey_page(call.visit.inbox.name, message.body, answer, is_open=is_open(message, call.context.clock()), **told)


async def _message(call: Call, connection: Connection) -> Message:
    """The newest message that asks; one that was answered before is asked again. Raises NotFound."""
    asking = await surveys.list_asking(connection, call.tenant_id, call.visit.number)
    found = await find_message(connection, call.principal, call.visit.number, asking[0]) if asking else None
    if found is None or found.content_type != ASKS:
        raise NotFound()
    return found


async def _answer(call: Call, connection: Connection, message: Message) -> SurveyResponse | None:
    return (await surveys.get_responses(connection, call.tenant_id, [message.id])).get(message.id)


async def _shown(call: Call, connection: Connection) -> Json:
    message, inbox = await _message(call, connection), call.visit.inbox
    answer = await _answer(call, connection, message)
    config = msgspec.json.decode(inbox.settings).get("csat_config") or {}
    return {
        "id": message.id,
        "csat_survey_response": None if answer is None else _response(answer, call),
        "display_type": config.get("display_type") or "emoji",
        "content": config.get("message"),
        "inbox_avatar_url": call.wire.picture_url(inbox.picture_id, inbox.picture_name),
        "inbox_name": inbox.name,
        "locale": inbox.locale,
        "conversation_id": call.visit.number,
        "created_at": iso(message.created_at),
    }


def _response(row: SurveyResponse, call: Call) -> Json:
    """As the original's row, without what agents note on it."""
    return {
        "id": row.id,
        "account_id": call.tenant_id,
        "conversation_id": row.conversation_number,
        "message_id": row.message_id,
        "rating": row.rating,
        "feedback_message": row.feedback,
        "contact_id": row.contact_id,
        "assigned_agent_id": row.assigned_user_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _API,
            show_survey,
            "Show a survey",
            "survey",
            text="The newest that the conversation asks.",
            example_path=_PLACES,
            access="everybody",
            area="public",
        ),
        Endpoint(
            "PUT",
            _API,
            answer_survey,
            "Answer a survey",
            "survey",
            request="message*  survey-message  What the customer filled in.",
            text="For 14 days; who answers again changes their mind.",
            example={"message": {"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "Quick!"}}}},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
        Endpoint(
            "GET",
            _PAGE,
            show_survey_page,
            "Show a survey to people",
            "",
            text="A page with a form; no script, nothing from elsewhere.",
            example_path=_PLACES,
            access="everybody",
            area="public",
        ),
        Endpoint(
            "POST",
            _PAGE,
            answer_survey_page,
            "Answer a survey on its page",
            "",
            request=f"""
            rating            any              From 1 to 5.
            feedback_message  text(..{2 * LONGEST})?  In the customer's words; a browser sends two characters for each new line.
            """,
            text="What the page's form sends; the answer is the page again.",
            example={"rating": 5},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
    ),
    own={"submitted-values | [submitted-values]": submitted},
    shapes=(
        shape(
            "survey-message",
            "What a customer filled in.",
            """
            submitted_values*  submitted-values | [submitted-values]  The opinion.
            """,
        ),
        shape(
            "survey",
            "A message that asks a customer for an opinion.",
            """
            id*                    int64  The message.
            csat_survey_response*  survey-response?  What was answered, if anything.
            display_type*          text   How a client shows the choice.
            content*               text?  The question, where the inbox has one of its own.
            inbox_avatar_url*      text   The inbox's picture, or nothing.
            inbox_name*            text   The inbox.
            locale*                text   The language.
            conversation_id*       int64  The conversation's number in the account.
            created_at*            time   When it was asked.
            """,
        ),
        shape(
            "survey-response",
            "What a customer answered.",
            """
            id*                 int64   Its number.
            account_id*         int64   The account.
            conversation_id*    int64   The conversation.
            message_id*         int64   The message that asked.
            rating*             int32(1..5)  From 1, not at all satisfied.
            feedback_message*   text?   In the customer's words.
            contact_id*         int64   The customer.
            assigned_agent_id*  int64?  Who answered the conversation then.
            created_at*         time    When it was answered.
            updated_at*         time    When it was answered last.
            """,
        ),
    ),
)
