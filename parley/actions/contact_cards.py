"""A contact as an agent fills it in: an address, a number and an identifier that nobody else has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from ..domain.principals import Principal
from ..domain.problems import BadInput, Conflict, InvalidValue, NotFound
from ..store import contact_files, contact_lists, customers
from ..store.database import Connection
from .contact_pictures import Picture, drop_picture, make_picture
from .contacts import change_contact, create_contact, find_contact
from .context import Context
from .customers import Carried
from .nouns import changing

UNIQUE = ("identifier", "email", "phone_number")
_LONGEST = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


@dataclass(frozen=True, slots=True)
class Card:
    """What a write says of a contact; ``values`` are columns, empty texts stand for nothing.

    ``additional`` and ``attributes`` are put over what is there; ``dropped`` names attributes that go.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    additional: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    picture: Picture | None = None

    def checked(self) -> Card:
        """With what is written in one way only: addresses in lower case, nothing instead of blanks. Raises InvalidValue."""
        values = dict(self.values)
        for name in UNIQUE:
            if name in values:
                values[name] = (values[name] or "").strip() or None
        if values.get("email"):
            values["email"] = values["email"].lower()
        if "name" in values:
            values["name"] = values["name"] or ""
        for problem in problems(values):
            raise problem
        return replace(self, values=values)


def problems(values: Mapping[str, Any]) -> list[BadInput]:
    """What cannot be taken of a name, an address, a number and an identifier."""
    found: list[BadInput] = [
        InvalidValue(name, f"{name.replace('_', ' ').capitalize()} is too long (maximum is {_LONGEST} characters)")
        for name in ("name", *UNIQUE)
        if len(values.get(name) or "") > _LONGEST
    ]
    if values.get("email") and not _EMAIL.fullmatch(values["email"]):
        found.append(InvalidValue("email", "Email Invalid email"))
    if values.get("phone_number") and not _E164.fullmatch(values["phone_number"]):
        found.append(InvalidValue("phone_number", "Phone number should be in e164 format"))
    return found


async def add_contact(context: Context, principal: Principal, card: Card) -> int:
    """The new contact's id. Raises InvalidValue, and Conflict for an address, a number or an identifier that is taken."""
    card = card.checked()
    async with changing(context, principal) as connection:
        await lock_values(connection, principal.tenant.id, [card.values])
        await _refuse_taken(connection, principal.tenant.id, card.values)
        picture_id = await make_picture(connection, context, principal, card.picture)
        values = {"name": "", "identifier": None} | dict(card.values) | {"additional_attributes": dict(card.additional)}
        values |= {} if picture_id is None else {"avatar_id": picture_id}
        return await create_contact(context, principal, values, Carried(attributes=card.attributes))


async def edit_contact(context: Context, principal: Principal, number: int, card: Card) -> None:
    """Raises NotFound, InvalidValue, and Conflict for an address, a number or an identifier that is taken."""
    card = card.checked()
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        await lock_values(connection, tenant_id, [card.values])
        row = await find_contact(connection, tenant_id, number)
        values = {name: value for name, value in card.values.items() if name not in UNIQUE or value != getattr(row, name)}
        await _refuse_taken(connection, tenant_id, values, of=number)
        if card.additional:
            known = msgspec.json.decode(await contact_lists.get_additional(connection, tenant_id, number))
            values["additional_attributes"] = known | dict(card.additional)
        picture_id = await make_picture(connection, context, principal, card.picture)
        if picture_id is not None:
            values["avatar_id"] = picture_id
        await change_contact(context, principal, number, values, Carried(attributes=card.attributes, dropped=card.dropped))
        if picture_id is not None and row.picture_id is not None:
            await drop_picture(connection, context, principal, number, row.picture_id)


async def remove_picture(context: Context, principal: Principal, number: int) -> None:
    """The contact has no picture from now on. Raises NotFound."""
    async with changing(context, principal) as connection:
        row = await find_contact(connection, principal.tenant.id, number)
        if row.picture_id is not None:
            await change_contact(context, principal, number, {"avatar_id": None}, Carried())
            await drop_picture(connection, context, principal, number, row.picture_id)


async def require_contact(connection: Connection, tenant_id: int, number: int) -> None:
    """Raises NotFound for one that is absent or deleted."""
    if not await contact_lists.exists(connection, tenant_id, number):
        raise NotFound("no such contact")


async def lock_values(connection: Connection, tenant_id: int, cards: Sequence[Mapping[str, Any]]) -> None:
    """Nobody else gives a contact these addresses, numbers and identifiers until the transaction ends.

    Locks, not unique indexes, for what an import brings is never refused. They come before every other lock, so that
    nobody waits in a circle.
    """
    # An identifier's lock is the one that DevRev's external references take.
    wanted = {values[name] if name == "identifier" else f"{name}:{values[name]}" for values in cards for name in UNIQUE if values.get(name)}
    await customers.lock_references(connection, tenant_id, "contact", wanted)


async def _refuse_taken(connection: Connection, tenant_id: int, values: Mapping[str, Any], of: int | None = None) -> None:
    given = {name: values.get(name) for name in UNIQUE}
    taken = await contact_files.list_matches(connection, tenant_id, of, **given) if any(given.values()) else {}
    for name in ("email", "identifier", "phone_number"):
        if name in taken:
            raise Conflict(f"{name} is taken", field=name)
