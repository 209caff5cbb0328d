"""What a platform app does: accounts and who belongs to them. It acts as the server itself, on what it made and nothing else.

A request's open transaction is in no tenant; each action enters the one it is about, and leaves the events there.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from ..domain.principals import SYSTEM, Principal
from ..domain.problems import Conflict, Forbidden, NotFound
from ..store import accounts, control, events, platform, profiles, tenants
from ..store.database import Connection, Database, enter_tenant
from . import provision
from .accounts import check_columns
from .context import Context

ACCOUNT_COLUMNS = ("name", "locale", "domain", "support_email", "status", "custom_attributes")


class NotPermissible(Forbidden):
    """Non permissible resource."""


async def create_app(database: Database, name: str) -> tuple[int, str]:
    """For an operator: an app's id and its token, which is shown once."""
    async with database.control() as connection, connection.transaction():
        app_id = await platform.insert_app(connection, name)
        token = await control.insert_token(connection, tenant_id=None, owner_kind="platform_app", owner_id=app_id, scope="write", name=name)
    return app_id, token


def app_of(principal: Principal) -> int:
    """Raises Forbidden for anybody but a platform app."""
    if principal.platform_app_id is None:
        raise Forbidden("only a platform app may do this")
    return principal.platform_app_id


async def require_account(connection: Connection, principal: Principal, account_id: int) -> accounts.Account:
    """An account that the app made, which the open transaction enters. Raises NotFound, NotPermissible."""
    found = await accounts.get_account(connection, account_id)
    if found is None:
        raise NotFound("no such account")
    await require(connection, principal, "account", account_id)
    await enter_tenant(connection, account_id)
    return found


async def require(connection: Connection, principal: Principal, kind: platform.Kind, object_id: int) -> None:
    """Raises NotPermissible for what the app did not make."""
    if not await platform.is_permitted(connection, app_of(principal), kind, object_id):
        raise NotPermissible()


async def create_account(context: Context, principal: Principal, given: Mapping[str, Any]) -> int:
    """A tenant of the app's. ``given``: ACCOUNT_COLUMNS, features {name: on}, limits. Raises InvalidValue."""
    app_id = app_of(principal)
    check_columns(given)
    async with context.database.control() as connection:
        name = given["name"]
        made = await provision.make_tenant(connection, slug=_slug(name), name=name)
        await platform.permit(connection, app_id, "account", made.id)
        values = _columns(given, frozenset(), {})
        await accounts.update_account(connection, made.id, values)
        await tell(connection, context, principal, made.id, "account.created", {"id": made.id})
    return made.id


async def change_account(context: Context, principal: Principal, account_id: int, given: Mapping[str, Any]) -> None:
    """As ``create_account``; what is not given stays. Raises NotFound, NotPermissible, InvalidValue."""
    check_columns(given)
    async with context.database.control() as connection:
        account = await require_account(connection, principal, account_id)
        values = _columns(given, frozenset(account.features), msgspec.json.decode(account.settings))
        if values:
            await accounts.update_account(connection, account_id, values)
            await tell(connection, context, principal, account_id, "account.updated", {"id": account_id, "changed": sorted(values)})


async def delete_account(context: Context, principal: Principal, account_id: int) -> None:
    """Closes it at once; a job deletes what is in it. Raises NotFound, NotPermissible."""
    async with context.database.control() as connection:
        await require_account(connection, principal, account_id)
        at = context.clock()
        await accounts.close_tenant(connection, account_id, at)
        event_id = await tell(connection, context, principal, account_id, "account.deleted", {"id": account_id})
        await events.insert_tombstone(connection, account_id, "account", account_id, event_id, SYSTEM, at)
        await platform.forget(connection, "account", account_id)


async def put_account_user(context: Context, principal: Principal, account_id: int, user_id: int, role: str) -> None:
    """Lets a user of the app's into an account of the app's, or changes their role. Raises NotFound, NotPermissible, Conflict."""
    async with context.database.control() as connection:
        await require_account(connection, principal, account_id)
        user = await profiles.get_profile(connection, user_id)
        if user is None:
            raise NotFound("no such user")
        await require(connection, principal, "user", user_id)
        back = {"role": role, "left_at": None, "state": "active"}
        if await profiles.update_place(connection, account_id, user_id, back, SYSTEM):
            kind = "user.updated"
        else:
            kind = "user.created"
            await _let_in(connection, account_id, user, role)
        await tell(connection, context, principal, account_id, kind, {"id": user_id, "changed": ["role"]})


async def _let_in(connection: Connection, account_id: int, user: profiles.UserProfile, role: str) -> None:
    """Raises Conflict where somebody else lets them in at this moment."""
    try:
        await tenants.insert_membership(connection, account_id, user.id, role=role, name=user.name, email=user.email)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("the user has just been let in", field="user_id") from error
    more = {"display_name": user.display_name, "message_signature": user.message_signature}
    await profiles.update_place(connection, account_id, user.id, more, SYSTEM)


async def remove_account_user(context: Context, principal: Principal, account_id: int, user_id: int) -> None:
    """Somebody who is not there is gone already, as in the original. Raises NotFound, NotPermissible."""
    async with context.database.control() as connection:
        await require_account(connection, principal, account_id)
        if await platform.list_account_users(connection, account_id, user_id):
            await leave(connection, context, principal, account_id, user_id)


async def leave(connection: Connection, context: Context, principal: Principal, account_id: int, user_id: int) -> None:
    """In the open transaction, which is in the account: the user stays named by what they did there."""
    await profiles.update_place(connection, account_id, user_id, {"left_at": context.clock()}, SYSTEM)
    await platform.leave_all(connection, account_id, user_id)
    await tell(connection, context, principal, account_id, "user.deactivated", {"id": user_id})


async def tell(connection: Connection, context: Context, principal: Principal, account_id: int, kind: str, data: Mapping[str, Any]) -> int:
    """An event of the account that the open transaction is in, with the app for which it happened."""
    told = dict(data) | {"platform_app": principal.platform_app_id}
    return await events.insert_event(connection, account_id, kind, SYSTEM, told, context.clock())


def _columns(given: Mapping[str, Any], features: frozenset[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in ACCOUNT_COLUMNS if name in given}
    if "features" in given:
        wanted = dict.fromkeys(features, True) | given["features"]
        values["features"] = sorted(name for name, on in wanted.items() if on)
    if "limits" in given:
        values["settings"] = {**settings, "limits": given["limits"]}
    return values


def _slug(name: str) -> str:
    """From the name, and what makes it unique."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "account"
    return f"{words}-{secrets.token_hex(4)}"
