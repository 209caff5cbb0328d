"""Who comes to an inbox by the public API: strangers, people who say who they are, and people who prove it.

What somebody only says makes them write as the contact that they name, as in Chatwoot; they see nothing of it, and change
nothing. Whose identifier is proved by its hash is that contact.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Principal
from ..domain.problems import Conflict, Forbidden, InvalidValue
from ..store import customers, public_inboxes
from ..store.contacts import CONTACTS, ContactRow
from ..store.database import Connection
from ..store.public_inboxes import Point
from .checks import require_write
from .contact_pictures import Picture, make_picture
from .contacts import find_contact
from .context import Context
from .nouns import change, create, record

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_E164 = re.compile(r"\+[1-9]\d{1,14}")
_SOURCE_BYTES = 24


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says of themselves; empty texts say nothing. ``is_proved``: the identifier came with its hash."""

    identifier: str | None = None
    is_proved: bool = False
    name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    picture: Picture | None = None

    def checked(self) -> Claim:
        """With what is written in one way only. Raises InvalidValue."""
        said = {name: (getattr(self, name) or "").strip() or None for name in ("identifier", "name", "email", "phone_number")}
        if said["email"] and not _EMAIL.fullmatch(said["email"]):
            raise InvalidValue("email", "Email Invalid email")
        if said["phone_number"] and not _E164.fullmatch(said["phone_number"]):
            raise InvalidValue("phone_number", "Phone number should be in e164 format")
        return replace(self, **said | {"email": said["email"] and said["email"].lower()})  # type: ignore[arg-type]

    @property
    def values(self) -> dict[str, str]:
        """What is said of name, address and number."""
        return {name: value for name in ("name", "email", "phone_number") if (value := getattr(self, name))}


async def arrive(context: Context, principal: Principal, inbox_id: int, claim: Claim, source_id: str | None) -> str:
    """The source id by which they are known in the inbox from now on; one that is known already stays as it is.

    Raises InvalidValue, and Forbidden when the proof is of somebody else than who comes by this source id.
    """
    require_write(principal)
    claim, tenant_id = claim.checked(), principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        known = await public_inboxes.find_point(connection, tenant_id, inbox_id, source_id) if source_id else None
        if known is not None:
            await _prove(connection, context, principal, known, claim)
            return known.source_id
        contact_id, is_unproven = await _find_or_make(connection, context, principal, claim)
        source_id = source_id or secrets.token_urlsafe(_SOURCE_BYTES)
        made = await public_inboxes.insert_point(
            connection, tenant_id, contact_id, inbox_id, source_id, hmac_verified=claim.is_proved, is_unproven=is_unproven
        )
        if not made:
            raise Conflict("source_id is taken", field="source_id")
        data = {"id": contact_id, "changed": ["contact_points"], "inbox_id": inbox_id}
        await record(connection, context, principal, "contact.updated", data)
        return source_id


async def change_visitor(context: Context, principal: Principal, point: Point, claim: Claim) -> None:
    """Puts what is said over what is known; custom attributes are merged, blanks change nothing.

    Raises InvalidValue, Conflict for an address, a number or an identifier of somebody else, and Forbidden for who has not
    proved to be the contact that they named.
    """
    require_write(principal)
    claim, tenant_id = claim.checked(), principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        await _prove(connection, context, principal, point, claim)
        row = await find_contact(connection, tenant_id, point.contact_id)
        if point.is_unproven and not claim.is_proved:
            raise Forbidden("prove with identifier_hash that this contact is you, to change it")
        values: dict[str, Any] = {name: value for name, value in claim.values.items() if value != getattr(row, name)}
        await _refuse_taken(connection, tenant_id, row.id, {name: values.get(name) for name in ("email", "phone_number")})
        if claim.attributes:
            values["custom_fields"] = _merged(msgspec.json.decode(row.custom_fields), {TENANT_NAMESPACE: dict(claim.attributes)})
        picture_id = await make_picture(connection, context, principal, claim.picture)
        if picture_id is not None:
            values["avatar_id"] = picture_id
        await change(connection, context, principal, CONTACTS, row.id, values)


async def _prove(connection: Connection, context: Context, principal: Principal, point: Point, claim: Claim) -> None:
    """Who comes by this point is the proved identifier's contact, or is found to be another one."""
    if not claim.is_proved:
        return
    tenant_id = principal.tenant.id
    row = await find_contact(connection, tenant_id, point.contact_id)
    if row.identifier is None and not point.is_unproven:
        await _name(connection, context, principal, row, str(claim.identifier))
    elif row.identifier != claim.identifier:
        raise Forbidden("the identifier is not of this contact")
    if not point.hmac_verified:
        await public_inboxes.verify_point(connection, tenant_id, point.id)


async def _name(connection: Connection, context: Context, principal: Principal, row: ContactRow, identifier: str) -> None:
    """A stranger gets the identifier that they have proved."""
    await _refuse_taken(connection, principal.tenant.id, row.id, {"identifier": identifier})
    await change(connection, context, principal, CONTACTS, row.id, {"identifier": identifier})


async def _find_or_make(connection: Connection, context: Context, principal: Principal, claim: Claim) -> tuple[int, bool]:
    """The contact, and whether it was there and they have proved nothing.

    A proof is of the identifier only: with it an e-mail address leads to nobody else.
    """
    said = {"identifier": claim.identifier} | ({} if claim.is_proved else {"email": claim.email, "phone_number": claim.phone_number})
    found = await _matches(connection, principal.tenant.id, said)
    known = found.get("identifier") or found.get("email") or found.get("phone_number")
    if known is not None:
        return known, not claim.is_proved
    values: dict[str, Any] = {"name": "", "identifier": claim.identifier} | claim.values
    if claim.attributes:
        values["custom_fields"] = {TENANT_NAMESPACE: dict(claim.attributes)}
    picture_id = await make_picture(connection, context, principal, claim.picture)
    if picture_id is not None:
        values["avatar_id"] = picture_id
    return await create(connection, context, principal, CONTACTS, values), False


async def _matches(connection: Connection, tenant_id: int, said: Mapping[str, str | None]) -> dict[str, int]:
    """Whose these are; of two who say the same at once, the second finds the first."""
    given = {name: said.get(name) for name in ("identifier", "email", "phone_number")}
    locks = [value if name == "identifier" else f"{name}:{value}" for name, value in given.items() if value]
    if not locks:
        return {}
    await customers.lock_references(connection, tenant_id, "contact", locks)
    return await public_inboxes.list_matches(connection, tenant_id, **given)


async def _refuse_taken(connection: Connection, tenant_id: int, mine: int, said: Mapping[str, str | None]) -> None:
    for name, owner in (await _matches(connection, tenant_id, said)).items():
        if owner != mine:
            raise Conflict(f"{name} is taken", field=name)


def _merged(before: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Objects inside objects are merged too."""
    found = dict(before)
    for key, value in given.items():
        inner = found.get(key)
        found[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return found
