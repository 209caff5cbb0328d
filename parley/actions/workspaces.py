"""Making, changing and deleting workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ..domain.principals import Principal
from ..domain.problems import Conflict, InvalidId, InvalidValue, NotFound
from ..store import companies, references, workspaces
from ..store.companies import COMPANIES
from ..store.database import Connection
from ..store.workspaces import WORKSPACES
from .ahead import Touched, do_rest, go_ahead, rehearsing
from .context import Context
from .customers import Carried, carry, change_customer, claim_references, schema_values
from .nouns import changing, create, remove


async def create_workspace(context: Context, principal: Principal, values: Mapping[str, Any], carried: Carried) -> int:
    """The new workspace's id; without an external reference it gets one. Raises Conflict for one that is taken."""
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        await _check(connection, tenant_id, values)
        values = {"external_ref": str(uuid4())} | dict(values) | await schema_values(connection, tenant_id, "workspace", carried)
        number = await create(connection, context, principal, WORKSPACES, values)
        await carry(connection, tenant_id, "workspace", number, carried)
        return number


async def change_workspace(context: Context, principal: Principal, number: int, values: Mapping[str, Any], carried: Carried) -> None:
    """What belongs to it follows it to another company. Raises NotFound, Conflict; InvalidValue when a default one would move."""
    tenant_id = principal.tenant.id
    async with changing(context, principal) as connection:
        row = (await WORKSPACES.get(connection, tenant_id, [number])).get(number)
        moves = row is not None and values.get("company_id", row.company_id) != row.company_id
        if not moves:
            await _change(connection, context, principal, number, values, carried)
            return
        async with rehearsing(connection):
            await _change(connection, context, principal, number, values, carried)
    company_id = values["company_id"]
    everything = _belongings(context, principal, number, company_id)
    for touched in everything:
        await go_ahead(context, principal, touched, lambda connection: _lock_both(connection, tenant_id, number, company_id))
    async with changing(context, principal) as connection:
        await _lock_both(connection, tenant_id, number, company_id)
        await _change(connection, context, principal, number, values, carried)
        for touched in everything:
            await do_rest(connection, tenant_id, touched)


async def _change(
    connection: Connection, context: Context, principal: Principal, number: int, values: Mapping[str, Any], carried: Carried
) -> None:
    """The workspace's own row, with what it carries."""
    await _check(connection, principal.tenant.id, values, of=number)
    row = (await WORKSPACES.get(connection, principal.tenant.id, [number])).get(number)
    if row is not None and row.is_default and values.get("company_id", row.company_id) != row.company_id:
        raise InvalidValue("account", "the default rev org of an account cannot leave it")
    await change_customer(connection, context, principal, WORKSPACES, number, values, carried)


async def _lock_both(connection: Connection, tenant_id: int, number: int, company_id: int) -> None:
    """Company before workspace, as a merge of companies has them."""
    if not await companies.lock_companies(connection, tenant_id, company_id):
        raise InvalidId("account", "no such account")
    if await workspaces.lock_workspace(connection, tenant_id, number) is None:
        raise NotFound("no such workspace")


def _belongings(context: Context, principal: Principal, number: int, company_id: int) -> tuple[Touched, ...]:
    """What belongs to a workspace and is to follow it to a company: contacts, conversations and works."""
    tenant_id, by = principal.tenant.id, principal.ref

    async def move_talks(connection: Connection, numbers: list[int]) -> int:
        return await workspaces.move_conversations(connection, tenant_id, number, company_id, numbers, by=by, at=context.clock())

    async def move_works(connection: Connection, ids: list[int]) -> int:
        return await references.move_workspace_works(connection, tenant_id, number, company_id, ids, by=by, at=context.clock())

    return (
        Touched(
            lambda connection, after, at_most: workspaces.list_contacts(connection, tenant_id, number, company_id, after, at_most),
            lambda connection, ids: workspaces.move_contacts(connection, tenant_id, number, company_id, ids),
            "contacts",
        ),
        Touched(
            lambda connection, after, at_most: workspaces.list_conversations(connection, tenant_id, number, company_id, after, at_most),
            move_talks,
        ),
        Touched(
            lambda connection, after, at_most: references.list_workspace_works(connection, tenant_id, number, company_id, after, at_most),
            move_works,
            "works",
        ),
    )


async def delete_workspace(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound, and Conflict for a company's default one and while contacts or conversations belong to it."""
    async with changing(context, principal, administrator=True) as connection:
        row = (await WORKSPACES.get(connection, principal.tenant.id, [number])).get(number)
        if row is not None and row.is_default:
            raise Conflict("the default rev org goes with its account")
        await remove(connection, context, principal, WORKSPACES, number)


async def _check(connection: Connection, tenant_id: int, values: Mapping[str, Any], of: int | None = None) -> None:
    if "company_id" in values and not await COMPANIES.get(connection, tenant_id, [values["company_id"]]):
        raise InvalidId("account", "no such account")
    refs = [values["external_ref"]] if "external_ref" in values else []
    await claim_references(connection, tenant_id, WORKSPACES, refs, of=of, field="external_ref")
