"""How a contact ends: merged into another, deleted, or with its personal data erased. Conversations never end with it."""

from __future__ import annotations

from typing import Any

import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import contact_notes, contacts, conversations, customers, events, references
from ..store.contacts import CONTACTS, ContactRow
from ..store.database import Connection
from .ahead import Touched, do_rest, go_ahead
from .companies import filled_fields
from .contacts import find_contact
from .context import Context
from .merging import move_person, works_of
from .nouns import changing, record, remove


async def merge_contacts(context: Context, principal: Principal, primary: int, secondary: int, *, administrator: bool = True) -> None:
    """The secondary's history becomes the primary's, which gets what it lacks; the secondary goes, with a tombstone.

    An administrator's business, or any agent's where the wire gives it to all. Raises NotFound for a primary that is absent,
    InvalidId for such a secondary, InvalidValue when they are one.
    """
    if primary == secondary:
        raise InvalidValue("secondary_user", "a rev user cannot be merged into itself")
    tenant_id = principal.tenant.id

    async def check(connection: Connection) -> None:
        await _lock_both(connection, tenant_id, primary, secondary)

    async with changing(context, principal, administrator=administrator) as connection:
        await check(connection)
    talks = _talks_of(context, principal, secondary, primary)
    ahead = await go_ahead(context, principal, talks, check)
    await go_ahead(context, principal, works_of(context, principal, Ref("contact", secondary), Ref("contact", primary)), check)
    async with changing(context, principal, administrator=administrator) as connection:
        await check(connection)
        moved = ahead + await do_rest(connection, tenant_id, talks)
        await _join(connection, context, principal, primary, secondary)
        data = {"id": primary, "secondary": secondary, "conversations": moved}
        await record(connection, context, principal, "contact.merged", data)


def _talks_of(context: Context, principal: Principal, secondary: int, primary: int) -> Touched:
    """The conversations that one contact takes part in, to become another's."""
    tenant_id = principal.tenant.id

    async def do(connection: Connection, numbers: list[int]) -> int:
        at = context.clock()
        return await contacts.move_conversations(connection, tenant_id, secondary, primary, numbers, by=principal.ref, at=at)

    return Touched(lambda connection, after, at_most: contacts.list_conversations(connection, tenant_id, secondary, after, at_most), do)


async def _join(connection: Connection, context: Context, principal: Principal, primary: int, secondary: int) -> None:
    """What is left of the secondary beside its conversations becomes the primary's; its row goes."""
    tenant_id = principal.tenant.id
    rows = await CONTACTS.get(connection, tenant_id, [primary, secondary])
    await contacts.move_points(connection, tenant_id, secondary, primary)
    await customers.move_carried(connection, tenant_id, "contact", secondary, primary)
    await contact_notes.move_notes(connection, tenant_id, secondary, primary)
    await _fill(connection, principal, rows[primary], rows[secondary])
    await move_person(connection, context, principal, Ref("contact", secondary), Ref("contact", primary))
    await references.copy_memberships(connection, tenant_id, secondary, primary)
    await contacts.forget_old(connection, tenant_id, secondary)  # who erases the primary later would not find it
    await remove(connection, context, principal, CONTACTS, secondary)


async def _lock_both(connection: Connection, tenant_id: int, primary: int, secondary: int) -> None:
    found = await contacts.lock_contacts(connection, tenant_id, primary, secondary)
    if primary not in found:
        raise NotFound("no such contact")
    if secondary not in found:
        raise InvalidId("secondary_user", "no such rev user")


async def delete_contact(context: Context, principal: Principal, number: int) -> None:
    """One without conversations and tickets goes; one with them stays behind them, nameless and deleted. A tombstone either way.

    Raises NotFound.
    """
    tenant_id = principal.tenant.id
    await go_ahead_of_deletion(context, principal, number)
    async with changing(context, principal, administrator=True) as connection:
        row = await find_contact(connection, tenant_id, number)
        await do_rest(connection, tenant_id, _telling_of(tenant_id, row))
        await contacts.erase(connection, tenant_id, row, {}, is_deleted=True, by=principal.ref)
        has_works = await references.has_works(connection, tenant_id, Ref("contact", number))
        if not has_works and not await contacts.list_conversations(connection, tenant_id, number, at_most=1):
            await remove(connection, context, principal, CONTACTS, number)
            return
        event_id = await record(connection, context, principal, "contact.deleted", {"id": number})
        await events.insert_tombstone(connection, tenant_id, "contact", number, event_id, principal.ref, context.clock())


