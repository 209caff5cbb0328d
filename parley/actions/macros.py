"""Making, changing, deleting and carrying out macros. A personal one is its author's alone, a global one an administrator changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..domain.desk_actions import DeskAction, read_actions
from ..domain.principals import Principal
from ..domain.problems import Forbidden, NotFound
from ..store.database import Connection
from ..store.macros import MACROS, Macro
from .checks import lock
from .context import Context
from .desk_actions import Skipped, check_actions, run_actions
from .nouns import change, changing, create, record, remove

OWNER = "Macro execution"


async def create_macro(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id; an agent's is personal, whatever they say. Raises InvalidValue, InvalidId."""
    async with changing(context, principal) as connection:
        await _check(connection, principal, values)
        return await create(connection, context, principal, MACROS, _allowed(principal, {"visibility": "personal"} | dict(values)))


async def change_macro(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, Forbidden, and as ``create_macro``."""
    async with changing(context, principal) as connection:
        await _own(connection, principal, number)
        await _check(connection, principal, values)
        await change(connection, context, principal, MACROS, number, _allowed(principal, dict(values)))


async def delete_macro(context: Context, principal: Principal, number: int) -> None:
    """Raises NotFound, Forbidden."""
    async with changing(context, principal) as connection:
        await _own(connection, principal, number)
        await remove(connection, context, principal, MACROS, number)


async def execute_macro(context: Context, principal: Principal, number: int, conversations: Sequence[int]) -> dict[int, list[Skipped]]:
    """Carries it out on each conversation, all in one transaction; what was skipped of each.

    Raises NotFound for a conversation that the caller does not see, Forbidden.
    """
    async with changing(context, principal) as connection:
        macro = await get_macro(connection, principal, number)
        actions = tuple(DeskAction(one["action_name"], tuple(one["action_params"])) for one in msgspec.json.decode(macro.actions))
        # In one order, so that two macros do not wait for each other.
        for conversation in sorted(set(conversations)):
            await lock(connection, principal, conversation)
        cause = {"macro": number}
        skipped = {one: await run_actions(connection, context, principal, one, actions, cause) for one in sorted(set(conversations))}
        await record(connection, context, principal, "macro.executed", {"id": number, "conversations": list(skipped)})
        return skipped


async def get_macro(connection: Connection, principal: Principal, number: int) -> Macro:
    """Raises NotFound, Forbidden for somebody else's personal one."""
    found = (await MACROS.get(connection, principal.tenant.id, [number])).get(number)
    if found is None:
        raise NotFound("no such macro")
    if found.visibility != "global" and found.created_by != str(principal.ref):
        raise Forbidden()
    return found


async def _own(connection: Connection, principal: Principal, number: int) -> None:
    found = await get_macro(connection, principal, number)
    if found.created_by != str(principal.ref) and not principal.is_administrator:
        raise Forbidden()


async def _check(connection: Connection, principal: Principal, values: Mapping[str, Any]) -> None:
    if "actions" in values:
        await check_actions(connection, principal, read_actions(values["actions"], OWNER))


def _allowed(principal: Principal, values: dict[str, Any]) -> dict[str, Any]:
    """With parameters as lists, and for agents personal."""
    if "visibility" in values and not principal.is_administrator:
        values["visibility"] = "personal"
    if "actions" in values:
        values["actions"] = [{"action_name": one.name, "action_params": list(one.params)} for one in read_actions(values["actions"], OWNER)]
    return values
