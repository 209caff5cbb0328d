"""The caller's own profile (contract 3.5), the same in every account, and the devices that are told."""

from __future__ import annotations

from ..actions import profiles as actions
from ..domain.problems import InvalidValue, MissingField
from ..reference.notation import shape
from .authenticate import credentials_of
from .encode_types import iso, json_object
from .encode_user import SHAPES
from .endpoints import Call, Endpoint, Family
from .readers import Json
from .users import read_user

_PROFILE = "/api/v1/profile"
_DEVICES = "/api/v1/notification_subscriptions"


async def show_profile(call: Call) -> Json:
    return await read_user(call.connection, call.principal.ref.id, call.wire, credentials_of(call.request.headers).token)


async def update_profile(call: Call) -> Json:
    given = call.given
    if given.get("password"):
        await actions.choose_password(
            call.context, call.principal, given.get("current_password", ""), given["password"], given.get("password_confirmation")
        )
    await actions.change_profile(call.context, call.principal, given, given.get("avatar"))
    return await _read_back(call)


async def delete_profile_avatar(call: Call) -> None:
    await actions.remove_picture(call.context, call.principal)


async def set_availability(call: Call) -> Json:
    values = {"availability": call.given["availability"]}
    await actions.change_place(call.context, call.principal, call.given["account_id"], values)
    return await _read_back(call)


async def set_auto_offline(call: Call) -> Json:
    values = {"auto_offline": call.given["auto_offline"]}
    await actions.change_place(call.context, call.principal, call.given["account_id"], values)
    return await _read_back(call)


async def set_active_account(call: Call) -> None:
    await actions.change_place(call.context, call.principal, call.given["account_id"], {"active_at": call.context.clock()})


async def reset_access_token(call: Call) -> Json:
    return await _read_back(call, await actions.renew_token(call.context, call.principal))


async def resend_confirmation(call: Call) -> None:
    """Nothing to do for an address that is confirmed; for another one there is no mail server."""
    if call.principal.member is not None and not call.principal.member.confirmed:
        raise InvalidValue("email", "This server sends no mail, so the address cannot be confirmed by it")


async def create_notification_subscription(call: Call) -> Json:
    given = call.given
    found = await actions.subscribe(call.context, call.principal, given["subscription_type"], given["subscription_attributes"])
    return {
        "id": found.id,
        "user_id": found.user_id,
        "subscription_type": found.kind,
        "subscription_attributes": json_object(found.attributes),
        "identifier": found.identifier,
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
    }


async def delete_notification_subscription(call: Call) -> None:
    if "push_token" not in call.given:
        raise MissingField("push_token")
    await actions.unsubscribe(call.context, call.principal, call.given["push_token"])


async def _read_back(call: Call, token: str = "") -> Json:
    shown = token or credentials_of(call.request.headers).token
    return await read_user(call.connection, call.principal.ref.id, call.wire, shown)


_ACCOUNT_ID = "account_id*  int64  One of the caller's accounts."

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _PROFILE, show_profile, "Show the caller's profile", "user", area="user"),
        Endpoint(
            "PUT",
            _PROFILE,
            update_profile,
            "Change the caller's profile",
            "user",
            request="""
            name                   text(1..255)  Name.
            display_name           text(..255)?  The name that contacts see.
            email                  text(1..255)  E-mail address; it holds at once.
            message_signature      text?         What stands under their messages.
            phone_number           text(..40)    Phone number.
            ui_settings            object        How they set up their screen: all of it.
            avatar                 binary        A picture: PNG, JPEG, GIF or WebP, up to 15 MB.
            current_password       text          Needed to set another.
            password               text          A new password; every other session ends.
            password_confirmation  text          The same again.
            """,
            text="In every account of the caller; the picture in the one they used last.",
            example={"display_name": "Grace"},
            wrap="profile",
            area="user",
        ),
        Endpoint("DELETE", f"{_PROFILE}/avatar", delete_profile_avatar, "Take the caller's picture away", "", area="user"),
        Endpoint(
            "POST",
            f"{_PROFILE}/availability",
            set_availability,
            "Say whether the caller is there",
            "user",
            request=f"""
            {_ACCOUNT_ID}
            availability*  <online offline busy>  Whether they are there.
            """,
            example={"account_id": 1, "availability": "busy"},
            wrap="profile",
            area="user",
            refuses=(404,),
        ),
        Endpoint(
            "POST",
            f"{_PROFILE}/auto_offline",
            set_auto_offline,
            "Say whether availability follows presence",
            "user",
            request=f"""
            {_ACCOUNT_ID}
            auto_offline*  bool  Whether it does.
            """,
            example={"account_id": 1, "auto_offline": False},
            wrap="profile",
            area="user",
            refuses=(404,),
        ),
        Endpoint(
            "PUT",
            f"{_PROFILE}/set_active_account",
            set_active_account,
            "Say which account the caller uses",
            "",
            request=_ACCOUNT_ID,
            example={"account_id": 1},
            wrap="profile",
            area="user",
            refuses=(404,),
        ),
        Endpoint(
            "POST",
            f"{_PROFILE}/reset_access_token",
            reset_access_token,
            "Make a new API token",
            "user",
            text="It is `access_token` of this one answer. The last one made here ends, and the token that asks unless it is a session.",
            area="user",
            secret=True,
        ),
        Endpoint("POST", f"{_PROFILE}/resend_confirmation", resend_confirmation, "Ask for the confirmation mail again", "", area="user"),
        Endpoint(
            "POST",
            _DEVICES,
            create_notification_subscription,
            "Register a device",
            "notification-subscription",
            request="""
            subscription_type*        <browser_push fcm apns_voip>  The kind of device.
            subscription_attributes*  object  Its address: `endpoint` and keys of a browser, `device_id` and `push_token` of a phone.
            """,
            example={"subscription_type": "fcm", "subscription_attributes": {"device_id": "d-1", "push_token": "t-1"}},
            wrap="notification_subscription",
            area="user",
        ),
        Endpoint(
            "DELETE",
            _DEVICES,
            delete_notification_subscription,
            "Forget a device",
            "",
            request="push_token  text(1..)  Its push token; it may stand in the query as well.",
            query="push_token  text(1..)  Its push token.",
            example={"push_token": "fcm-1"},
            area="user",
        ),
    ),
    shapes=(
        *SHAPES,
        shape(
            "notification-subscription",
            "A device of a user.",
            """
            id*                       int64   Its number.
            user_id*                  int64   The user.
            subscription_type*        <browser_push fcm apns_voip>  The kind of device.
            subscription_attributes*  object  Its address.
            identifier*               text    By what it is known.
            created_at*               time    When it was registered.
            updated_at*               time    When it was registered again.
            """,
        ),
    ),
)
