"""Who a contact's session is for: found by their references elsewhere, and made where there is nobody yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..domain.principals import Principal
from ..domain.problems import InvalidId, InvalidValue, MissingField
from ..store import people, rev_sessions
from ..store.database import Connection
from ..store.nouns import Noun
from ..store.rev_sessions import COMPANY, CONTACT, WORKSPACE, Known, Place
from .context import Context
from .custom_fields import SchemaSpec, check_custom_fields
from .nouns import change, create


@dataclass(frozen=True, slots=True)
class Traits:
    """What is said of somebody or something: columns to set, and custom fields by wire name."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    custom_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RevInfo:
    """A contact by id or reference, with the workspace and the company they belong to by reference."""

    contact_id: int | None = None
    user_ref: str | None = None
    workspace_ref: str | None = None
    account_ref: str | None = None
    user: Traits = Traits()
    workspace: Traits = Traits()
    account: Traits = Traits()


class _Provision:
    """One provisioning in its transaction."""

    def __init__(self, connection: Connection, context: Context, principal: Principal) -> None:
        self.connection, self.context, self.principal = connection, context, principal
        self.tenant_id = principal.tenant.id

    async def put(self, noun: Noun[Known], word: str, number: int | None, values: Mapping[str, Any], traits: Traits) -> int:
        """Makes the row where ``number`` is None, else says of it what the traits say; its id."""
        given = {**values, **traits.columns}
        if traits.custom_fields:
            before = msgspec.json.decode(await rev_sessions.get_fields(self.connection, self.tenant_id, word, number)) if number else {}
            fields = traits.custom_fields
            given["custom_fields"] = await check_custom_fields(
                self.connection, self.tenant_id, word, fields, spec=SchemaSpec(), before=before
            )
        if number is None:
            return await create(self.connection, self.context, self.principal, noun, given)
        await change(self.connection, self.context, self.principal, noun, number, given)
        return number

    async def company(self, info: RevInfo) -> int | None:
        if info.account_ref is None:
            return None
        found = await rev_sessions.find_company(self.connection, self.tenant_id, info.account_ref)
        new = {} if found else {"name": info.account_ref, "external_refs": [info.account_ref]}
        return await self.put(COMPANY, "company", found, new, info.account)

    async def place(self, info: RevInfo) -> Place | None:
        """The workspace by its reference, else the company's default one; None where neither is said."""
        company_id = await self.company(info)
        if info.workspace_ref is None:
            return None if company_id is None else await self._default(company_id, info)
        found = await rev_sessions.find_workspace(self.connection, self.tenant_id, info.workspace_ref)
        if found and company_id is not None and found.company_id != company_id:
            raise InvalidValue("rev_info.workspace_ref", "this workspace belongs to another account")
        name = info.workspace.columns.get("name", info.workspace_ref)
        if company_id is None and found is None:
            company_id = await create(self.connection, self.context, self.principal, COMPANY, {"name": name})
        new = {} if found else {"company_id": company_id, "name": name, "external_ref": info.workspace_ref}
        if not found and company_id and not await rev_sessions.find_default_workspace(self.connection, self.tenant_id, company_id):
            new["is_default"] = True
        number = await self.put(WORKSPACE, "workspace", found.id if found else None, new, info.workspace)
        return Place(number, found.company_id if found else company_id or 0)

    async def _default(self, company_id: int, info: RevInfo) -> Place:
        found = await rev_sessions.find_default_workspace(self.connection, self.tenant_id, company_id)
        if found:
            return found
        name = info.account.columns.get("name", info.account_ref)
        new = {"company_id": company_id, "name": name, "is_default": True}
        return Place(await create(self.connection, self.context, self.principal, WORKSPACE, new), company_id)


async def find_or_make_contact(connection: Connection, context: Context, principal: Principal, info: RevInfo) -> int:
    """The contact's id, with what the request says of them set.

    Raises MissingField without id and reference, InvalidId for an unknown id, InvalidValue where the two name different
    people or the contact may not act, and CustomFieldRefused.
    """
    await rev_sessions.lock_provisioning(connection, principal.tenant.id)
    found = await _find(connection, principal.tenant.id, info)
    making = _Provision(connection, context, principal)
    place = await making.place(info)
    values: dict[str, Any] = {"workspace_id": place.id, "company_id": place.company_id} if place else {}
    if found is None:
        values |= {"identifier": info.user_ref, "name": info.user.columns.get("display_name", "")}
    return await making.put(CONTACT, "contact", found, values, info.user)


async def _find(connection: Connection, tenant_id: int, info: RevInfo) -> int | None:
    if info.contact_id is None and info.user_ref is None:
        raise MissingField("rev_info.user_ref", "rev_info.user_ref or rev_info.user_id is required")
    number = info.contact_id
    if number is None and info.user_ref is not None:
        number = await rev_sessions.find_contact(connection, tenant_id, info.user_ref)
    if number is None:
        return None
    contact = (await people.get_contacts(connection, tenant_id, [number])).get(number)
    if contact is None:
        raise InvalidId("rev_info.user_id", "no such rev user")
    if info.user_ref is not None and contact.identifier != info.user_ref:
        raise InvalidValue("rev_info.user_ref", "rev_info.user_id and rev_info.user_ref name different rev users")
    if contact.state != "active":
        raise InvalidValue("rev_info.user_id", f"the rev user is {contact.state}")
    return number
