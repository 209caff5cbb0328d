"""Contacts in inboxes (contract 3.4): where one is reached, where one could be, and who has a source id."""

from __future__ import annotations

from starlette.responses import Response

from ..actions.contact_cards import require_contact
from ..actions.contact_points import own_source_id, place_in_inbox
from ..actions.contacts import find_contact
from ..actions.inboxes import require_inbox
from ..store import contact_points
from ..store.contact_points import Newest
from ..store.contacts import CONTACTS, ContactRow
from ..store.inboxes import INBOXES, InboxRow
from .contact_cards import CONTACT
from .encode_contacts import shown_contacts, slim_inbox
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json


async def create_contact_inbox(call: Call) -> Json:
    await find_contact(call.connection, call.tenant_id, call.path["id"])
    inbox = await require_inbox(call.connection, call.principal, call.given["inbox_id"])
    source_id = await place_in_inbox(
        call.context,
        call.principal,
        call.path["id"],
        inbox,
        call.given.get("source_id") or None,
        hmac_verified=bool(call.given.get("hmac_verified")),
    )
    return {"source_id": source_id, "inbox": slim_inbox(inbox, call.wire)}


async def list_contactable_inboxes(call: Call) -> Json:
    """An agent's own inboxes, an administrator's all, where the channel can reach this contact."""
    principal = call.principal
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    contact = await get_one(call, CONTACTS, call.path["id"])
    only = principal.inbox_ids if principal.role == "agent" else None
    newest = await contact_points.list_newest(call.connection, call.tenant_id, contact.id)
    shown = []
    for inbox in await INBOXES.find(call.connection, call.tenant_id, {"ids": only, "is_deleted": False}):
        source_id = _reached_by(contact, inbox, newest.get(inbox.id))
        if source_id is not None:
            shown.append({"inbox": slim_inbox(inbox, call.wire), "source_id": source_id})
    return {"payload": shown}


async def find_contact_by_source(call: Call) -> Json | Response:
    """The contact alone; an empty 404 where nobody has this source id, as in the original."""
    inbox = await require_inbox(call.connection, call.principal, call.given["inbox_id"])
    number = await contact_points.find_contact(call.connection, call.tenant_id, inbox.id, call.given.get("source_id") or "")
    shown = [] if number is None else await shown_contacts(call, [number], with_inboxes=False)
    return shown[0] if shown else Response(status_code=404)


def _reached_by(contact: ContactRow, inbox: InboxRow, newest: Newest | None) -> str | None:
    """A website's visitor only over an address that no conversation has used yet; over an api inbox always."""
    if inbox.kind == "web_widget":
        return newest.source_id if newest and not newest.is_used else None
    if inbox.kind == "api" and newest:
        return newest.source_id
    return own_source_id(contact.email, contact.phone_number, inbox)


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONTACT}/contact_inboxes",
            create_contact_inbox,
            "Place a contact in an inbox",
            "contact-inbox",
            request="""
            inbox_id*      int64  The inbox.
            source_id      text(..255)?  What its channel calls them; made where the channel is ours.
            hmac_verified  bool   Whether they proved who they are.
            """,
            example={"inbox_id": 1},
            refuses=(404,),
        ),
        Endpoint(
            "GET",
            f"{CONTACT}/contactable_inboxes",
            list_contactable_inboxes,
            "List inboxes that can reach a contact",
            "payload*  [contact-inbox]  The inboxes, with what each channel calls the contact.",
            refuses=(404,),
        ),
        Endpoint(
            "POST",
            f"{ACCOUNT}/contact_inboxes/filter",
            find_contact_by_source,
            "Find a contact by source id",
            "contact",
            request="""
            inbox_id*  int64  The inbox.
            source_id  text?  What its channel calls the contact.
            """,
            text="404 with an empty body where nobody has it.",
            example={"inbox_id": 1, "source_id": "web-1"},
            is_write=False,
            refuses=(404,),
        ),
    ),
)
