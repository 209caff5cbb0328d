"""Making, changing and placing contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from ..domain.principals import Principal
from ..domain.problems import AttachmentTaken, InvalidId, InvalidValue, NotFound
from ..store import attachments, contacts, customers
from ..store.companies import COMPANIES
from ..store.contacts import CONTACTS, ContactRow
from ..store.database import Connection
from ..store.workspaces import WORKSPACES
from .context import Context
from .customers import Carried, carry, change_customer, claim_references, schema_values
from .nouns import change, changing, create


async def create_contact(
    context: Context, principal: Principal, values: Mapping[str, Any], carried: Carried, *, more_numbers: Sequence[str] = ()
) -> int:
    """The new contact's id; without an external reference it gets one. Raises Conflict for one that is taken, AttachmentTaken.

    A workspace says the company; a company alone means its default workspace.
    """
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        await _check(connection, tenant_id, values)
        values = {"identifier": str(uuid4())} | dict(values) | await _place(connection, tenant_id, values)
        values |= await schema_values(connection, tenant_id, "contact", carried)
        number = await create(connection, context, principal, CONTACTS, values)
        await carry(connection, tenant_id, "contact", number, carried)
        await contacts.set_more_numbers(connection, tenant_id, number, more_numbers)
        return number


async def change_contact(
    context: Context,
    principal: Principal,
    number: int,
    values: Mapping[str, Any],
    carried: Carried,
    *,
    more_numbers: Sequence[str] | None = None,
) -> None:
    """``more_numbers`` None leaves them as they are. Raises NotFound, AttachmentTaken, and Conflict for an external reference
    that is taken."""
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        was = await find_contact(connection, tenant_id, number)
        await _check(connection, tenant_id, values, was)
        await change_customer(connection, context, principal, CONTACTS, number, values, carried)
        if more_numbers is not None:
            await contacts.set_more_numbers(connection, tenant_id, number, more_numbers)


async def find_contact(connection: Connection, tenant_id: int, number: int) -> ContactRow:
    """The contact, locked. Raises NotFound for one that is absent or deleted."""
    if not await contacts.lock_contacts(connection, tenant_id, number):
        raise NotFound("no such contact")
    return (await CONTACTS.get(connection, tenant_id, [number]))[number]


async def _place(connection: Connection, tenant_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    company_id, workspace_id = values.get("company_id"), values.get("workspace_id")
    if company_id is not None and not await COMPANIES.get(connection, tenant_id, [company_id]):
        raise InvalidId("account", "no such account")
    if workspace_id is None:
        asked = {"companies": [company_id], "is_default": True}
        default = await WORKSPACES.find(connection, tenant_id, asked) if company_id is not None else []
        return {"workspace_id": default[0].id} if default else {}
    workspace = (await WORKSPACES.get(connection, tenant_id, [workspace_id])).get(workspace_id)
    if workspace is None:
        raise InvalidId("rev_org", "no such rev org")
    if company_id not in (None, workspace.company_id):
        raise InvalidValue("rev_org", "the rev org is not of this account")
    return {"company_id": workspace.company_id}


async def _check(connection: Connection, tenant_id: int, values: Mapping[str, Any], was: ContactRow | None = None) -> None:
    picture = values.get("avatar_id")
    if picture is not None and not (was and was.picture_id == picture):
        await _check_picture(connection, tenant_id, picture, was)
    refs = [values["identifier"]] if values.get("identifier") is not None else []
    await claim_references(connection, tenant_id, CONTACTS, refs, of=was.id if was else None, field="external_ref")


async def _check_picture(connection: Connection, tenant_id: int, picture: int, was: ContactRow | None) -> None:
    """A new picture is a file that nothing else has. Locked, so that of two who want it one gets it."""
    await attachments.lock_attachments(connection, tenant_id, [picture])
    found = (await customers.get_artifacts(connection, tenant_id, [picture])).get(picture)
    if found is None:
        raise InvalidId("display_picture", "no such artifact")
    if found.parent is not None and not (was and found.parent == f"contact:{was.id}"):
        raise AttachmentTaken("display_picture", found.parent, is_same=False)


async def place_contact(context: Context, principal: Principal, number: int, workspace_id: int) -> None:
    """The contact belongs to this workspace, and to its company, from now on. Raises NotFound, InvalidId."""
    async with changing(context, principal) as connection:
        row = await find_contact(connection, principal.tenant.id, number)
        if row.workspace_id != workspace_id:
            place = await _place(connection, principal.tenant.id, {"workspace_id": workspace_id})
            await change(connection, context, principal, CONTACTS, number, {"workspace_id": workspace_id} | place)


async def displace_contact(context: Context, principal: Principal, number: int, workspace_id: int) -> None:
    """The contact belongs nowhere from now on. Raises NotFound, and InvalidValue when it does not belong to this workspace."""
    async with changing(context, principal) as connection:
        row = await find_contact(connection, principal.tenant.id, number)
        if row.workspace_id != workspace_id:
            raise InvalidValue("rev_org", "the rev user does not belong to this rev org")
        await change(connection, context, principal, CONTACTS, number, {"workspace_id": None, "company_id": None})
