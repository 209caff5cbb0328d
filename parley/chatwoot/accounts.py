"""The account itself (contract 3.5): settings, what clients may keep of it, and signing up."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import JSONResponse, Response

from ..actions import accounts as actions
from ..actions import profiles
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store import accounts
from ..store.accounts import Account
from ..store.database import Connection
from .encode_types import iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .event_inboxes import cache_keys
from .readers import Json

_SETTINGS = (
    *("auto_resolve_after", "auto_resolve_message", "auto_resolve_ignore_waiting", "auto_resolve_label", "audio_transcriptions"),
    *("autoload_conversation_history", "keep_pending_on_bot_failure"),
)
_ATTRIBUTES = ("industry", "company_size", "timezone")
_PLAN = ("plan_name", "subscribed_quantity", "subscription_status", "subscription_ends_on")
_IF_SET = (*_ATTRIBUTES, "logo", "onboarding_step", "marked_for_deletion_at", "marked_for_deletion_reason")


async def show_account(call: Call) -> Json:
    """Our own version numbers are none of Chatwoot's, and every feature is part of the server."""
    return await _read(call.connection, call.tenant_id) | {"latest_chatwoot_version": None, "subscribed_features": []}


async def update_account(call: Call) -> Json:
    given = call.given
    parts = [{name: given[name] for name in names if name in given} for names in (actions.COLUMNS, _SETTINGS, _ATTRIBUTES)]
    await actions.change_account(call.context, call.principal, *parts)
    return await _read(call.connection, call.tenant_id)


async def update_active_at(call: Call) -> None:
    await profiles.change_place(call.context, call.principal, call.tenant_id, {"active_at": call.context.clock()})


async def show_cache_keys(call: Call) -> Response:
    keys = await _cache_keys(call.connection, call.tenant_id)
    headers = {"cache-control": "max-age=10, private, stale-while-revalidate=300"}
    return JSONResponse({"cache_keys": keys}, headers=headers)


async def sign_up(_call: Call) -> Response:
    """The original's answer where sign-up is off, in words."""
    return JSONResponse({"error": "Nobody signs up here by themselves: whoever runs the server makes accounts (parley tenant create)"}, 404)


async def _read(connection: Connection, tenant_id: int) -> Json:
    account = await accounts.get_account(connection, tenant_id)
    if account is None:
        raise NotFound()
    return _shown(account, await _cache_keys(connection, tenant_id))


async def _cache_keys(connection: Connection, tenant_id: int) -> dict[str, str]:
    return cache_keys(await accounts.get_cache_keys(connection, tenant_id))


def _shown(account: Account, cache_keys: dict[str, str]) -> dict[str, Any]:
    settings: Json = msgspec.json.decode(account.settings)
    attributes: Json = msgspec.json.decode(account.custom_attributes)
    shown: dict[str, Any] = {
        "settings": {name: settings[name] for name in _SETTINGS if settings.get(name) is not None},
        "created_at": iso(account.created_at),
    }
    if attributes:
        always = {name: attributes.get(name) for name in _PLAN}
        shown["custom_attributes"] = always | {name: attributes[name] for name in _IF_SET if attributes.get(name)}
    return shown | {
        "domain": account.domain or "",
        "features": dict.fromkeys(sorted(account.features), True),
        "id": account.id,
        "locale": account.locale,
        "name": account.name,
        "support_email": account.support_email or "",
        "status": account.status,
        "cache_keys": cache_keys,
    }


FAMILY = Family(
    endpoints=(
        Endpoint("GET", ACCOUNT, show_account, "Show the account", "account"),
        Endpoint(
            "PATCH",
            ACCOUNT,
            update_account,
            "Change the account",
            "account",
            request="""
            name                           text(1..255)       Its name.
            locale                         text(2..10)        Its language.
            domain                         text(..100)        Where its mail comes in.
            support_email                  text(..255)        Whom its mail is from.
            auto_resolve_after             int32(10..1439856)?  Minutes after which a quiet conversation is resolved; null for never.
            auto_resolve_message           text?              What is said then.
            auto_resolve_ignore_waiting    bool?              Whether one that waits for an answer stays open.
            auto_resolve_label             text?              The label that it gets then.
            audio_transcriptions           bool?              Whether voice messages are written down.
            autoload_conversation_history  bool?              Whether earlier conversations are shown with a new one.
            keep_pending_on_bot_failure    bool?              Whether a conversation stays pending where its bot fails.
            industry                       text(..255)        What it does.
            company_size                   text(..255)        How many it employs.
            timezone                       text(..64)         Its time zone, as Europe/Lisbon.
            """,
            example={"name": "Acme", "auto_resolve_after": 1440},
            access="administrators",
        ),
        Endpoint(
            "POST",
            f"{ACCOUNT}/update_active_at",
            update_active_at,
            "Say that the caller is here",
            "",
        ),
        Endpoint(
            "GET",
            f"{ACCOUNT}/cache_keys",
            show_cache_keys,
            "Ask what changed",
            "cache_keys*  cache-keys  A new value for what changed.",
        ),
        Endpoint(
            "POST",
            "/api/v1/accounts",
            sign_up,
            "Sign up",
            "email*  text  Never sent: sign-up is off.",
            request="""
            account_name    text  A name for the account.
            user_full_name  text  The user's name.
            email           text  E-mail address.
            password        text  A password.
            """,
            example={"email": "heidi@example.com", "account_name": "Acme"},
            area="open",
            tells="error",
        ),
    ),
    shapes=(
        shape(
            "account",
            "An account.",
            """
            settings*                object  How conversations are resolved by themselves, and the like; what is set.
            created_at*              time    Since when it is there.
            custom_attributes        object  The plan and what was said of the company, where anything was.
            domain*                  text    Where its mail comes in.
            features*                {bool}  What it has beside the usual.
            id*                      int64   Its number.
            locale*                  text    Its language.
            name*                    text    Its name.
            support_email*           text    Whom its mail is from.
            status*                  <active suspended>  Whether it may be used.
            cache_keys*              cache-keys  A new value for what changed.
            latest_chatwoot_version  text?   Always null: this is another program.
            subscribed_features      [text]  Always empty: there are no plans.
            """,
        ),
        shape(
            "cache-keys",
            "One value for each kind, which changes when something of it does.",
            """
            label*  text  Labels.
            inbox*  text  Inboxes.
            team*   text  Teams.
            """,
        ),
    ),
)
