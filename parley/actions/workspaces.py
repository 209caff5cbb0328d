"""Making, changing and deleting workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ..domain.principals import Principal
from ..domain.problems import Conflict, InvalidId, InvalidValue
from ..store import references, workspaces
from ..store.companies import COMPANIES
from ..store.database import Connection
from ..store.workspaces import WORKSPACES
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
    async with changing(context, principal) as connection:
        tenant_id = principal.tenant.id
        await _check(connection, tenant_id, values, of=number)
        row = (await WORKSPACES.get(connection, tenant_id, [number])).get(number)
        moves = row is not None and values.get("company_id", row.company_id) != row.company_id
        if moves and row is not None and row.is_default:
            raise InvalidValue("account", "the default rev org of an account cannot leave it")
        await change_customer(connection, context, principal, WORKSPACES, number, values, carried)
        if moves:
            company_id, by, at = values["company_id"], principal.ref, context.clock()
            await workspaces.move_members(connection, tenant_id, number, company_id, by=by, at=at)
            await references.move_workspace_works(connection, tenant_id, number, company_id, by=by, at=at)


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
