"""Passwords: proving one takes as long for a user who is not there, and choosing a new one ends the other sessions."""

from __future__ import annotations

import asyncio
import hmac
import re
import warnings
from functools import cache

import argon2

from ..domain.problems import InvalidValue
from ..store import control
from ..store.database import Connection
from .provision import hash_password

LONGEST = 128
_BCRYPT = re.compile(r"\$2[abxy]\$")


async def prove(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one of this hash, in a thread: it takes a while, on purpose, also without a hash."""
    return await asyncio.to_thread(_matches, password, password_hash or _nobodys_hash()) and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """An imported bcrypt hash becomes Argon2 at the first sign-in."""
    return _BCRYPT.match(password_hash) is not None


async def set_password(connection: Connection, user_id: int, password: str) -> None:
    await control.set_password(connection, user_id, await asyncio.to_thread(hash_password, password))


def check_password(password: str, field: str = "password") -> None:
    """The original's rule. Raises InvalidValue."""
    rules = (
        (r"[A-Z]", "an upper case letter"),
        (r"[a-z]", "a lower case letter"),
        (r"\d", "a digit"),
        (r"[^A-Za-z0-9]", "a special character"),
    )
    missing = [words for pattern, words in rules if not re.search(pattern, password)]
    if not 6 <= len(password) <= LONGEST:
        raise InvalidValue(field, f"{field} takes 6 to {LONGEST} characters")
    if missing:
        raise InvalidValue(field, f"{field} must contain {', '.join(missing)}")


def _matches(password: str, password_hash: str) -> bool:
    if needs_rehash(password_hash):
        return _matches_bcrypt(password, password_hash)
    try:
        return argon2.PasswordHasher().verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _matches_bcrypt(password: str, password_hash: str) -> bool:
    """By the system's own libcrypt, which knows bcrypt on Linux; elsewhere an imported password must be set anew."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import crypt
        except ImportError:
            return False
    try:
        found = crypt.crypt(password, password_hash)
    except OSError:
        return False
    return hmac.compare_digest(found or "", password_hash)


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody's")
