"""The platform API (contract 3.6): what a platform app makes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import msgspec

from ..actions import platform as actions
from ..actions import platform_users as users
from ..domain.principals import Tenant
from ..domain.problems import InvalidValue, MissingField, NotFound
from ..reference.notation import shape
from ..store import accounts, platform
from ..store.accounts import Account
from ..store.database import Connection, enter_tenant
from ..store.platform import AccountUser, PlatformBot
from .encode_types import iso, iso_or_none, json_object
from .endpoints import Area, Call, Endpoint, Family
from .readers import Json
from .users import read_user

_ROOT = "/platform/api/v1"
_ACCOUNTS, _USERS, _BOTS = f"{_ROOT}/accounts", f"{_ROOT}/users", f"{_ROOT}/agent_bots"
_ACCOUNT = f"{_ACCOUNTS}/{{account_id}}"
_USER, _BOT = f"{_USERS}/{{id}}", f"{_BOTS}/{{id}}"


async def list_platform_accounts(call: Call) -> list[Json]:
    ids = await platform.list_permitted(call.connection, actions.app_of(call.principal), "account")
    return [_account(one) for one in await accounts.get_accounts(call.connection, ids)]


async def show_platform_account(call: Call) -> Json:
    return _account(await actions.require_account(call.connection, call.principal, call.path["account_id"]))


async def create_platform_account(call: Call) -> Json:
    return await _read_account(call, await actions.create_account(call.context, call.principal, call.given))


async def update_platform_account(call: Call) -> Json:
    await actions.change_account(call.context, call.principal, call.path["account_id"], call.given)
    return await _read_account(call, call.path["account_id"])


async def delete_platform_account(call: Call) -> None:
    await actions.delete_account(call.context, call.principal, call.path["account_id"])


async def list_account_users(call: Call) -> list[Json]:
    account = await actions.require_account(call.connection, call.principal, call.path["account_id"])
    return [_account_user(account.id, one) for one in await platform.list_account_users(call.connection, account.id)]


async def create_account_user(call: Call) -> Json:
    account_id, user_id = call.path["account_id"], call.given["user_id"]
    await actions.put_account_user(call.context, call.principal, account_id, user_id, call.given["role"])
    await enter_tenant(call.connection, account_id)
    (found,) = await platform.list_account_users(call.connection, account_id, user_id)
    return _account_user(account_id, found)


async def delete_account_user(call: Call) -> None:
    if "user_id" not in call.given:
        raise MissingField("user_id")
    await actions.remove_account_user(call.context, call.principal, call.path["account_id"], call.given["user_id"])


async def create_platform_user(call: Call) -> Json:
    number = await users.create_user(call.context, call.principal, call.given)
    token = await users.make_token(call.context, call.principal, number)
    return await read_user(call.connection, number, call.wire, token)


async def show_platform_user(call: Call) -> Json:
    await users.require_user(call.connection, call.principal, call.path["id"])
    return await read_user(call.connection, call.path["id"], call.wire)


async def update_platform_user(call: Call) -> Json:
    await users.change_user(call.context, call.principal, call.path["id"], call.given)
    return await read_user(call.connection, call.path["id"], call.wire)


async def delete_platform_user(call: Call) -> None:
    await users.delete_user(call.context, call.principal, call.path["id"])


async def make_login_link(call: Call) -> Json:
    email, token = await users.make_login(call.context, call.principal, call.path["id"])
    return {"url": f"{call.wire.base_url}/app/login?{urlencode({'email': email, 'sso_auth_token': token})}"}


async def make_user_token(call: Call) -> Json:
    token = await users.make_token(call.context, call.principal, call.path["id"])
    user = await read_user(call.connection, call.path["id"], call.wire)
    return {"access_token": token, "expiry": None, "user": {name: user[name] for name in _TOKEN_USER}}


async def list_platform_bots(call: Call) -> list[Json]:
    """Account by account: bots are behind their tenant's row-level security."""
    shown: list[Json] = []
    places = await platform.list_bots(call.connection, actions.app_of(call.principal))
    for account_id, here in groupby(places, key=lambda place: place.account_id):
        await enter_tenant(call.connection, account_id)
        found = await platform.get_bots(call.connection, account_id, [place.bot_id for place in here])
        shown += [_bot(one, account_id, call) for one in found]
    return sorted(shown, key=lambda one: one["id"])


async def show_platform_bot(call: Call) -> Json:
    return await _read_bot(call, call.connection, call.path["id"])


async def create_platform_bot(call: Call) -> Json:
    _refuse_picture(call.given)
    number, token = await users.create_bot(call.context, call.principal, call.given)
    return await _read_bot(call, call.connection, number) | {"access_token": token}


