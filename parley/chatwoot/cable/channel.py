"""RoomChannel, the one channel there is: who subscribes, by the token in the identifier.

``{"channel": "RoomChannel", "pubsub_token": T, "account_id": A, "user_id": U}`` is a user in an account of theirs,
without ``user_id`` it is a contact, by the token of one contact point.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...actions.context import Context
from ...domain.principals import Principal, Tenant
from ...store import control, subscribers
from ...store.database import Connection
from . import protocol

CHANNEL = "RoomChannel"
_LARGEST = 2**63


class UserFound(NamedTuple):
    """A user, as the account has them now."""

    tenant: Tenant
    principal: Principal
    token: str

    @property
    def id(self) -> int:
        return self.principal.ref.id


class PointFound(NamedTuple):
    """A contact, at the contact point that the token opens and nowhere else."""

    tenant: Tenant
    id: int
    contact_id: int
    token: str


Found = UserFound | PointFound


async def find(context: Context, identifier: str) -> Found | None:
    """None for whom the identifier does not let in. Raises Unavailable."""
    given = protocol.read_object(identifier)
    token = given.get("pubsub_token")
    if given.get("channel") != CHANNEL or not isinstance(token, str) or not token or "\0" in token:
        return None
    if given.get("user_id") in (None, ""):
        return await _find_point(context, token)
    account_id, user_id = _number(given.get("account_id")), _number(given.get("user_id"))
    if account_id is None or user_id is None:
        return None
    return await _find_user(context, token, account_id, user_id)


async def _find_user(context: Context, token: str, account_id: int, user_id: int) -> UserFound | None:
    async with context.database.read(account_id, vary=False) as connection:
        tenant = await open_tenant(connection, account_id)
        found = (await subscribers.list_users(connection, account_id, [user_id])).get(user_id) if tenant else None
    return UserFound(tenant, found.principal(tenant), token) if tenant and found and found.opens(token) else None


async def _find_point(context: Context, token: str) -> PointFound | None:
    async with context.database.control() as connection:
        place = await subscribers.find_point(connection, token)
    if place is None:
        return None
    async with context.database.read(place.tenant, vary=False) as connection:
        tenant = await open_tenant(connection, place.tenant)
        found = (await subscribers.list_points(connection, place.tenant, [place.point_id])).get(place.point_id)
    return PointFound(tenant, found.id, found.contact_id, token) if tenant and found and found.opens(token) else None


async def open_tenant(connection: Connection, tenant_id: int) -> Tenant | None:
    """None for one that is suspended, or is not there."""
    tenant = await control.get_tenant(connection, tenant_id)
    return None if tenant is None or tenant.suspended else tenant


def _number(value: Any) -> int | None:
    """An id as clients send them, as a number or as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    return value if type(value) is int and 0 < value < _LARGEST else None
