"""What a contact answers to a message that asks: a form's values, or how satisfied it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..domain.messages import Message
from ..domain.principals import Principal
from ..domain.problems import Forbidden, InvalidValue, NotFound
from ..store import surveys, timeline
from ..store.database import Connection
from ..store.messages import find_message
from ..store.surveys import SURVEY_RESPONSES
from .asking import ASKS
from .checks import lock
from .context import Context
from .nouns import change, changing, create
from .timeline import lock_seen, touch

REPORTS = "report_manage"
OPEN_FOR = timedelta(days=14)
_LOCKED = "You cannot update the CSAT survey after 14 days"


def is_open(message: Message, at: datetime) -> bool:
    """Whether a survey can still be answered: for so many days after the day on which it was asked."""
    return at.date() - message.created_at.date() <= OPEN_FOR


async def submit(
    context: Context, principal: Principal, message_id: int, submitted: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> None:
    """Keeps what the contact filled in, in the place of what it filled in before. A rating becomes a survey response.

    Raises NotFound, Forbidden, Frozen, and InvalidValue for a survey that is over.
    """
    tenant_id, me, at = principal.tenant.id, principal.ref, context.clock()
    async with context.database.write(tenant_id) as connection:
        locked = await lock_seen(connection, principal, message_id)
        message = await find_message(connection, principal, locked.conversation_number, message_id)
        if message is None or message.deleted_at is not None:
            raise NotFound("no such message")
        if message.content_type == ASKS and not is_open(message, at):
            raise InvalidValue("submitted_values", _LOCKED)
        attributes = msgspec.json.decode(locked.content_attributes or "{}") | {"submitted_values": submitted}
        values = {"content_attributes": msgspec.json.encode(attributes).decode()}
        await timeline.update_message(connection, tenant_id, message_id, values, me, at)
        data = {"changed": ["submitted_values"]}
        await timeline.insert_event(connection, tenant_id, "message.updated", locked.conversation_number, message_id, me, data, at)
        await touch(connection, context, principal, locked)
        said = submitted.get("csat_survey_response") if isinstance(submitted, Mapping) else None
        if message.content_type == ASKS and said and said.get("rating") is not None:
            await _respond(connection, context, principal, message, said)


async def _respond(connection: Connection, context: Context, principal: Principal, message: Message, said: Mapping[str, Any]) -> None:
    """One response for each message that asked: who answers twice changes their mind."""
    values = {"rating": said["rating"], "feedback": said.get("feedback_message")}
    known = (await surveys.get_responses(connection, principal.tenant.id, [message.id])).get(message.id)
    if known is not None:
        await change(connection, context, principal, SURVEY_RESPONSES, known.id, values)
        return
    conversation = await lock(connection, principal, message.conversation_number)
    place = {"conversation_number": conversation.number, "message_id": message.id, "assigned_user_id": conversation.assignee_user_id}
    await create(connection, context, principal, SURVEY_RESPONSES, place | values)


async def review(context: Context, principal: Principal, number: int, notes: str | None) -> None:
    """What is noted on a response, by an administrator or whose custom role gives them the reports. Raises NotFound, Forbidden."""
    if not principal.is_administrator and REPORTS not in (principal.permissions or ()):
        raise Forbidden()
    async with changing(context, principal) as connection:
        values = {"review_notes": notes, "reviewed_by": principal.user_id, "reviewed_at": context.clock()}
        await change(connection, context, principal, SURVEY_RESPONSES, number, values)
