"""Agents: letting users into a tenant with access at once, changing their place in it, and letting them go (Chatwoot)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.people import Member
from ..domain.principals import Principal
from ..domain.problems import Conflict, InvalidId, InvalidValue, NotFound
from ..store import control, memberships, people, users
from ..store.database import Connection
from ..store.memberships import Place
from .context import Context
from .nouns import changing, record
from .users import keep_an_administrator

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_NEW = Place("", "agent", None, "online", auto_offline=True)


async def add_agent(context: Context, principal: Principal, email: str, values: Mapping[str, Any]) -> int:
    """The user's id; one who has this e-mail in another tenant becomes a member here. ``values`` are fields of ``Place``.

    Raises InvalidValue, InvalidId for an unknown custom role, and Conflict for somebody who is a member.
    """
    async with changing(context, principal, administrator=True, taken={"users_email": "email"}) as connection:
        user_id = await _admit(connection, context, principal, email, values)
        if user_id is None:
            raise Conflict("somebody with this e-mail is a member", field="email")
        return user_id


async def add_agents(context: Context, principal: Principal, emails: Sequence[str]) -> None:
    """All as plain agents; who is a member stays as they are. Raises InvalidValue, and then nobody is added."""
    async with changing(context, principal, administrator=True, taken={"users_email": "emails"}) as connection:
        for place, email in enumerate(dict.fromkeys(emails)):
            await _admit(connection, context, principal, email, {}, f"emails[{place}]")


async def change_agent(context: Context, principal: Principal, user_id: int, values: Mapping[str, Any]) -> None:
    """Sets fields of ``Place``. Raises NotFound, InvalidId, and InvalidValue where the last administrator would step down."""
    async with changing(context, principal, administrator=True) as connection:
        if values.get("role") == "agent":
            await keep_an_administrator(connection, principal.tenant.id, user_id, "role")
        was = await _lock(connection, principal, user_id)
        before = Place(was.name, was.role, was.custom_role_id, was.availability, was.auto_offline)
        wanted = before._replace(**values)
        await _check_role(connection, principal, wanted)
        if wanted == before:
            return
        await memberships.change(connection, principal.tenant.id, user_id, wanted, str(principal.ref))
        changed = [name for name, old, new in zip(Place._fields, before, wanted, strict=True) if old != new]
        await record(connection, context, principal, "user.updated", {"id": user_id, "changed": changed})


async def remove_agent(context: Context, principal: Principal, user_id: int) -> None:
    """Out at once, also of inboxes and teams. Raises NotFound, InvalidValue for the last administrator."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id, at = principal.tenant.id, context.clock()
        await keep_an_administrator(connection, tenant_id, user_id, "id")
        await _lock(connection, principal, user_id)
        await memberships.leave(connection, tenant_id, user_id, at, str(principal.ref))
        await record(connection, context, principal, "user.deactivated", {"id": user_id})


async def _admit(
    connection: Connection, context: Context, principal: Principal, email: str, values: Mapping[str, Any], field: str = "email"
) -> int | None:
    """None for somebody who is a member."""
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise InvalidValue(field, "Email is invalid")
    place = _NEW._replace(name=address.partition("@")[0])._replace(**values)
    await _check_role(connection, principal, place)
    known = await control.find_user(connection, address)
    user_id = known.id if known else await control.insert_user(connection, name=place.name, email=address)
    if known and "name" not in values:
        place = place._replace(name=known.name)
    inviter, by = principal.user_id, str(principal.ref)
    if not await memberships.admit(connection, principal.tenant.id, user_id, address, place, inviter, by):
        return None
    await record(connection, context, principal, "user.created", {"id": user_id})
    return user_id


async def _lock(connection: Connection, principal: Principal, user_id: int) -> Member:
    """A member who has not left."""
    held = await users.lock_user(connection, principal.tenant.id, user_id)
    if held is None or held.left_at is not None or held.state == "deleted":
        raise NotFound("no such agent")
    return (await people.get_members(connection, principal.tenant.id, [user_id]))[user_id]


async def _check_role(connection: Connection, principal: Principal, place: Place) -> None:
    role_id = place.custom_role_id
    if role_id is not None and not await memberships.has_custom_role(connection, principal.tenant.id, role_id):
        raise InvalidId("custom_role_id", "no such custom role")
