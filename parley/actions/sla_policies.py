"""Making, changing and deleting SLA policies as Chatwoot's clients do: in force at once. Administrators only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..store.database import Connection
from ..store.sla_policies import SLA_POLICIES, SlaPolicy, list_measured, release
from ..store.slas import lock_sla
from .ahead import Touched, do_rest, go_ahead
from .context import Context
from .nouns import change, changing, create, remove

IN_FORCE = "published"


async def create_policy(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id."""
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, SLA_POLICIES, {**values, "status": IN_FORCE})


async def change_policy(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await get_policy(connection, principal.tenant.id, number)
        await change(connection, context, principal, SLA_POLICIES, number, values)


async def delete_policy(context: Context, principal: Principal, number: int) -> None:
    """With what it measured; conversations are without a policy then, as in the original. Raises NotFound."""
    tenant_id = principal.tenant.id

    async def check(connection: Connection) -> None:
        await get_policy(connection, tenant_id, number)
        await lock_sla(connection, tenant_id, number)

    measured = Touched(
        lambda connection, after, at_most: list_measured(connection, tenant_id, number, after, at_most),
        lambda connection, numbers: release(connection, tenant_id, number, numbers),
    )
    async with changing(context, principal, administrator=True) as connection:
        await check(connection)
    await go_ahead(context, principal, measured, check)
    async with changing(context, principal, administrator=True) as connection:
        await check(connection)
        await do_rest(connection, tenant_id, measured)
        await remove(connection, context, principal, SLA_POLICIES, number)


async def get_policy(connection: Connection, tenant_id: int, number: int) -> SlaPolicy:
    """One that is in force: drafts and archived ones are DevRev's alone. Raises NotFound."""
    found = await SLA_POLICIES.find(connection, tenant_id, {"ids": [number], "status": IN_FORCE})
    if not found:
        raise NotFound("no such sla_policy")
    return found[0]
