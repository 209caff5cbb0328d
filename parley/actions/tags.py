"""Making, changing and deleting tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..store.tags import TAGS
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"tags_name": "name"}


async def create_tag(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new tag's id. Raises Conflict when the name is taken."""
    async with changing(context, principal, taken=_TAKEN) as connection:
        return await create(connection, context, principal, TAGS, values)


async def change_tag(context: Context, principal: Principal, tag_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and Conflict when the new name is taken."""
    async with changing(context, principal, taken=_TAKEN) as connection:
        await change(connection, context, principal, TAGS, tag_id, values)


async def delete_tag(context: Context, principal: Principal, tag_id: int) -> None:
    """Raises NotFound, and Conflict while something carries the tag."""
    async with changing(context, principal, administrator=True) as connection:
        await remove(connection, context, principal, TAGS, tag_id)
