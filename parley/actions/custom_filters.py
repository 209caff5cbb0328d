"""Keeping, changing and deleting custom filters: each user has their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import Forbidden, InvalidValue, NotFound
from ..store.custom_filters import CUSTOM_FILTERS
from ..store.database import Connection
from .context import Context
from .nouns import change, changing, create, remove

MOST = 1000


async def create_custom_filter(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id. Raises InvalidValue for a user who has as many as they may."""
    user_id = _user(principal)
    async with changing(context, principal) as connection:
        number = await create(connection, context, principal, CUSTOM_FILTERS, {**values, "user_id": user_id})
        # Counted after the insert, which waits for every other one of this tenant.
        if await CUSTOM_FILTERS.count(connection, principal.tenant.id, {"user_id": user_id}, at_most=MOST + 1) > MOST:
            limit = f"The maximum number of allowed custom filters for a user per account is {MOST}."
            raise InvalidValue("account_id", f"Account Limit reached. {limit}")
        return number


async def change_custom_filter(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, also for another user's."""
    async with changing(context, principal) as connection:
        await _require_own(connection, principal, number)
        await change(connection, context, principal, CUSTOM_FILTERS, number, values)


async def delete_custom_filter(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound, also for another user's."""
    async with changing(context, principal) as connection:
        await _require_own(connection, principal, number)
        await remove(connection, context, principal, CUSTOM_FILTERS, number)


async def _require_own(connection: Connection, principal: Principal, number: int) -> None:
    found = (await CUSTOM_FILTERS.get(connection, principal.tenant.id, [number])).get(number)
    if found is None or found.user_id != _user(principal):
        raise NotFound("no such custom_filter")


def _user(principal: Principal) -> int:
    if principal.user_id is None:
        raise Forbidden("custom filters are a user's")
    return principal.user_id
