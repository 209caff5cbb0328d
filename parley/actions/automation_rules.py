"""Making, changing, cloning and deleting automation rules: administrators only. What they do is in ``automation``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.automation import check_conditions
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.desk_actions import read_actions
from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store.attribute_definitions import ATTRIBUTE_DEFINITIONS
from ..store.automation import RULES, begin
from ..store.database import Connection
from .context import Context
from .desk_actions import check_actions
from .nouns import change, changing, create, remove

OWNER = "Automation"
MOST = 200
"""Rules of a tenant: each event is held against all of them."""


async def create_rule(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new rule's id; it looks at what happens from now on. Raises InvalidValue, InvalidId."""
    async with changing(context, principal, administrator=True) as connection:
        whole = {"active": True, "conditions": []} | await _checked(connection, context, principal, values)
        await _begin(connection, context, principal, 0, whole)
        return await _created(connection, context, principal, whole)


async def change_rule(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """A rule that is switched on looks at what happens from then on. Raises NotFound, and as ``create_rule``."""
    async with changing(context, principal, administrator=True) as connection:
        was = (await RULES.get(connection, principal.tenant.id, [number])).get(number)
        if was is None:
            raise NotFound("no such automation_rule")
        wanted = await _checked(connection, context, principal, values)
        if not was.active:
            await _begin(connection, context, principal, number, wanted)
        await change(connection, context, principal, RULES, number, wanted)


async def clone_rule(context: Context, principal: Principal, number: int) -> int:
    """The copy's id; it is switched off, as in the original. Raises NotFound, InvalidValue."""
    async with changing(context, principal, administrator=True) as connection:
        was = (await RULES.get(connection, principal.tenant.id, [number])).get(number)
        if was is None:
            raise NotFound("no such automation_rule")
        values: dict[str, Any] = {name: getattr(was, name) for name in ("name", "description", "event_name")}
        values |= {"conditions": msgspec.json.decode(was.conditions), "actions": msgspec.json.decode(was.actions), "active": False}
        return await _created(connection, context, principal, values)


async def delete_rule(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await remove(connection, context, principal, RULES, number)


async def _created(connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    number = await create(connection, context, principal, RULES, values)
    # Counted after the insert, which waits for every other one of this tenant.
    if await RULES.count(connection, principal.tenant.id, {}, at_most=MOST + 1) > MOST:
        raise InvalidValue("base", f"An account has at most {MOST} automation rules")
    return number


async def _begin(connection: Connection, context: Context, principal: Principal, number: int, values: dict[str, Any]) -> None:
    if values.get("active"):
        values["active_since"] = context.clock()
        await begin(connection, principal.tenant.id, number)


async def _checked(connection: Connection, context: Context, principal: Principal, values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns, with each step's parameters as a list."""
    wanted = dict(values)
    if "conditions" in wanted:
        known = await ATTRIBUTE_DEFINITIONS.find(connection, principal.tenant.id, {"namespace": TENANT_NAMESPACE})
        check_conditions(wanted["conditions"], frozenset(one.key for one in known))
    if "actions" in wanted:
        actions = read_actions(wanted["actions"], OWNER)
        await check_actions(connection, context, principal, actions)
        wanted["actions"] = [{"action_name": one.name, "action_params": list(one.params)} for one in actions]
    return wanted
