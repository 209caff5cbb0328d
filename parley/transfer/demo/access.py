"""How to log in to a demo tenant: the same users and passwords each time, with fresh tokens.

A password follows from a secret of the installation and the e-mail, so that no two installations share one and none is
stored in the clear.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import argon2

from ...actions import provision
from ...domain.principals import Tenant
from ...store import control
from ...store.database import Database

TOKEN_NAME = "demo"  # noqa: S105 - what the token is called
ROLES = ("administrator", "agent", "teammate")


async def hand_out(database: Database, tenant: Tenant, people: list[tuple[str, str]], contact_id: int) -> dict[str, Any]:
    """What `parley demo --json` prints; ``people`` are the users' names and e-mails, the three roles first.

    Ends the tokens of the call before.
    """
    async with database.control() as connection:
        secret = await control.get_secret(connection, "links")
    users = {role: await _user(database, tenant, email, _password(secret, email)) for role, (_, email) in zip(ROLES, people, strict=False)}
    token = await provision.create_token(database, tenant=tenant, owner_kind="contact", owner_id=contact_id, name=TOKEN_NAME, replace=True)
    return {
        "tenant": {"id": tenant.id, "slug": tenant.slug},
        "account_id": tenant.id,
        "users": users,
        "contact": {"id": contact_id, "token": token},
    }


async def _user(database: Database, tenant: Tenant, email: str, password: str) -> dict[str, Any]:
    user = await provision.resolve_user(database, email)
    await _ensure_password(database, user.id, password)
    token = await provision.create_token(database, tenant=tenant, owner_kind="user", owner_id=user.id, name=TOKEN_NAME, replace=True)
    return {"id": user.id, "email": email, "password": password, "token": token}


async def _ensure_password(database: Database, user_id: int, password: str) -> None:
    """What is printed must work; a password that works already is not written again."""
    async with database.control() as connection:
        stored = await control.get_password(connection, user_id)
        if stored is None or not _matches(stored, password):
            await control.set_password(connection, user_id, provision.hash_password(password))


def _matches(stored: str, password: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except argon2.exceptions.VerificationError:
        return False


def _password(secret: bytes, email: str) -> str:
    digest = hmac.digest(secret, f"demo password of {email}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:12]).decode()
