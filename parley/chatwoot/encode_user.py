"""A user as they see themselves (contract 3.5, ``_user.json.jbuilder``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..domain.people import Member
from ..domain.presence import shown_availability
from ..reference.notation import shape
from ..store.control import Place
from ..store.profiles import UserProfile
from .encode_profile import SUPER_ADMIN
from .encode_types import iso_or_none, json_object
from .wire import Wire


def user(person: UserProfile, member: Member | None, places: Sequence[Place], wire: Wire, token: str | None = None) -> dict[str, Any]:
    """``member``: the user as the first of ``places`` shows them, which ``wire`` speaks of; None for a user without an account.

    ``token`` is shown as ``access_token``; nothing for None.
    """
    seen = member or person
    shown: dict[str, Any] = {} if token is None else {"access_token": token}
    if places:
        shown["account_id"] = places[0].account_id
    shown |= {
        "available_name": seen.display_name or seen.name,
        "avatar_url": wire.picture_url(member.picture_id, member.picture_name) if member else "",
        "confirmed": person.confirmed,
        "display_name": seen.display_name,
        "message_signature": seen.message_signature,
        "email": person.email or "",
        "id": person.id,
        "inviter_id": member and member.inviter_id,
        "name": seen.name,
        "provider": person.provider,
        "pubsub_token": person.pubsub_token,
    }
    if seen.custom_attributes != "{}":
        shown["custom_attributes"] = json_object(seen.custom_attributes)
    if places:
        shown["role"] = places[0].role
    return shown | {
        "ui_settings": json_object(seen.ui_settings),
        "uid": person.email or "",
        "type": SUPER_ADMIN if person.kind == "super_admin" else None,
        "accounts": [_place(place, wire) for place in places],
    }


def _place(place: Place, wire: Wire) -> dict[str, Any]:
    return {
        "id": place.account_id,
        "name": place.account_name,
        "status": place.account_status,
        "onboarding_step": place.onboarding_step,
        "active_at": iso_or_none(place.active_at),
        "role": place.role,
        "permissions": [place.role] if place.permissions is None else [*place.permissions, "custom_role"],
        "availability": place.availability,
        "availability_status": shown_availability(place.availability, auto_offline=place.auto_offline, seen_at=place.seen_at, now=wire.now),
        "auto_offline": place.auto_offline,
        "custom_role_id": place.custom_role_id,
        "custom_role": _role(place),
    }


def _role(place: Place) -> dict[str, Any] | None:
    if place.custom_role_id is None:
        return None
    return {
        "id": place.custom_role_id,
        "name": place.custom_role_name,
        "description": place.custom_role_description,
        "permissions": place.permissions,
    }


SHAPES = (
    shape(
        "user",
        "A user as they see themselves.",
        """
        access_token         text    The token that the caller came with, or that was just made.
        account_id           int64   The account that they used last, where there is one.
        available_name*      text    The name that contacts see.
        avatar_url*          text    A picture's URL, or nothing.
        confirmed*           bool    Whether their e-mail address is confirmed.
        display_name*        text?   The name they chose.
        message_signature*   text?   What stands under their messages.
        email*               text    E-mail address.
        id*                  int64   Their number.
        inviter_id*          int64?  Who invited them.
        name*                text    Name.
        provider*            text    How they log in.
        pubsub_token*        text    What opens their feed of live events.
        custom_attributes    object  Custom fields, where there are any.
        role                 <agent administrator>  What they may do in that account.
        ui_settings*         object  How they set up their screen.
        uid*                 text    The same as email.
        type*                "SuperAdmin"?  Who runs the server.
        accounts*            [user-account]  Every account that they belong to.
        """,
    ),
    shape(
        "user-account",
        "An account of a user.",
        """
        id*                   int64   The account.
        name*                 text    Its name.
        status*               <active suspended>  Whether it may be used.
        onboarding_step*      text?   How far setting it up came.
        active_at*            time?   When they were last here.
        role*                 <agent administrator>  What they may do.
        permissions*          [text]  The same as a list, or what a custom role allows.
        availability*         <online offline busy>  What they chose.
        availability_status*  <online offline busy>  What others see.
        auto_offline*         bool    Whether that follows their presence.
        custom_role_id*       int64?  A role that narrows what they may do.
        custom_role*          custom-role?  That role.
        """,
    ),
)
