"""What users change of themselves: in every account at once, in one transaction, with an event in each.

These run in a request's open transaction, which is in the caller's account before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, Forbidden, InvalidValue, MissingField, NotFound
from ..store import control, profiles
from ..store.database import Connection, enter_tenant
from ..store.profiles import PushSubscription
from . import sessions
from .checks import require_write
from .context import Context
from .files import own_file
from .nouns import record
from .passwords import prove
from .uploads import Kept
from .users import is_email

API_TOKEN = "profile"  # noqa: S105 - the name of the token that reset_access_token makes
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_LARGEST_PICTURE = 15_000_000
_SUBSCRIPTIONS = {"browser_push": "endpoint", "fcm": "device_id", "apns_voip": "device_id"}
"""By kind, the attribute by which a device is known."""


async def change_profile(context: Context, principal: Principal, given: Mapping[str, Any], picture: Kept | None) -> None:
    """``given``: name, display_name, email, message_signature, ui_settings, phone_number. Raises InvalidValue, Conflict, NotFound."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        values = {name: given[name] for name in profiles.BOTH if name in given}
        if "email" in values and not is_email(values["email"]):
            raise InvalidValue("email", "Email is invalid")
        if picture is not None:
            await _set_picture(connection, context, principal, picture)
        numbers = {"phone_numbers": [given["phone_number"]] if given["phone_number"] else []} if "phone_number" in given else {}
        await change_everywhere(connection, context, principal.ref, user_id, values, numbers)
        await enter_tenant(connection, principal.tenant.id)


async def change_everywhere(
    connection: Connection, context: Context, by: Ref, user_id: int, values: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> None:
    """Sets columns of the user, and ``more`` too in every account that they belong to. Raises Conflict for a taken e-mail."""
    here = {**values, **(more or {})}
    if not here:
        return
    try:
        await profiles.update_user(connection, user_id, values)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("email is taken", field="email") from error
    for place in await control.list_places(connection, user_id):
        await enter_tenant(connection, place.account_id)
        await profiles.update_place(connection, place.account_id, user_id, here, by)
    await sessions.tell_places(connection, context, by, user_id, "user.updated", {"changed": sorted(here)})


async def choose_password(context: Context, principal: Principal, current: str, new: str, confirmation: str | None) -> None:
    """Ends every session but the caller's. Raises InvalidValue for a wrong current password and for a new one that will not do."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        if not await prove(current, await control.get_password(connection, user_id)):
            raise InvalidValue("current_password", "Invalid current password")
        sessions.check_new_password(new, confirmation)
        await sessions.change_password(connection, context, principal.ref, user_id, new, but=principal.token_id)
        await enter_tenant(connection, principal.tenant.id)


async def remove_picture(context: Context, principal: Principal) -> None:
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        await profiles.update_place(connection, principal.tenant.id, user_id, {"avatar_id": None}, principal.ref)
        await record(connection, context, principal, "user.updated", {"id": user_id, "changed": ["avatar_id"]})


async def change_place(context: Context, principal: Principal, account_id: int, values: Mapping[str, Any]) -> None:
    """What users are in one of their accounts: availability, auto_offline, active_at. Raises NotFound for another account."""
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        if account_id not in [place.account_id for place in await control.list_places(connection, user_id)]:
            raise NotFound("no such account")
        await enter_tenant(connection, account_id)
        await profiles.update_place(connection, account_id, user_id, values, principal.ref)
        await sessions.tell_place(
            connection, context, principal.ref, account_id, "user.updated", {"id": user_id, "changed": sorted(values)}
        )
        await enter_tenant(connection, principal.tenant.id)


async def renew_token(context: Context, principal: Principal) -> str:
    """A new API token, shown once; the last one made here and, unless it is a session, the token that asks end."""
    user_id, tenant_id = require_user(principal), principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        at = context.clock()
        await control.end_named_tokens(connection, user_id, API_TOKEN, at)
        await control.end_api_token(connection, principal.token_id, at)
        token = await control.insert_token(
            connection, tenant_id=tenant_id, owner_kind="user", owner_id=user_id, scope="write", name=API_TOKEN
        )
        await record(connection, context, principal, "token.created", {"owner": str(principal.ref), "kind": "pat"})
    return token


async def subscribe(context: Context, principal: Principal, kind: str, attributes: Mapping[str, Any]) -> PushSubscription:
    """Keeps where a device of the caller's is told. Raises MissingField for a device without its name."""
    user_id, key = require_user(principal), _SUBSCRIPTIONS[kind]
    name = attributes.get(key)
    if not isinstance(name, str) or not name:
        raise MissingField(f"subscription_attributes.{key}")
    async with context.database.write(principal.tenant.id) as connection:
        identifier = f"voip:{name}" if kind == "apns_voip" else name
        found = await profiles.put_push_subscription(connection, user_id, kind, identifier, attributes)
        await record(connection, context, principal, "user.device_added", {"id": user_id, "device": found.id})
    return found


async def unsubscribe(context: Context, principal: Principal, push_token: str) -> None:
    user_id = require_user(principal)
    async with context.database.write(principal.tenant.id) as connection:
        if await profiles.delete_push_subscription(connection, user_id, push_token):
            await record(connection, context, principal, "user.device_removed", {"id": user_id})


def require_user(principal: Principal) -> int:
    """Raises Forbidden for anybody but a user who may write."""
    require_write(principal)
    if principal.user_id is None:
        raise Forbidden("only a user has a profile")
    return principal.user_id


async def _set_picture(connection: Connection, context: Context, principal: Principal, picture: Kept) -> None:
    if picture.content_type not in _PICTURES:
        raise InvalidValue("avatar", "Avatar filetype not supported")
    if picture.byte_size > _LARGEST_PICTURE:
        raise InvalidValue("avatar", "Avatar is too big")
    number = await own_file(connection, context, principal, picture)
    await profiles.update_place(connection, principal.tenant.id, principal.ref.id, {"avatar_id": number}, principal.ref)
    await record(connection, context, principal, "user.updated", {"id": principal.ref.id, "changed": ["avatar_id"]})
