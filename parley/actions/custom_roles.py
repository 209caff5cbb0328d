"""Making, changing and deleting custom roles: administrators only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import MANAGE, PARTICIPATING_MANAGE, UNASSIGNED_MANAGE, Principal
from ..domain.problems import InvalidValue
from ..store.custom_roles import CUSTOM_ROLES, release_members
from .context import Context
from .nouns import change, changing, create, record, remove

PERMISSIONS = (MANAGE, UNASSIGNED_MANAGE, PARTICIPATING_MANAGE, "contact_manage", "report_manage", "knowledge_base_manage")


async def create_custom_role(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id. Raises InvalidValue for a permission that there is not."""
    _check(values)
    async with changing(context, principal, administrator=True) as connection:
        return await create(connection, context, principal, CUSTOM_ROLES, values)


async def change_custom_role(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Whoever has it is bound by it at once. Raises NotFound, InvalidValue."""
    _check(values)
    async with changing(context, principal, administrator=True) as connection:
        await change(connection, context, principal, CUSTOM_ROLES, number, values)


async def delete_custom_role(context: Context, principal: Principal, number: int) -> None:
    """Who had it is a plain agent again, as in the original. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        for user_id in await release_members(connection, principal.tenant.id, number):
            await record(connection, context, principal, "user.updated", {"id": user_id, "changed": ["custom_role_id"]})
        await remove(connection, context, principal, CUSTOM_ROLES, number)


def _check(values: Mapping[str, Any]) -> None:
    unknown = [one for one in values.get("permissions", ()) if one not in PERMISSIONS]
    if unknown:
        raise InvalidValue("permissions", f"Permissions {unknown[0]!r} is not included in the list", allowed=PERMISSIONS)
