"""Writing, changing and deleting notes on contacts: any agent may."""

from __future__ import annotations

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store.contact_notes import CONTACT_NOTES, ContactNote
from ..store.database import Connection
from .contacts import find_contact
from .context import Context
from .nouns import change, changing, create, remove


async def create_note(context: Context, principal: Principal, contact_id: int, content: str) -> int:
    """The new note's id. Raises NotFound for the contact, InvalidValue for an empty note."""
    async with changing(context, principal) as connection:
        await find_contact(connection, principal.tenant.id, contact_id)
        values = {"contact_id": contact_id, "content": _checked(content)}
        return await create(connection, context, principal, CONTACT_NOTES, values)


async def change_note(context: Context, principal: Principal, contact_id: int, number: int, content: str | None) -> None:
    """Raises NotFound, InvalidValue for an empty note."""
    async with changing(context, principal) as connection:
        await find_note(connection, principal.tenant.id, contact_id, number)
        values = {} if content is None else {"content": _checked(content)}
        await change(connection, context, principal, CONTACT_NOTES, number, values)


async def delete_note(context: Context, principal: Principal, contact_id: int, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal) as connection:
        await find_note(connection, principal.tenant.id, contact_id, number)
        await remove(connection, context, principal, CONTACT_NOTES, number)


async def find_note(connection: Connection, tenant_id: int, contact_id: int, number: int) -> ContactNote:
    """A note of this contact. Raises NotFound."""
    found = (await CONTACT_NOTES.get(connection, tenant_id, [number])).get(number)
    if found is None or found.contact_id != contact_id:
        raise NotFound("no such note")
    return found


def _checked(content: str) -> str:
    if not content.strip():
        raise InvalidValue("content", "Content can't be blank")
    return content
