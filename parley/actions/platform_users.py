"""Users and bots that a platform app makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncpg

from ..domain.principals import SYSTEM, Principal, Ref, Tenant
from ..domain.problems import Conflict, InvalidValue, MissingField, NotFound
from ..store import control, events, platform, profiles
from ..store.database import Connection, OpenTransaction, enter_tenant
from .agent_bots import answered_by
from .ahead import do_rest, go_ahead
from .context import Context
from .passwords import check_password, set_password
from .platform import app_of, leave, require, require_account, tell
from .profiles import change_everywhere
from .sessions import change_password, make_link
from .users import is_email

USER_COLUMNS = ("name", "display_name", "email", "custom_attributes")
API_TOKEN = "platform"  # noqa: S105 - the name of the tokens that a platform app makes for its users


async def create_user(context: Context, principal: Principal, given: Mapping[str, Any]) -> int:
    """A user without an account; asking again for one that the app made is answered with them. Raises InvalidValue, Conflict."""
    app_id = app_of(principal)
    _check(given)
    async with context.database.control() as connection:
        known = await control.find_user(connection, given["email"])
        if known is not None:
            if not await platform.is_permitted(connection, app_id, "user", known.id):
                raise Conflict("email is taken", field="email")
            return known.id
        try:
            user_id = await control.insert_user(
                connection, name=given.get("name") or given["email"].partition("@")[0], email=given["email"]
            )
        except asyncpg.UniqueViolationError as error:
            raise Conflict("email is taken", field="email") from error
        await platform.permit(connection, app_id, "user", user_id)
        more = {name: given[name] for name in ("display_name", "custom_attributes") if name in given}
        await profiles.update_user(connection, user_id, more)
        if given.get("password"):
            await set_password(connection, user_id, given["password"])
    return user_id


async def change_user(context: Context, principal: Principal, user_id: int, given: Mapping[str, Any]) -> None:
    """In every account; a new password ends their sessions. Raises NotFound, NotPermissible, InvalidValue, Conflict."""
    _check(given)
    async with context.database.control() as connection:
        await require_user(connection, principal, user_id)
        values = {name: given[name] for name in USER_COLUMNS if name in given}
        await change_everywhere(connection, context, SYSTEM, user_id, values)
        if given.get("password"):
            await change_password(connection, context, SYSTEM, user_id, given["password"])


async def delete_user(context: Context, principal: Principal, user_id: int) -> None:
    """For good: their sessions, tokens and places end; what they wrote keeps their name. Raises NotFound, NotPermissible."""
    async with context.database.control() as connection:
        await require_user(connection, principal, user_id)
        at = context.clock()
        for place in await control.list_places(connection, user_id):
            await enter_tenant(connection, place.account_id)
            await leave(connection, context, principal, place.account_id, user_id)
            await profiles.update_place(connection, place.account_id, user_id, {"state": "deleted"}, SYSTEM)
            event_id = await tell(connection, context, principal, place.account_id, "user.deleted", {"id": user_id})
            await events.insert_tombstone(connection, place.account_id, "user", user_id, event_id, SYSTEM, at)
        await control.end_tokens_of(connection, "user", user_id, at)
        await platform.forget(connection, "user", user_id)
        await profiles.delete_user(connection, user_id)


async def make_login(context: Context, principal: Principal, user_id: int) -> tuple[str, str]:
    """The e-mail and the token of a link that signs the user in, once and soon. Raises NotFound, NotPermissible, InvalidValue."""
    async with context.database.control() as connection:
        user = await require_user(connection, principal, user_id)
        if user.email is None:
            raise InvalidValue("email", "a user without an e-mail address cannot sign in")
        return user.email, await make_link(connection, context, user_id, "login")


async def make_token(context: Context, principal: Principal, user_id: int) -> str:
    """One more API token of the user's, shown once. Raises NotFound, NotPermissible."""
    async with context.database.control() as connection:
        await require_user(connection, principal, user_id)
        places = await control.list_places(connection, user_id)
        home = places[0].account_id if places else None
        token = await control.insert_token(connection, tenant_id=home, owner_kind="user", owner_id=user_id, scope="write", name=API_TOKEN)
        for place in places:
            await enter_tenant(connection, place.account_id)
            await tell(connection, context, principal, place.account_id, "token.created", {"owner": f"user:{user_id}", "kind": "pat"})
    return token


