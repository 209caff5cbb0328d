"""Making, changing and deleting dashboard apps: any agent may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.webhooks import check_url
from ..store.dashboard_apps import DASHBOARD_APPS
from .context import Context
from .nouns import change, changing, create, remove


async def create_dashboard_app(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id. Raises InvalidValue for a frame whose url is none."""
    _check(values)
    async with changing(context, principal) as connection:
        return await create(connection, context, principal, DASHBOARD_APPS, values)


async def change_dashboard_app(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, InvalidValue."""
    _check(values)
    async with changing(context, principal) as connection:
        await change(connection, context, principal, DASHBOARD_APPS, number, values)


async def delete_dashboard_app(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal) as connection:
        await remove(connection, context, principal, DASHBOARD_APPS, number)


def _check(values: Mapping[str, Any]) -> None:
    for place, one in enumerate(values.get("content", ())):
        check_url(one["url"], f"content[{place}].url")
