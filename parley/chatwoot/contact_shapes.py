"""The JSON objects of the contacts endpoints, key by key."""

from __future__ import annotations

from ..reference.notation import shape, table
from .reference.shapes import SHAPES

CARD = """
            name                   text?    Name.
            email                  text?    E-mail address; kept in lower case.
            phone_number           text?    In E.164: `+` and up to 15 digits.
            identifier             text?    Their id in a system of yours.
            blocked                bool     Whether their messages are refused.
            avatar                 binary?  A picture: JPEG, PNG or GIF, at most 15 MB.
            avatar_url             text?    A picture's URL. It is kept and shown, not fetched.
            additional_attributes  object?  City, company and the like; put over what is there.
            custom_attributes      object?  Custom fields by key; put over what is there.
            """

_CONTACT = next(one for one in SHAPES if one.name == "contact")

CONTACT_SHAPES = (
    shape(
        "contact-page",
        "A page of contacts.",
        """
        meta*     contact-count     How many there are.
        payload*  [listed-contact]  The page.
        """,
    ),
    shape(
        "contact-count",
        "How many contacts there are.",
        """
        count*         int64         All of them.
        current_page*  text | int32  The page as it was given, or the number 1.
        """,
    ),
    shape(
        "contact-search",
        "A page of what a search finds.",
        """
        meta*     contact-search-count  How much it is.
        payload*  [listed-contact]      The page.
        """,
    ),
    shape(
        "contact-search-count",
        "How much of a search is on a page.",
        """
        count*         int32(..15)   How many are on this page.
        current_page*  text | int32  The page as it was given, or the number 1.
        has_more*      bool          Whether another page follows.
        """,
    ),
    shape(
        "listed-contact",
        "A customer, with the inboxes in which they are reached.",
        table(
            "\n".join(f"{field.name}{'*' if field.required else ''}  {field.type}  {field.text}" for field in _CONTACT.fields),
            "contact_inboxes  [contact-inbox]  Their addresses, oldest first; left out where that is asked.",
        ),
    ),
    shape(
        "contact-inbox",
        "A contact's address in an inbox.",
        """
        source_id*  text        What the channel calls them.
        inbox*      slim-inbox  The inbox.
        """,
    ),
    shape(
        "slim-inbox",
        "An inbox, in short.",
        """
        id*            int64  Its number.
        avatar_url*    text   A picture's URL, or nothing.
        channel_id*    int64  Its channel's number.
        name*          text   Name.
        channel_type*  text   The kind, as `Channel::Api`.
        provider*      text?  Who carries the channel's messages.
        """,
    ),
    shape(
        "contact-payload",
        "A contact.",
        """
        payload*  listed-contact  The contact.
        """,
    ),
    shape(
        "made-contact",
        "A new contact.",
        """
        payload*  made-contact-payload  The contact and where they are reached.
        """,
    ),
    shape(
        "made-contact-payload",
        "A new contact and where they are reached.",
        """
        contact*        listed-contact    The contact.
        contact_inbox*  made-contact-inbox  The address in the inbox that was named.
        """,
    ),
    shape(
        "made-contact-inbox",
        "A new contact's address, empty where no inbox was named.",
        """
        inbox*      contact-inbox-row?  The inbox, with its settings.
        source_id*  text?               What the channel calls them.
        """,
    ),
    shape(
        "contact-inbox-row",
        "An inbox with its settings.",
        """
        id*                             int64   Its number.
        channel_id*                     int64   Its channel's number.
        account_id*                     int64   The account.
        name*                           text    Name.
        created_at*                     time    When it was made.
        updated_at*                     time    When it was changed last.
        channel_type*                   text    The kind, as `Channel::Api`.
        enable_auto_assignment*         bool?   Whether conversations are given to its agents by themselves.
        greeting_enabled*               bool?   Whether contacts are greeted.
        greeting_message*               text?   With which words.
        email_address*                  text?   Its address.
        working_hours_enabled*          bool?   Whether it has business hours.
        out_of_office_message*          text?   What contacts are told outside of them.
        timezone*                       text?   Its time zone.
        enable_email_collect*           bool?   Whether contacts are asked for their address.
        csat_survey_enabled*            bool?   Whether they are asked if they are satisfied.
        allow_messages_after_resolved*  bool?   Whether they may go on with a resolved conversation.
        auto_assignment_config*         object?  How conversations are given.
        lock_to_single_conversation*    bool    Whether a contact has one conversation only.
        portal_id*                      int64?  Its help centre.
        sender_name_type*               any     How agents are named in mails.
        business_name*                  text?   The business named there.
        csat_config*                    object?  How the survey looks.
        """,
    ),
)
