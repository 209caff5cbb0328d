"""Signing in and out: a session is a token of one device, for two months; nobody tries passwords for long."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..domain.principals import Ref
from ..domain.problems import InvalidValue, NotFound, RateLimited
from ..store import control, events, profiles, sessions
from ..store.database import Connection, enter_tenant
from ..store.sessions import Account
from .context import Context
from .passwords import check_password, needs_rehash, prove, set_password

LIFETIME = timedelta(days=60)
MOST_DEVICES = 25
ATTEMPTS, WINDOW = 5, timedelta(minutes=5)
LOGIN_LINK, RESET_LINK = timedelta(minutes=5), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Session:
    """A new session; ``token`` is shown once and kept nowhere. ``uid`` is the user's e-mail."""

    user_id: int
    token: str
    client: str
    uid: str
    expires_at: datetime


async def sign_in(context: Context, email: str, password: str, address: str) -> Session | None:
    """None for a user who is not there and for a wrong password alike. Raises RateLimited after five wrong ones in five minutes."""
    await _count(context, address)
    async with context.database.control() as connection:
        account = await sessions.get_account(connection, email.strip())
    if not await prove(password, account and account.password_hash) or account is None:
        return None
    async with context.database.write(0) as connection:
        await sessions.forgive_attempt(connection, address)
        if needs_rehash(account.password_hash or ""):
            await set_password(connection, account.id, password)
        return await _open(connection, context, account)


async def sign_in_by_link(context: Context, email: str, token: str, address: str) -> Session | None:
    """By the token of a link that works once. None where it does not; raises RateLimited as ``sign_in``."""
    await _count(context, address)
    async with context.database.write(0) as connection:
        user_id = await sessions.use_one_time_token(connection, token, "login", context.clock())
        account = await sessions.get_account(connection, email.strip()) if user_id else None
        if account is None or account.id != user_id:
            return None
        await sessions.forgive_attempt(connection, address)
        return await _open(connection, context, account)


async def sign_out(context: Context, token_id: int, user_id: int) -> None:
    """Ends the session of this token."""
    async with context.database.write(0) as connection:
        await control.end_token(connection, token_id, context.clock())
        await tell_places(connection, context, Ref("user", user_id), user_id, "session.ended")


async def make_link(connection: Connection, context: Context, user_id: int, kind: sessions.Link) -> str:
    """The token of a link that signs in, or sets a password, once."""
    now = context.clock()
    return await sessions.insert_one_time_token(connection, user_id, kind, now, now + (LOGIN_LINK if kind == "login" else RESET_LINK))


async def reset_password(context: Context, token: str, password: str, confirmation: str | None, address: str) -> Session | None:
    """A new password by a link's token, and a session; all earlier sessions end. None where the link does not work.

    Raises InvalidValue for a password that will not do, and then the link still works; RateLimited as ``sign_in``.
    """
    check_new_password(password, confirmation)
    await _count(context, address)
    async with context.database.write(0) as connection:
        user_id = await sessions.use_one_time_token(connection, token, "reset", context.clock())
        user = user_id and await control.get_user(connection, user_id)
        if not user or user.email is None:
            return None
        await sessions.forgive_attempt(connection, address)
        await change_password(connection, context, Ref("user", user.id), user.id, password)
        return await _open(connection, context, Account(user.id, user.email, None))


async def change_password(
    connection: Connection, context: Context, by: Ref, user_id: int, password: str, *, but: int | None = None
) -> None:
    """In the open transaction; every session ends but the one of token ``but``, and every live connection."""
    await set_password(connection, user_id, password)
    await profiles.renew_pubsub_token(connection, user_id)
    await control.end_logins(connection, user_id, context.clock(), but=but)
    await tell_places(connection, context, by, user_id, "user.password_changed")


def check_new_password(password: str, confirmation: str | None) -> None:
    """Raises InvalidValue."""
    check_password(password)
    if confirmation is not None and confirmation != password:
        raise InvalidValue("password_confirmation", "password_confirmation doesn't match password")


async def tell_places(
    connection: Connection, context: Context, by: Ref, user_id: int, kind: str, data: Mapping[str, Any] | None = None
) -> None:
    """One event in every account of the user. The open transaction is in the last of them then."""
    for place in await control.list_places(connection, user_id):
        await enter_tenant(connection, place.account_id)
        await tell_place(connection, context, by, place.account_id, kind, {"id": user_id} | dict(data or {}))


async def tell_place(connection: Connection, context: Context, by: Ref, tenant_id: int, kind: str, data: Mapping[str, Any]) -> int:
    """One event of the tenant that the open transaction is in; its id."""
    return await events.insert_event(connection, tenant_id, kind, by, data, context.clock())


async def make_reset_link(context: Context, email: str) -> str:
    """For an operator: the token with which a user sets a new password. Raises NotFound."""
    async with context.database.write(0) as connection:
        account = await sessions.get_account(connection, email)
        if account is None:
            raise NotFound(f"no user {email!r}")
        return await make_link(connection, context, account.id, "reset")


async def _count(context: Context, address: str) -> None:
    """Counted and committed before the password is looked at, so that attempts at once count too."""
    now = context.clock()
    async with context.database.write(0) as connection:
        await sessions.delete_old_attempts(connection, now - WINDOW)
        found = await sessions.count_attempt(connection, address, now, now - WINDOW)
    if found.attempts > ATTEMPTS:
        raise RateLimited(max(1, int((found.started_at + WINDOW - now).total_seconds())))


async def _open(connection: Connection, context: Context, account: Account) -> Session:
    at, client = context.clock(), secrets.token_urlsafe(16)
    token = await control.insert_login(connection, account.id, account.email, client, at + LIFETIME, at)
    await control.end_oldest_logins(connection, account.id, MOST_DEVICES, at)
    await tell_places(connection, context, Ref("user", account.id), account.id, "session.started")
    return Session(account.id, token, client, account.email, at + LIFETIME)
