"""Making, changing and deleting canned responses: any agent may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..store.canned_responses import CANNED_RESPONSES
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"canned_responses_short_code": "short_code"}


async def create_canned_response(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id. Raises Conflict when the short code is taken."""
    async with changing(context, principal, taken=_TAKEN) as connection:
        return await create(connection, context, principal, CANNED_RESPONSES, values)


async def change_canned_response(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and Conflict when the short code is taken."""
    async with changing(context, principal, taken=_TAKEN) as connection:
        await change(connection, context, principal, CANNED_RESPONSES, number, values)


async def delete_canned_response(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal) as connection:
        await remove(connection, context, principal, CANNED_RESPONSES, number)
