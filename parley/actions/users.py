"""Users of a tenant: inviting, describing, letting in and out, and who they are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import Conflict, InvalidId, InvalidValue, NotFound
from ..store import control, teams, users
from ..store.database import Connection
from ..store.users import USERS, LockedUser
from .checks import check_people
from .context import Context
from .custom_fields import SchemaSpec, check_custom_fields
from .nouns import change, changing, record

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOUN = "user"


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


async def invite_user(
    context: Context,
    principal: Principal,
    *,
    email: str,
    name: str | None,
    reports_to: int | None,
    custom_fields: Mapping[str, Any],
    spec: SchemaSpec,
) -> int:
    """A shadow user: known, and without access until activated. An administrator's business.

    A user with this e-mail in another tenant becomes a member here too. Raises InvalidValue, InvalidId, CustomFieldRefused,
    and Conflict when they already belong to the tenant.
    """
    if not is_email(email):
        raise InvalidValue("email", "email must be an e-mail address")
    async with changing(context, principal, administrator=True, taken={"memberships_pkey": "email", "users_email": "email"}) as connection:
        tenant_id = principal.tenant.id
        await _check_manager(connection, tenant_id, reports_to, None)
        fields = await check_custom_fields(connection, tenant_id, _NOUN, custom_fields, spec=spec)
        known = await control.find_user(connection, email)
        full_name = name or email.partition("@")[0]
        user_id = known.id if known else await control.insert_user(connection, name=full_name, email=email)
        await users.insert_member(
            connection,
            tenant_id,
            user_id,
            name=full_name,
            email=email,
            state="shadow",
            reports_to=reports_to,
            subtype=spec.subtype,
            custom_fields=msgspec.json.encode(fields).decode(),
            by=str(principal.ref),
        )
        await record(connection, context, principal, "user.created", {"id": user_id})
    return user_id


async def change_user(
    context: Context,
    principal: Principal,
    user_id: int,
    values: Mapping[str, Any],
    *,
    custom_fields: Mapping[str, Any] | None = None,
    spec: SchemaSpec | None = None,
) -> None:
    """Sets columns of ``USERS``; users change themselves, administrators everybody. Raises as ``invite_user``, and NotFound."""
    async with changing(context, principal, administrator=principal.user_id != user_id) as connection:
        tenant_id = principal.tenant.id
        was = await _lock(connection, tenant_id, user_id)
        wanted = dict(values)
        await _check_manager(connection, tenant_id, wanted.get("reports_to"), user_id)
        if custom_fields is not None or spec is not None:
            wanted |= await _fields(connection, tenant_id, was, custom_fields or {}, spec or SchemaSpec())
        await change(connection, context, principal, USERS, user_id, wanted)


async def activate_user(context: Context, principal: Principal, user_id: int, team_ids: Sequence[int]) -> None:
    """Gives access, also to somebody who left, and puts them into teams. Raises NotFound, InvalidId, InvalidValue for a merged user."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id = principal.tenant.id
        was = await _lock(connection, tenant_id, user_id)
        if was.state == "deleted":
            raise InvalidValue("id", "a deleted user stays deleted")
        for place, team_id in enumerate(team_ids):
            if await teams.lock_team(connection, tenant_id, team_id) != "dev_user":
                raise InvalidId(f"groups[{place}]", "no group of dev users has this id")
        if was.state != "active" or was.left_at is not None:
            await USERS.update(connection, tenant_id, user_id, {"state": "active", "left_at": None}, principal.ref)
            await record(connection, context, principal, "user.activated", {"id": user_id})
        for team_id in dict.fromkeys(team_ids):
            if await teams.insert_person(connection, tenant_id, team_id, Ref("user", user_id), None):
                await record(connection, context, principal, "team.member_added", {"id": team_id, "member": f"user:{user_id}"})


async def deactivate_user(context: Context, principal: Principal, user_id: int) -> None:
    """Ends access at once: no token of theirs opens this tenant. Raises NotFound, InvalidValue for the last administrator."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id = principal.tenant.id
        await keep_an_administrator(connection, tenant_id, user_id, "id")
        was = await _lock(connection, tenant_id, user_id)
        if was.state == "deleted":
            raise InvalidValue("id", "a deleted user stays deleted")
        if was.state != "deactivated":
            gone = {"state": "deactivated", "left_at": was.left_at or context.clock()}
            await USERS.update(connection, tenant_id, user_id, gone, principal.ref)
            await record(connection, context, principal, "user.deactivated", {"id": user_id})


async def link_identity(
    context: Context, principal: Principal, user_id: int, *, issuer: str, external_id: str, display_name: str | None
) -> None:
    """Tells who the user is elsewhere, one identity per issuer. Raises NotFound, Conflict when somebody else is that."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal.tenant.id, user_id)
        try:
            await users.link_identity(connection, principal.tenant.id, user_id, issuer, external_id, display_name)
        except asyncpg.UniqueViolationError as error:
            raise Conflict("another user has this identity") from error
        await record(connection, context, principal, "user.updated", {"id": user_id, "changed": ["identities"]})


async def unlink_identity(context: Context, principal: Principal, user_id: int, issuer: str) -> None:
    """Raises NotFound when there is no such user, or the user has no identity of the issuer."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal.tenant.id, user_id)
        if not await users.unlink_identity(connection, principal.tenant.id, user_id, issuer):
            raise NotFound("the user has no identity of this issuer")
        await record(connection, context, principal, "user.updated", {"id": user_id, "changed": ["identities"]})


async def keep_an_administrator(connection: Connection, tenant_id: int, leaving: int, field: str) -> None:
    """Locks the administrators; raises InvalidValue when the one who leaves is the last."""
    if await users.lock_administrators(connection, tenant_id) == [leaving]:
        raise InvalidValue(field, "the last administrator stays: make another one first")


async def _lock(connection: Connection, tenant_id: int, user_id: int) -> LockedUser:
    found = await users.lock_user(connection, tenant_id, user_id)
    if found is None:
        raise NotFound("no such dev user")
    return found


async def _check_manager(connection: Connection, tenant_id: int, manager: int | None, user_id: int | None) -> None:
    if manager is None:
        return
    if manager == user_id:
        raise InvalidValue("reports_to", "nobody reports to themselves")
    await check_people(connection, tenant_id, "reports_to", [Ref("user", manager)])


async def _fields(connection: Connection, tenant_id: int, was: LockedUser, given: Mapping[str, Any], spec: SchemaSpec) -> dict[str, Any]:
    """Subtype and custom fields after the write."""
    before = msgspec.json.decode(was.custom_fields)
    after = await check_custom_fields(connection, tenant_id, _NOUN, given, spec=spec, subtype=was.subtype, before=before)
    subtype = None if spec.drop_subtype else spec.subtype or was.subtype
    return {"custom_fields": after} | ({"subtype": subtype} if subtype != was.subtype else {})
