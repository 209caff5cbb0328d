"""Inboxes and contacts of the public API (contract 3.7): what a visitor's client asks before it talks."""

from __future__ import annotations

from ..actions.visitors import Claim, arrive, change_visitor
from ..domain.identity import proves
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store import public_inboxes
from ..store.database import Connection
from ..store.public_inboxes import Point, Record
from . import encode_public
from .endpoints import Call, Endpoint, Family
from .errors import BadIdentity
from .public import CONTACT, INBOX
from .readers import Json

_CLAIM = """
    identifier         text(..255)?    Who they are in a system of yours.
    identifier_hash    text?           HMAC-SHA256 of the identifier with the inbox's `hmac_token`, in hex: it proves the identifier.
    email              text(..255)?    E-mail address.
    name               text(..255)?    Name.
    phone_number       text(..16)?     In E.164, as `+123456789`.
    avatar             binary?         A picture: a file of the form.
    avatar_url         text(..2000)?   Where a picture lies; it is kept, not fetched.
    custom_attributes  object          Custom fields by key.
"""
_PROOF = """
    identifier       text  Who they are in a system of yours.
    identifier_hash  text  Its hash, where the inbox demands a proof.
"""


async def show_public_inbox(call: Call) -> Json:
    return encode_public.inbox(call.visit.inbox)


async def create_public_contact(call: Call) -> Json:
    source_id = await arrive(call.context, call.principal, call.visit.inbox.id, _claim(call), call.given.get("source_id") or None)
    point = await public_inboxes.find_point(call.connection, call.tenant_id, call.visit.inbox.id, source_id)
    assert point is not None, "it was just made"
    return encode_public.contact(await _record(call, call.connection, point), point, call.given)


async def show_public_contact(call: Call) -> Json:
    point = call.visit.point
    claim = _claim(call, is_known=point.hmac_verified)
    record = await _record(call, call.connection, point)
    if claim.is_proved and record.identifier not in (None, claim.identifier):
        raise BadIdentity()
    return encode_public.contact(record, point, {})


async def update_public_contact(call: Call) -> Json:
    claim = _claim(call, is_known=call.visit.point.hmac_verified)
    await change_visitor(call.context, call.principal, call.visit.point, claim)
    point = await public_inboxes.find_point(call.connection, call.tenant_id, call.visit.inbox.id, call.visit.point.source_id)
    assert point is not None, "it was just changed"
    return encode_public.contact_record(await _record(call, call.connection, point), point, call)


def _claim(call: Call, *, is_known: bool = False) -> Claim:
    """Raises BadIdentity for a hash that does not fit, and where the inbox demands one and there is none.

    ``is_known``: they have proved who they are before.
    """
    given, inbox = call.given, call.visit.inbox
    identifier, proof = (given.get("identifier") or "").strip() or None, given.get("identifier_hash") or None
    is_proved = proves(inbox.hmac_token, identifier, proof)
    if not is_proved and (proof or (inbox.hmac_mandatory and not is_known)):
        raise BadIdentity()
    return Claim(
        identifier=identifier,
        is_proved=is_proved,
        name=given.get("name"),
        email=given.get("email"),
        phone_number=given.get("phone_number"),
        attributes=given.get("custom_attributes") or {},
        picture=given.get("avatar") or given.get("avatar_url") or None,
    )


async def _record(call: Call, connection: Connection, point: Point) -> Record:
    records = await public_inboxes.get_records(connection, call.tenant_id, [point.contact_id])
    if point.contact_id not in records:
        raise NotFound()
    return records[point.contact_id]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            INBOX,
            show_public_inbox,
            "Show an inbox to its visitors",
            "public-inbox",
            example_path={"inbox_identifier": "$INBOX"},
            access="everybody",
            area="public",
        ),
        Endpoint(
            "POST",
            f"{INBOX}/contacts",
            create_public_contact,
            "Come to an inbox",
            "public-contact",
            request=f"""
    source_id          text(..255)?    A secret of the client's own, long and random; without one it gets one.
{_CLAIM}""",
            text="Who comes again by a source id is known. Who names the identifier, address or number of a contact that is there "
            "writes as that contact, and sees what is known of it only with a proof.",
            example={"name": "Alice", "email": "alice@mail.test"},
            example_path={"inbox_identifier": "$INBOX"},
            access="everybody",
            area="public",
            secret=True,
        ),
        Endpoint(
            "GET",
            CONTACT,
            show_public_contact,
            "Show who comes by a source id",
            "public-contact",
            query=_PROOF,
            example_path={"inbox_identifier": "$INBOX", "contact_identifier": "$SOURCE"},
            access="everybody",
            area="public",
        ),
        Endpoint(
            "PATCH",
            CONTACT,
            update_public_contact,
            "Tell more of oneself",
            "public-contact-record",
            request=_CLAIM,
            text="Custom attributes are merged; blanks change nothing.",
            example={"name": "Alice"},
            example_path={"inbox_identifier": "$INBOX", "contact_identifier": "$SOURCE"},
            access="everybody",
            area="public",
        ),
    ),
    shapes=(
        shape(
            "public-inbox",
            "An inbox as its visitors see it.",
            """
            identifier*                   text    Its name in this API.
            identity_validation_enabled*  bool    Whether visitors must prove who they are.
            name*                         text    Name.
            timezone*                     text    The time zone of the hours.
            working_hours*                [public-hours]  Seven days from Sunday.
            working_hours_enabled*        bool    Whether the hours count.
            csat_survey_enabled*          bool    Whether customers are asked for their opinion.
            greeting_enabled*             bool    Whether visitors are greeted.
            """,
        ),
        shape(
            "public-hours",
            "When an inbox is staffed on one day.",
            """
            day_of_week*     int32   0 for Sunday to 6.
            closed_all_day*  bool    Whether nobody is there.
            open_hour*       int32?  From this hour on.
            open_minutes*    int32?  And this minute.
            close_hour*      int32?  Until this hour.
            close_minutes*   int32?  And this minute.
            open_all_day*    bool    Whether somebody is there all day.
            """,
        ),
        shape(
            "public-contact",
            "Who comes by a source id.",
            """
            source_id*     text   The secret by which the client is known.
            pubsub_token*  text?  Opens live connections of this client.
            id*            int64  The contact's number.
            name*          text?  Name; this and what follows is null where it was only claimed to be theirs.
            email*         text?  E-mail address.
            phone_number*  text?  In E.164.
            """,
        ),
        shape(
            "public-contact-record",
            "A contact as a row. What follows the number is null or empty where it was only claimed to be the caller's.",
            """
            id*                     int64   Its number.
            name*                   text?   Name.
            email*                  text?   E-mail address.
            phone_number*           text?   In E.164.
            account_id*             int64   The account.
            created_at*             time    Since when it is known.
            updated_at*             time    When it was changed last.
            additional_attributes*  object  City, company and the like.
            identifier*             text?   Its id in a system of yours.
            custom_attributes*      object  Custom fields by key.
            last_activity_at*       time?   When it last did anything.
            contact_type*           text    visitor, lead or customer.
            middle_name*            text?   Middle name.
            last_name*              text?   Last name.
            location*               text?   Where it is.
            country_code*           text?   Its country.
            blocked*                bool    Whether its messages are refused.
            company_id*             int64?  Its company.
            label_list*             [text]  Its labels.
            """,
        ),
    ),
)
