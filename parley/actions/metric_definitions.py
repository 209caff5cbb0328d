"""Making, changing and deleting metrics. Those that came with an import are nobody's to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store.database import Connection
from ..store.metric_definitions import METRICS, lock_metric
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"metric_definitions_name": "name"}


async def create_metric(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new metric's id. Raises Conflict when the name is taken."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        return await create(connection, context, principal, METRICS, {**values, "is_custom": True})


async def change_metric(context: Context, principal: Principal, metric_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, InvalidValue for a stock metric, and Conflict when the new name is taken."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await _lock_custom(connection, principal, metric_id)
        await change(connection, context, principal, METRICS, metric_id, values)


async def delete_metric(context: Context, principal: Principal, metric_id: int) -> None:
    """Raises NotFound, InvalidValue for a stock metric, and Conflict while an SLA or a tracker has it."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock_custom(connection, principal, metric_id)
        await remove(connection, context, principal, METRICS, metric_id)


async def _lock_custom(connection: Connection, principal: Principal, metric_id: int) -> None:
    is_custom = await lock_metric(connection, principal.tenant.id, metric_id)
    if is_custom is None:
        raise NotFound("no such metric")
    if not is_custom:
        raise InvalidValue("id", "a stock metric cannot be changed")
