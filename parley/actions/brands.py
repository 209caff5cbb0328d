"""Making, changing and deleting brands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..store.brands import BRANDS
from .context import Context
from .nouns import change, changing, create, remove


async def create_brand(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new brand's id. Raises Forbidden."""
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, BRANDS, values)


async def change_brand(context: Context, principal: Principal, brand_id: int, values: Mapping[str, Any]) -> None:
    """Raises Forbidden and NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await change(connection, context, principal, BRANDS, brand_id, values)


async def delete_brand(context: Context, principal: Principal, brand_id: int) -> None:
    """Raises Forbidden, NotFound, and Conflict while a conversation has the brand."""
    async with changing(context, principal, administrator=True) as connection:
        await remove(connection, context, principal, BRANDS, brand_id)