async def require_user(connection: Connection, principal: Principal, user_id: int) -> profiles.UserProfile:
    """A user that the app made. Raises NotFound, NotPermissible."""
    found = await profiles.get_profile(connection, user_id)
    if found is None:
        raise NotFound("no such user")
    await require(connection, principal, "user", user_id)
    return found


async def create_bot(context: Context, principal: Principal, given: Mapping[str, Any]) -> tuple[int, str]:
    """A bot's id and token, which is shown once. Raises MissingField, InvalidValue, NotFound, NotPermissible."""
    if given.get("account_id") is None:
        raise MissingField("account_id")
    _check_bot(context, given)
    async with context.database.control() as connection:
        account = await require_account(connection, principal, given["account_id"])
        words = {name: given.get(name) for name in ("description", "outgoing_url")}
        number = await platform.insert_bot(connection, account.id, name=given["name"], by=SYSTEM, **words)
        await platform.permit(connection, app_of(principal), "agent_bot", number, account.id)
        token = await control.insert_token(
            connection, tenant_id=account.id, owner_kind="bot", owner_id=number, scope="write", name=API_TOKEN
        )
        await tell(connection, context, principal, account.id, "bot.created", {"id": number})
    return number, token


async def change_bot(context: Context, principal: Principal, bot_id: int, given: Mapping[str, Any]) -> None:
    """Raises NotFound, NotPermissible; InvalidValue for another account, and for a URL that leads nowhere or inside."""
    _check_bot(context, given)
    async with context.database.control() as connection:
        account_id, bot = await require_bot(connection, principal, bot_id)
        if given.get("account_id") not in (None, account_id):
            raise InvalidValue("account_id", "a bot stays in its account")
        was = {"name": bot.name, "description": bot.description, "outgoing_url": bot.outgoing_url}
        values = was | {name: given[name] for name in was if name in given}
        if values != was:
            await platform.update_bot(connection, account_id, bot_id, by=SYSTEM, **values)
            changed = sorted(name for name in was if values[name] != was[name])
            await tell(connection, context, principal, account_id, "bot.updated", {"id": bot_id, "changed": changed})


def _check_bot(context: Context, given: Mapping[str, Any]) -> None:
    if given.get("outgoing_url"):
        context.outgoing.check_url(given["outgoing_url"], "outgoing_url")


async def delete_bot(context: Context, principal: Principal, bot_id: int) -> None:
    """Takes it off its inboxes and conversations, and ends its tokens. Raises NotFound, NotPermissible."""
    async with context.database.control() as connection:
        account_id, _ = await require_bot(connection, principal, bot_id)
        inside = replace(context, database=OpenTransaction(connection, account_id, may_commit_early=context.database.may_commit_early))
        answered = answered_by(account_id, bot_id)
        await go_ahead(inside, Principal(Tenant(account_id, "", ""), SYSTEM, can_write=True), answered)
        await require_bot(connection, principal, bot_id)
        await do_rest(connection, account_id, answered)
        at = context.clock()
        await platform.delete_bot(connection, account_id, bot_id)
        await control.revoke_tokens_of(connection, account_id, Ref("bot", bot_id), at, SYSTEM)
        event_id = await tell(connection, context, principal, account_id, "bot.deleted", {"id": bot_id})
        await events.insert_tombstone(connection, account_id, "bot", bot_id, event_id, SYSTEM, at)
        await platform.forget(connection, "agent_bot", bot_id)


async def require_bot(connection: Connection, principal: Principal, bot_id: int) -> tuple[int, platform.PlatformBot]:
    """A bot that the app made, and its account, which the open transaction enters. Raises NotFound, NotPermissible."""
    account_id = await platform.find_bot(connection, bot_id)
    if account_id is None:
        raise NotFound("no such bot")
    await require(connection, principal, "agent_bot", bot_id)
    await enter_tenant(connection, account_id)
    found = await platform.get_bots(connection, account_id, [bot_id])
    if not found:
        raise NotFound("no such bot")
    return account_id, found[0]


def _check(given: Mapping[str, Any]) -> None:
    if "email" in given and not is_email(given["email"]):
        raise InvalidValue("email", "Email is invalid")
    if given.get("password"):
        check_password(given["password"])