async def update_platform_bot(call: Call) -> Json:
    _refuse_picture(call.given)
    await users.change_bot(call.context, call.principal, call.path["id"], call.given)
    return await _read_bot(call, call.connection, call.path["id"])


async def delete_platform_bot(call: Call) -> None:
    await users.delete_bot(call.context, call.principal, call.path["id"])


async def _read_account(call: Call, account_id: int) -> Json:
    found = await accounts.get_account(call.connection, account_id)
    if found is None:
        raise NotFound()
    return _account(found)


async def _read_bot(call: Call, connection: Connection, bot_id: int) -> Json:
    account_id, found = await users.require_bot(connection, call.principal, bot_id)
    return _bot(found, account_id, call)


def _refuse_picture(given: Mapping[str, Any]) -> None:
    if given.get("avatar_url"):
        raise InvalidValue("avatar_url", "avatar_url is not fetched here: a bot made over this API has no picture")


def _account(one: Account) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "locale": one.locale,
        "domain": one.domain,
        "support_email": one.support_email,
        "enabled_features": dict.fromkeys(sorted(one.features), True),
        "custom_attributes": json_object(one.custom_attributes),
        "limits": msgspec.json.decode(one.settings).get("limits", {}),
        "status": one.status,
    }


def _account_user(account_id: int, one: AccountUser) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "user_id": one.user_id,
        "role": one.role,
        "inviter_id": one.inviter_id,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "active_at": iso_or_none(one.active_at),
        "availability": one.availability,
        "auto_offline": one.auto_offline,
        "custom_role_id": one.custom_role_id,
    }


def _bot(one: PlatformBot, account_id: int, call: Call) -> dict[str, Any]:
    wire = replace(call.wire, tenant=Tenant(account_id, "", ""))
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description or "",
        "thumbnail": wire.picture_url(one.avatar_id, one.avatar_name),
        "outgoing_url": one.outgoing_url or "",
        "bot_type": one.bot_type,
        "bot_config": json_object(one.config),
        "account_id": account_id,
        "system_bot": one.kind == "system",
    }


_TOKEN_USER = ("id", "name", "display_name", "email", "pubsub_token")
_AREA: Area = "platform"
_ACCOUNT_FIELDS = """
    locale             text(2..10)          Its language.
    domain             text(..100)          Where its mail comes in.
    support_email      text(..255)          Whom its mail is from.
    status             <active suspended>   Whether it may be used.
    limits             object               What it may have at most; kept for the app, and not enforced.
    features           {bool}               Features by name, on or off.
    custom_attributes  object               Anything else, in place of what there is.
    """
_USER_FIELDS = """
    display_name       text(..255)?  The name that contacts see.
    password           text(1..128)  The password; without one they sign in by link.
    custom_attributes  object        Anything else, in place of what there is.
    """