async def go_ahead_of_deletion(context: Context, principal: Principal, number: int) -> None:
    """What ``delete_contact`` does ahead; whoever calls that in a transaction of their own does this before. Raises NotFound."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        row = await find_contact(connection, tenant_id, number)
    await go_ahead(context, principal, _telling_of(tenant_id, row), lambda connection: find_contact(connection, tenant_id, number))


async def erase_personal_data(context: Context, principal: Principal, email: str) -> None:
    """Every contact with this address, in any case, loses what is personal and stays nameless. Raises NotFound."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        rows = await _with_email(connection, principal, email)

    async def check(connection: Connection) -> None:
        await contacts.lock_contacts(connection, tenant_id, *(row.id for row in rows))

    for row in rows:
        await go_ahead(context, principal, _telling_of(tenant_id, row), check)
    async with changing(context, principal, administrator=True) as connection:
        for row in await _with_email(connection, principal, email):
            await do_rest(connection, tenant_id, _telling_of(tenant_id, row))
            kept = await _impersonal_fields(connection, tenant_id, row)
            await contacts.erase(connection, tenant_id, row, kept, is_deleted=False, by=principal.ref)
            await record(connection, context, principal, "contact.erased", {"id": row.id})


def _telling_of(tenant_id: int, row: ContactRow) -> Touched:
    """The conversations that tell of a contact, which they are to do no more."""
    return Touched(
        lambda connection, after, at_most: contacts.list_unerased(connection, tenant_id, row, after, at_most),
        lambda connection, numbers: contacts.erase_conversations(connection, tenant_id, row, numbers),
    )


async def hand_out_personal_data(context: Context, principal: Principal, email: str) -> None:
    """An event ``contact.personal_data`` per contact with this address, in any case, holds what is known. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        tenant_id = principal.tenant.id
        for row in await _with_email(connection, principal, email):
            known = await contacts.get_personal_data(connection, tenant_id, row.id)
            known |= {"phone_numbers": [one for one in (row.phone_number, *row.more_numbers) if one]}
            known |= {"conversations": await contacts.list_conversations(connection, tenant_id, row.id)}
            await record(connection, context, principal, "contact.personal_data", {"id": row.id, "personal_data": known})


async def _fill(connection: Connection, principal: Principal, primary: ContactRow, secondary: ContactRow) -> None:
    tenant_id = principal.tenant.id
    fields = filled_fields(primary.custom_fields, secondary.custom_fields)
    await contacts.fill_contact(connection, tenant_id, primary.id, secondary.id, fields, principal.ref)
    known = [*primary.more_numbers, secondary.phone_number, *secondary.more_numbers]
    first = primary.phone_number or secondary.phone_number
    more = dict.fromkeys(number for number in known if number is not None and number != first)
    await contacts.set_more_numbers(connection, tenant_id, primary.id, list(more))


async def _with_email(connection: Connection, principal: Principal, email: str) -> list[ContactRow]:
    tenant_id = principal.tenant.id
    found = await contacts.list_by_email(connection, tenant_id, email)
    if not found:
        raise NotFound("no rev user has this e-mail address")
    locked = await contacts.lock_contacts(connection, tenant_id, *found)
    return list((await CONTACTS.get(connection, tenant_id, locked)).values())


async def _impersonal_fields(connection: Connection, tenant_id: int, row: ContactRow) -> dict[str, dict[str, Any]]:
    """The contact's custom fields without those that are defined as personal."""
    definitions = await conversations.list_field_definitions(connection, tenant_id, "contact")
    personal = {(one.namespace, one.key) for one in definitions if one.is_pii}
    stored: dict[str, dict[str, Any]] = msgspec.json.decode(row.custom_fields)
    return {
        namespace: {key: value for key, value in fields.items() if (namespace, key) not in personal} for namespace, fields in stored.items()
    }
