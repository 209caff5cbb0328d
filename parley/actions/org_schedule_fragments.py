"""Making fragments of schedules and moving them on: draft, published, archived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import NotFound
from ..domain.service_levels import check_transition
from ..store.org_schedule_fragments import FRAGMENTS, lock_fragment
from .context import Context
from .nouns import change, changing, create


async def create_fragment(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new fragment's id; it is a draft."""
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, FRAGMENTS, values)


async def transition_fragment(context: Context, principal: Principal, fragment_id: int, status: str) -> None:
    """Raises NotFound, and InvalidValue when the status does not follow the present one."""
    async with changing(context, principal, administrator=True) as connection:
        before = await lock_fragment(connection, principal.tenant.id, fragment_id)
        if before is None:
            raise NotFound("no such org schedule fragment")
        check_transition(before, status)
        await change(connection, context, principal, FRAGMENTS, fragment_id, {"status": status})
