"""Bots: making and renaming service accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import Conflict, NotFound
from ..store.bots import BOTS
from ..store.database import Connection
from ..store.tenants import allocate_ids
from .context import Context
from .nouns import change, changing, create


async def create_service_account(context: Context, principal: Principal, name: str) -> int:
    """The new bot's id. An administrator's business; raises Conflict when the name is taken."""
    async with changing(context, principal, administrator=True) as connection:
        await refuse_taken(connection, principal.tenant.id, name)
        return await create(connection, context, principal, BOTS, {"name": name})


async def change_service_account(context: Context, principal: Principal, bot_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and Conflict when the new name is taken."""
    async with changing(context, principal, administrator=True) as connection:
        found = (await BOTS.get(connection, principal.tenant.id, [bot_id])).get(bot_id)
        if found is None or found.kind != "service_account":
            raise NotFound("no such service account")
        if "name" in values:
            await refuse_taken(connection, principal.tenant.id, values["name"], but=bot_id)
        await change(connection, context, principal, BOTS, bot_id, values)


async def refuse_taken(connection: Connection, tenant_id: int, name: str, *, but: int = 0) -> None:
    """Raises Conflict. Taking no ids holds the allocator's row, so that two of one name wait for each other."""
    await allocate_ids(connection, tenant_id, "bot", 0)
    others = await BOTS.find(connection, tenant_id, {"name": name, "kind": "service_account"})
    if any(other.id != but for other in others):
        raise Conflict("display_name is taken")
