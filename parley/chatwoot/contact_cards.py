"""One contact (contract 3.4): made, shown, changed, deleted."""

from __future__ import annotations

from ..actions import contact_cards, contact_points
from ..actions.contact_cards import Card, require_contact
from ..actions.contact_end import delete_contact as end_contact
from ..domain.problems import Conflict, NotFound
from ..store.inboxes import InboxRow, get_existing
from .contact_shapes import CARD
from .contacts import CONTACTS, with_inboxes
from .encode_contacts import shown_contacts, whole_inbox
from .endpoints import Call, Endpoint, Family
from .readers import Json

CONTACT = f"{CONTACTS}/{{id}}"
_COLUMNS = ("name", "email", "phone_number", "identifier", "blocked")


async def create_contact(call: Call) -> Json:
    inbox, source_id = await _inbox(call), None
    number = await contact_cards.add_contact(call.context, call.principal, _card(call))
    if inbox is not None:
        source_id = await contact_points.place_in_inbox(call.context, call.principal, number, inbox, call.given.get("source_id") or None)
    shown = (await shown_contacts(call, [number]))[0]
    told = None if inbox is None else whole_inbox(inbox, call.tenant_id)
    return {"payload": {"contact": shown, "contact_inbox": {"inbox": told, "source_id": source_id}}}


async def show_contact(call: Call) -> Json:
    return await _one(call)


async def update_contact(call: Call) -> Json:
    await contact_cards.edit_contact(call.context, call.principal, call.path["id"], _card(call))
    return await _one(call)


async def delete_contact(call: Call) -> None:
    number = call.path["id"]
    await require_contact(call.connection, call.tenant_id, number)
    shown = (await shown_contacts(call, [number], with_inboxes=False))[0]
    if shown["availability_status"] == "online":
        raise Conflict(f"{shown['name'].capitalize()} is Online, please try again later")
    await end_contact(call.context, call.principal, number)


async def delete_contact_avatar(call: Call) -> Json:
    await contact_cards.remove_picture(call.context, call.principal, call.path["id"])
    return await _one(call)


async def destroy_contact_custom_attributes(call: Call) -> Json:
    dropped = tuple(call.given.get("custom_attributes") or ())
    await contact_cards.edit_contact(call.context, call.principal, call.path["id"], Card(dropped=dropped))
    return await _one(call)


async def _one(call: Call) -> Json:
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    return {"payload": (await shown_contacts(call, [call.path["id"]], with_inboxes=with_inboxes(call)))[0]}


def _card(call: Call) -> Card:
    """What was sent; a null takes a value away, as an empty text does."""
    given = call.given
    values = {name: given[name] for name in _COLUMNS if name in given}
    url = given.get("avatar_url") or None
    return Card(
        values,
        given.get("additional_attributes") or {},
        given.get("custom_attributes") or {},
        picture=given.get("avatar") or url,
    )


async def _inbox(call: Call) -> InboxRow | None:
    """The inbox that a new contact is placed in. Raises NotFound."""
    number = call.given.get("inbox_id")
    if number is None:
        return None
    found = await get_existing(call.connection, call.tenant_id, [number])
    if number not in found:
        raise NotFound()
    return found[number]


_INCLUDE = "include_contact_inboxes  bool?  `false` leaves `contact_inboxes` out."
_EXAMPLE = {"name": "Grace", "email": "grace@example.test", "phone_number": "+351910000001", "custom_attributes": {"tier": "gold"}}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            CONTACTS,
            create_contact,
            "Make a contact",
            "made-contact",
            request=CARD
            + """
            inbox_id   int64?  The inbox in which they are reached.
            source_id  text(..255)?  What its channel calls them; made where the channel is ours.
            """,
            text="E-mail address, phone number and identifier are each unique in the account.",
            example=_EXAMPLE,
            refuses=(404,),
        ),
        Endpoint("GET", CONTACT, show_contact, "Show a contact", "contact-payload", query=_INCLUDE, refuses=(404,)),
        Endpoint(
            "PUT",
            CONTACT,
            update_contact,
            "Change a contact",
            "contact-payload",
            request=CARD,
            query=_INCLUDE,
            text="Attributes are put over those that are there; null or an empty text takes a value away.",
            example={"name": "Grace H.", "custom_attributes": {"tier": "silver"}},
            refuses=(404,),
        ),
        Endpoint(
            "DELETE",
            CONTACT,
            delete_contact,
            "Delete a contact",
            "",
            text="One with conversations stays behind them, without a name. Refused while they are here.",
            access="administrators",
            refuses=(404,),
        ),
        Endpoint("DELETE", f"{CONTACT}/avatar", delete_contact_avatar, "Take a contact's picture away", "contact-payload", refuses=(404,)),
        Endpoint(
            "POST",
            f"{CONTACT}/destroy_custom_attributes",
            destroy_contact_custom_attributes,
            "Take custom attributes away",
            "contact-payload",
            request="custom_attributes  [text]  Their keys.",
            example={"custom_attributes": ["tier"]},
            refuses=(404,),
        ),
    ),
)
