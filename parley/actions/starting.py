"""Starting a conversation as a help desk does: with a contact in an inbox, or with who is known there by a source id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, Forbidden, InvalidValue, MissingField, NotFound
from ..domain.stages import Status, stage_for_status
from ..store import contact_points, conversation_starts, conversations
from ..store.conversation_starts import StartContact, StartPoint
from ..store.database import Connection
from ..store.inboxes import InboxRow
from . import opening
from .assigning import check_assignment
from .change_care import check_attributes
from .checks import require_agent
from .contact_points import BY_ADDRESS, own_source_id
from .context import Context
from .inboxes import require_inbox
from .opening import NewConversation


@dataclass(frozen=True, slots=True)
class Start:
    """What the caller gave: ``source_id`` of somebody known, or inbox and contact with a ``source_id`` of their own or without."""

    source_id: str | None = None
    inbox_id: int | None = None
    contact_id: int | None = None
    hmac_verified: bool = False
    status: Status | None = None
    snoozed_until: datetime | None = None
    assignee_id: int | None = None
    team_id: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    additional_attributes: Mapping[str, Any] = field(default_factory=dict)


async def start_conversation(context: Context, principal: Principal, start: Start) -> int:
    """The number of the new conversation, or of the last one where an inbox keeps one for each contact.

    Raises NotFound for an inbox, contact or source id that is unknown, Forbidden for an inbox of others, Conflict for a
    source id that is another contact's, InvalidValue and InvalidId naming the field.
    """
    require_agent(principal)
    check_attributes("custom_attributes", start.attributes)
    check_attributes("additional_attributes", start.additional_attributes)
    async with context.database.write(principal.tenant.id) as connection:
        point, inbox = await _point(connection, principal, start)
        if inbox.lock_to_single_conversation and (last := await _last(connection, principal, point)) is not None:
            return last
        contact = await _contact(connection, principal, point.contact_id)
        new = await _new(connection, principal, start, point, inbox, contact)
        return await opening.open_conversation(context.inside(connection, principal.tenant.id), principal, new)


async def _point(connection: Connection, principal: Principal, start: Start) -> tuple[StartPoint, InboxRow]:
    """Where the contact is reached, made where it is new."""
    tenant_id, inbox, contact = principal.tenant.id, None, None
    if start.inbox_id is not None:
        inbox = await require_inbox(connection, principal, start.inbox_id)
    if start.contact_id is not None:
        contact = await _contact(connection, principal, start.contact_id)
    if inbox is not None and contact is not None:
        return await _address(connection, principal, start, inbox, contact), inbox
    if not start.source_id:
        raise MissingField("source_id", "source_id is required, or inbox_id and contact_id")
    found = await conversation_starts.find_point(connection, tenant_id, start.source_id, start.inbox_id)
    if found is None:
        raise NotFound("no such source id")
    return found, inbox or await require_inbox(connection, principal, found.inbox_id)


async def _contact(connection: Connection, principal: Principal, contact_id: int) -> StartContact:
    found = await conversation_starts.get_contact(connection, principal.tenant.id, contact_id)
    if found is None:
        raise NotFound("no such contact")
    return found


async def _address(connection: Connection, principal: Principal, start: Start, inbox: InboxRow, contact: StartContact) -> StartPoint:
    """The contact's place in the inbox under the source id. Raises Conflict where that is somebody else's."""
    tenant_id, source_id = principal.tenant.id, start.source_id or _generate(inbox, contact)
    found = await conversation_starts.find_point(connection, tenant_id, source_id, inbox.id)
    if found is None:
        await contact_points.insert_point(connection, tenant_id, contact.id, inbox.id, source_id, hmac_verified=start.hmac_verified)
        found = await conversation_starts.find_point(connection, tenant_id, source_id, inbox.id)
    if found is None or found.contact_id != contact.id:
        raise Conflict("source_id should be unique")
    return found


def _generate(inbox: InboxRow, contact: StartContact) -> str:
    """A source id as the channel has them. Raises InvalidValue naming what the contact lacks."""
    found = own_source_id(contact.email, contact.phone_number, inbox)
    if found is None and inbox.kind in BY_ADDRESS:
        raise InvalidValue("contact_id", "Contact Email Required" if inbox.kind == "email" else "Contact Phone Number Required")
    return found or str(uuid4())


async def _last(connection: Connection, principal: Principal, point: StartPoint) -> int | None:
    """The newest conversation with this contact point; whoever starts a second one at the same time waits here."""
    await conversation_starts.lock_point(connection, principal.tenant.id, point.id)
    number = await conversation_starts.find_last(connection, principal.tenant.id, point.id)
    if number is not None and not await conversations.may_open(connection, principal, number):
        raise Forbidden("the contact's conversation is not yours to see")
    return number


async def _new(
    connection: Connection, principal: Principal, start: Start, point: StartPoint, inbox: InboxRow, contact: StartContact
) -> NewConversation:
    status = _status(start, inbox, contact)
    await check_assignment(connection, principal.tenant.id, start.assignee_id, start.team_id)
    return NewConversation(
        stage=None if status == "open" else stage_for_status(status, agent_has_replied=False, contact_spoke_last=False),
        members=(Ref("contact", contact.id),),
        owners=() if start.assignee_id is None else (Ref("user", start.assignee_id),),
        team_id=start.team_id,
        inbox_id=inbox.id,
        contact_point_id=point.id,
        attributes=start.attributes,
        additional_attributes=start.additional_attributes,
        snoozed_until=start.snoozed_until,
    )


def _status(start: Start, inbox: InboxRow, contact: StartContact) -> Status:
    """Who is blocked is not answered, and where a bot answers first it does so here."""
    if contact.blocked:
        return "resolved"
    return "pending" if inbox.active_bot_id is not None else start.status or "open"
