"""Where a contact is reached in an inbox: the source id that the channel gives, or ours."""

from __future__ import annotations

import re
from uuid import uuid4

import msgspec

from ..domain.inboxes import is_whatsapp
from ..domain.principals import Principal
from ..domain.problems import Conflict, InvalidValue, MissingField
from ..store import contact_points
from ..store.contacts import ContactRow
from ..store.database import Connection
from ..store.inboxes import InboxRow
from .contacts import find_contact
from .context import Context
from .nouns import changing, record

_OURS = ("api", "web_widget")
_BY_NUMBER = ("sms", "whatsapp", "twilio_sms")
BY_ADDRESS = ("email", *_BY_NUMBER)
"""Kinds of inboxes whose channel knows a contact by an address or a number of theirs."""
_FORMATS = {"email": re.compile(r"[^@\s]+@[^@\s]+"), "whatsapp": re.compile(r"[0-9]{1,15}")}


async def place_in_inbox(
    context: Context, principal: Principal, contact_id: int, inbox: InboxRow, source_id: str | None, *, hmac_verified: bool = False
) -> str:
    """The source id by which the contact is in the inbox now; without one the channel tells it. Again it is the same.

    Raises NotFound, InvalidValue for a source id that the channel cannot have, MissingField where the contact lacks what
    the channel needs, Conflict for one that is another contact's where a source id means one person.
    """
    async with changing(context, principal) as connection:
        contact = await find_contact(connection, principal.tenant.id, contact_id)
        known = source_id or own_source_id(contact.email, contact.phone_number, inbox)
        if known is None:
            raise _lacking(inbox)
        _check(inbox, known)
        await _take(connection, context, principal, contact, inbox, known, hmac_verified)
        return known


def own_source_id(email: str | None, phone_number: str | None, inbox: InboxRow) -> str | None:
    """What the channel calls a contact with this address and number; a new id where the channel is ours, None where it cannot say."""
    if inbox.kind in _OURS:
        return str(uuid4())
    if inbox.kind == "email":
        return email
    if inbox.kind not in _BY_NUMBER or not phone_number:
        return None
    if inbox.kind == "whatsapp":
        return phone_number.removeprefix("+")
    return f"whatsapp:{phone_number}" if is_whatsapp(msgspec.json.decode(inbox.channel)) else phone_number


async def _take(
    connection: Connection,
    context: Context,
    principal: Principal,
    contact: ContactRow,
    inbox: InboxRow,
    source_id: str,
    hmac_verified: bool,
) -> None:
    """A new point, unless the contact has it. Who has the same address or number from before gets another source id."""
    tenant_id = principal.tenant.id
    owner = await contact_points.find_contact(connection, tenant_id, inbox.id, source_id)
    if owner == contact.id:
        return
    if owner is not None:
        if inbox.kind not in BY_ADDRESS:
            raise Conflict("source_id is taken", field="source_id")
        await contact_points.rename_point(connection, tenant_id, inbox.id, source_id, f"{source_id}-{uuid4().hex}")
    made = await contact_points.insert_point(connection, tenant_id, contact.id, inbox.id, source_id, hmac_verified=hmac_verified)
    if made is None:
        raise Conflict("source_id is taken", field="source_id")
    data = {"id": contact.id, "changed": ["contact_points"], "inbox_id": inbox.id}
    await record(connection, context, principal, "contact.updated", data)


def _lacking(inbox: InboxRow) -> MissingField | InvalidValue:
    if inbox.kind == "email":
        return MissingField("email", "the contact has no e-mail address, by which an email inbox knows it")
    if inbox.kind in _BY_NUMBER:
        return MissingField("phone_number", f"the contact has no phone number, by which an inbox of kind {inbox.kind} knows it")
    return InvalidValue("source_id", f"an inbox of kind {inbox.kind} makes no source ids: give one")


def _check(inbox: InboxRow, source_id: str) -> None:
    wanted = _FORMATS.get(inbox.kind)
    if wanted is not None and not wanted.fullmatch(source_id):
        raise InvalidValue("source_id", f"Source invalid source id for an inbox of kind {inbox.kind}")
