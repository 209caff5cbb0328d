"""Making, changing, deleting and merging companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from ..domain.links import End
from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import companies, customers, references
from ..store.companies import COMPANIES, CompanyRow
from ..store.database import Connection
from ..store.workspaces import WORKSPACES
from .ahead import Touched, do_rest, go_ahead
from .checks import check_people
from .context import Context
from .customers import Carried, carry, change_customer, claim_references, schema_values
from .merging import move_links
from .nouns import changing, create, record, remove

_LISTS = ("domains", "websites", "external_refs", "owners")


async def create_company(context: Context, principal: Principal, values: Mapping[str, Any], carried: Carried) -> tuple[int, int]:
    """The ids of the new company and of its default workspace. Raises Conflict for an external reference that is taken."""
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        await _check(connection, tenant_id, values)
        values = dict(values) | await schema_values(connection, tenant_id, "company", carried)
        number = await create(connection, context, principal, COMPANIES, values)
        await carry(connection, tenant_id, "company", number, carried)
        default = {"company_id": number, "name": values["name"], "is_default": True, "external_ref": str(uuid4())}
        return number, await create(connection, context, principal, WORKSPACES, default)


async def change_company(context: Context, principal: Principal, number: int, values: Mapping[str, Any], carried: Carried) -> None:
    """Raises NotFound, and Conflict for an external reference that is taken."""
    async with changing(context, principal) as connection:
        await _check(connection, principal.tenant.id, values, of=number)
        await change_customer(connection, context, principal, COMPANIES, number, values, carried)


async def delete_company(context: Context, principal: Principal, number: int) -> None:
    """Deletes it with its workspaces. Raises NotFound, and Conflict while a contact or conversation belongs to one of them."""
    async with changing(context, principal, administrator=True) as connection:
        for workspace in await WORKSPACES.find(connection, principal.tenant.id, {"companies": [number]}):
            await remove(connection, context, principal, WORKSPACES, workspace.id)
        await remove(connection, context, principal, COMPANIES, number)


async def merge_companies(context: Context, principal: Principal, primary: int, secondary: int) -> None:
    """Everything of the secondary becomes the primary's, which keeps its own values and gets those it lacks.

    Raises NotFound for a primary that is absent, InvalidId for such a secondary, InvalidValue when they are one.
    """
    if primary == secondary:
        raise InvalidValue("secondary_account", "an account cannot be merged into itself")
    tenant_id = principal.tenant.id

    async def check(connection: Connection) -> dict[int, CompanyRow]:
        await companies.lock_companies(connection, tenant_id, primary, secondary)
        rows = await COMPANIES.get(connection, tenant_id, [primary, secondary])
        if primary not in rows:
            raise NotFound("no such company")
        if secondary not in rows:
            raise InvalidId("secondary_account", "no such account")
        return rows

    async with changing(context, principal, administrator=True) as connection:
        await check(connection)
    everything = _belongings(context, principal, secondary, primary)
    for touched in everything:
        await go_ahead(context, principal, touched, check)
    async with changing(context, principal, administrator=True) as connection:
        rows = await check(connection)
        await companies.move_workspaces(connection, tenant_id, secondary, primary)
        for touched in everything:
            await do_rest(connection, tenant_id, touched)
        await move_links(connection, context, principal, End("company", secondary), End("company", primary))
        await customers.move_carried(connection, tenant_id, "company", secondary, primary)
        await remove(connection, context, principal, COMPANIES, secondary)
        await COMPANIES.update(connection, tenant_id, primary, _merged(rows[primary], rows[secondary]), principal.ref)
        await record(connection, context, principal, "company.merged", {"id": primary, "secondary": secondary})


def _belongings(context: Context, principal: Principal, secondary: int, primary: int) -> tuple[Touched, ...]:
    """What belongs to one company, to become another's: contacts before conversations, as a merge of contacts has them, and works."""
    tenant_id, by = principal.tenant.id, principal.ref

    async def move_talks(connection: Connection, numbers: list[int]) -> int:
        at = context.clock()
        return await companies.move_conversations(connection, tenant_id, secondary, primary, numbers, by=by, at=at)

    async def move_works(connection: Connection, ids: list[int]) -> int:
        return await references.move_company_works(connection, tenant_id, secondary, primary, ids, by=by, at=context.clock())

    return (
        Touched(
            lambda connection, after, at_most: companies.list_contacts(connection, tenant_id, secondary, after, at_most),
            lambda connection, ids: companies.move_contacts(connection, tenant_id, secondary, primary, ids),
            "contacts",
        ),
        Touched(
            lambda connection, after, at_most: companies.list_conversations(connection, tenant_id, secondary, after, at_most), move_talks
        ),
        Touched(
            lambda connection, after, at_most: references.list_company_works(connection, tenant_id, secondary, after, at_most),
            move_works,
            "works",
        ),
    )


def _merged(mine: CompanyRow, other: CompanyRow) -> dict[str, Any]:
    """The primary's columns after the merge."""
    values: dict[str, Any] = {key: [*dict.fromkeys((*getattr(mine, key), *getattr(other, key)))] for key in _LISTS}
    for key in ("description", "tier", "subtype"):
        values[key] = getattr(mine, key) or getattr(other, key)
    return values | {"custom_fields": filled_fields(mine.custom_fields, other.custom_fields)}


def filled_fields(mine: str, other: str) -> dict[str, dict[str, Any]]:
    """Stored custom fields of two rows as one; where both have a value the first row's stays."""
    merged: dict[str, dict[str, Any]] = msgspec.json.decode(other)
    for namespace, fields in msgspec.json.decode(mine).items():
        merged[namespace] = merged.get(namespace, {}) | fields
    return merged


async def _check(connection: Connection, tenant_id: int, values: Mapping[str, Any], of: int | None = None) -> None:
    if "owners" in values:
        await check_people(connection, tenant_id, "owned_by", [Ref.parse(text) for text in values["owners"]])
    await claim_references(connection, tenant_id, COMPANIES, values.get("external_refs", []), of=of)
