"""Signing in: who is counted, whose password it is, and links that work once. Sessions themselves are tokens (``control``)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from . import queries
from .control import hash_token, new_token
from .database import Connection

_SQL = queries.load("sessions")

Link = Literal["login", "reset"]


class Attempts(NamedTuple):
    """Sign-ins from one address in the window that began at ``started_at``."""

    attempts: int
    started_at: datetime


class Account(NamedTuple):
    """A user who may sign in; without a password hash nobody can as them."""

    id: int
    email: str
    password_hash: str | None


async def count_attempt(connection: Connection, address: str, at: datetime, window_began_after: datetime) -> Attempts:
    """One more; attempts at once count one by one."""
    record = await connection.fetchrow(_SQL.count_attempt, address, at, window_began_after)
    assert record is not None
    return Attempts(*record)


async def forgive_attempt(connection: Connection, address: str) -> None:
    await connection.execute(_SQL.forgive_attempt, address)


async def delete_old_attempts(connection: Connection, before: datetime) -> None:
    await connection.execute(_SQL.delete_old_attempts, before)


async def get_account(connection: Connection, email: str) -> Account | None:
    """By e-mail, in any case."""
    record = await connection.fetchrow(_SQL.get_account, email)
    return Account(*record) if record else None


async def insert_one_time_token(connection: Connection, user_id: int, kind: Link, at: datetime, expires_at: datetime) -> str:
    """The text of a link's token, which is kept nowhere; ends the user's earlier ones of the kind."""
    await connection.execute(_SQL.delete_one_time_tokens, user_id, kind, at)
    token = new_token()
    await connection.execute(_SQL.insert_one_time_token, hash_token(token), user_id, kind, expires_at)
    return token


async def use_one_time_token(connection: Connection, token: str, kind: Link, at: datetime) -> int | None:
    """The user whose token it was; it does not work again."""
    record = await connection.fetchrow(_SQL.use_one_time_token, hash_token(token), kind, at)
    return int(record["user_id"]) if record and record["works"] else None