_BOT_FIELDS = """
    description   text(..2000)?  What it does.
    outgoing_url  text(..2000)?  Where it is called.
    avatar_url    text?          Refused: pictures are not fetched.
    """

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ACCOUNTS, list_platform_accounts, "List the app's accounts", "[platform-account]", area=_AREA),
        Endpoint(
            "POST", _ACCOUNTS, create_platform_account, "Make an account", "platform-account",
            request=f"""
    name*              text(1..255)         Its name.{_ACCOUNT_FIELDS}""",
            example={"name": "Acme"}, area=_AREA,
        ),
        Endpoint("GET", _ACCOUNT, show_platform_account, "Show an account of the app's", "platform-account", area=_AREA),
        Endpoint(
            "PATCH", _ACCOUNT, update_platform_account, "Change an account of the app's", "platform-account",
            request=f"""
    name               text(1..255)         Its name.{_ACCOUNT_FIELDS}""",
            example={"name": "Acme"}, area=_AREA,
        ),
        Endpoint(
            "DELETE", _ACCOUNT, delete_platform_account, "Delete an account of the app's", "",
            text="It is closed at once; what is in it goes within minutes.", area=_AREA,
        ),
        Endpoint("GET", f"{_ACCOUNT}/account_users", list_account_users, "List who belongs to an account", "[account-user]", area=_AREA),
        Endpoint(
            "POST", f"{_ACCOUNT}/account_users", create_account_user, "Let a user into an account", "account-user",
            request="""
            user_id*  int64                  A user of the app's.
            role*     <agent administrator>  What they may do.
            """,
            text="For somebody who belongs to it: changes the role.", example={"user_id": 1, "role": "agent"}, area=_AREA,
        ),
        Endpoint(
            "DELETE", f"{_ACCOUNT}/account_users", delete_account_user, "Take a user out of an account", "",
            request="user_id  int64  The user; it may stand in the query as well.", query="user_id  int64  The user.", area=_AREA,
        ),
        Endpoint(
            "POST", _USERS, create_platform_user, "Make a user", "user",
            request=f"""
    name               text(1..255)  Name.
    email*             text(1..255)  E-mail address, which is theirs without a mail to confirm it.{_USER_FIELDS}""",
            text="For one that the app made, by e-mail: answers with them. The token in the answer is shown only here.",
            example={"name": "Grace", "email": "grace@example.com"}, area=_AREA, secret=True,
        ),
        Endpoint("GET", _USER, show_platform_user, "Show a user of the app's", "user", area=_AREA),
        Endpoint(
            "PATCH", _USER, update_platform_user, "Change a user of the app's", "user",
            request=f"""
    name               text(1..255)  Name.
    email              text(1..255)  E-mail address.{_USER_FIELDS}""",
            example={"name": "Grace"}, area=_AREA,
        ),
        Endpoint("DELETE", _USER, delete_platform_user, "Delete a user of the app's", "", area=_AREA),
        Endpoint(
            "GET", f"{_USER}/login", make_login_link, "Make a login link", "url*  text  Signs the user in, once, within five minutes.",
            text="Its `sso_auth_token` and `email` go to POST /auth/sign_in.", area=_AREA, is_write=True, secret=True,
        ),
        Endpoint("POST", f"{_USER}/token", make_user_token, "Make an API token of a user", "user-token", area=_AREA, secret=True),
        Endpoint("GET", _BOTS, list_platform_bots, "List the app's bots", "[platform-bot]", area=_AREA),
        Endpoint(
            "POST", _BOTS, create_platform_bot, "Make a bot", "platform-bot",
            request=f"""
    name*         text(1..255)   Name.
    account_id*   int64          An account of the app's.{_BOT_FIELDS}""",
            text="The token in the answer is shown only here.", example={"name": "Helper", "account_id": 1}, area=_AREA, secret=True,
        ),
        Endpoint("GET", _BOT, show_platform_bot, "Show a bot of the app's", "platform-bot", area=_AREA),
        Endpoint(
            "PATCH", _BOT, update_platform_bot, "Change a bot of the app's", "platform-bot",
            request=f"""
    name          text(1..255)   Name.
    account_id    int64          Its account, which it keeps.{_BOT_FIELDS}""",
            example={"name": "Helper"}, area=_AREA,
        ),
        Endpoint("DELETE", _BOT, delete_platform_bot, "Delete a bot of the app's", "", area=_AREA),
    ),
    shapes=(
        shape(
            "platform-account",
            "An account as its platform app sees it.",
            """
            id*                 int64   Its number.
            name*               text    Its name.
            locale*             text    Its language.
            domain*             text?   Where its mail comes in.
            support_email*      text?   Whom its mail is from.
            enabled_features*   {bool}  What it has beside the usual.
            custom_attributes*  object  Anything else.
            limits*             object  What it may have at most.
            status*             <active suspended>  Whether it may be used.
            """,
        ),
        shape(
            "account-user",
            "A user's place in an account.",
            """
            account_id*      int64   The account.
            user_id*         int64   The user.
            role*            <agent administrator>  What they may do.
            inviter_id*      int64?  Who invited them.
            created_at*      time    Since when they belong to it.
            updated_at*      time    When that was changed last.
            active_at*       time?   When they were last here.
            availability*    <online offline busy>  What they chose.
            auto_offline*    bool    Whether that follows their presence.
            custom_role_id*  int64?  A role that narrows what they may do.
            """,
        ),
        shape(
            "user-token",
            "An API token of a user.",
            """
            access_token*  text   Shown only here.
            expiry*        time?  When it ends; null for never.
            user*          token-user  Whose it is.
            """,
        ),
        shape(
            "token-user",
            "Whose token it is.",
            """
            id*            int64  Their number.
            name*          text   Name.
            display_name*  text?  The name they chose.
            email*         text   E-mail address.
            pubsub_token*  text   What opens their feed of live events.
            """,
        ),
        shape(
            "platform-bot",
            "A bot as its platform app sees it.",
            """
            id*            int64   Its number.
            name*          text    Name.
            description*   text    What it does.
            thumbnail*     text    A picture's URL, or nothing.
            outgoing_url*  text    Where it is called, or nothing.
            bot_type*      text    How it is called.
            bot_config*    object  How it works.
            account_id*    int64   Its account.
            access_token   text    Its token, shown only when it is made.
            system_bot*    bool    Whether it is the server's own.
            """,
        ),
    ),
)  # fmt: skip
