"""States and stages of the tenant's own, and which way a stage may be left.

A stage's Chatwoot status follows from its state: resolved in a final one, open in any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.principals import Principal
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import stage_diagrams
from ..store.database import Connection
from ..store.stages import STAGES, STATES, StateRow, list_custom_stages_of, list_unsettled, set_status
from .ahead import Touched, do_rest, go_ahead, rehearsing
from .context import Context
from .nouns import change, changing, create

_TAKEN = {"states_name": "name", "stages_name": "name"}


async def create_state(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new state's id. Raises Conflict when the name is taken."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        return await create(connection, context, principal, STATES, {**values, "is_custom": True})


async def change_state(context: Context, principal: Principal, state_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, Conflict when the new name is taken, InvalidValue for what a stock state cannot change."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        row = (await STATES.get(connection, tenant_id, [state_id])).get(state_id)
        if row is None:
            raise NotFound("no such state")
        _refuse_stock(row.is_custom, {"name": row.name, "is_final": row.is_final}, values)
        if values.get("is_final", row.is_final) == row.is_final:
            await change(connection, context, principal, STATES, state_id, values)
            return
        async with rehearsing(connection):
            await change(connection, context, principal, STATES, state_id, values)
        stage_ids = await list_custom_stages_of(connection, tenant_id, state_id)
    for stage_id in stage_ids:
        await go_ahead(context, principal, _shown_in(context, tenant_id, stage_id, is_final=values["is_final"]))
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await change(connection, context, principal, STATES, state_id, values)
        for stage_id in await list_custom_stages_of(connection, tenant_id, state_id):
            await _settle_status(connection, context, principal, stage_id, is_final=values["is_final"])


async def create_stage(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new stage's id. Raises Conflict when the name is taken, InvalidId for a state that does not exist."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        state = await _state(connection, principal, values["state_id"], "state")
        return await create(
            connection, context, principal, STAGES, {**values, "is_custom": True, "chatwoot_status": _status_in(state.is_final)}
        )


async def change_stage(context: Context, principal: Principal, stage_id: int, values: Mapping[str, Any]) -> None:
    """Conversations show the new name at once, and the status of a new state. Raises NotFound, Conflict, InvalidId, InvalidValue."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        row = (await STAGES.get(connection, tenant_id, [stage_id])).get(stage_id)
        if row is None:
            raise NotFound("no such stage")
        _refuse_stock(row.is_custom, {"name": row.name, "state_id": row.state_id}, values)
        if values.get("state_id", row.state_id) == row.state_id:
            await change(connection, context, principal, STAGES, stage_id, values)
            return
        state = await _state(connection, principal, values["state_id"], "state_id")
        async with rehearsing(connection):
            await change(connection, context, principal, STAGES, stage_id, values)
    await go_ahead(context, principal, _shown_in(context, tenant_id, stage_id, is_final=state.is_final))
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        state = await _state(connection, principal, values["state_id"], "state_id")
        await change(connection, context, principal, STAGES, stage_id, values)
        await _settle_status(connection, context, principal, stage_id, is_final=state.is_final)


async def check_transition(
    connection: Connection, tenant_id: int, leaf_type: str, subtype: str | None, from_stage_id: int, to_stage_id: int
) -> None:
    """Whether somebody may set this stage, by the diagram of the subtype or else of the leaf type; without one, always.

    A stage that the diagram does not know may be left for any that it knows. Raises InvalidValue with the stages in reach.
    """
    diagram_id = await stage_diagrams.find_diagram(connection, tenant_id, leaf_type, subtype)
    if diagram_id is None or from_stage_id == to_stage_id:
        return
    nodes = {node.stage_id: node for node in await stage_diagrams.list_nodes(connection, tenant_id, [diagram_id])}
    here = nodes.get(from_stage_id)
    reachable = {
        one.stage_id: one.name for one in nodes.values() if not one.is_deprecated and (here is None or one.stage_id in here.targets)
    }
    if to_stage_id not in reachable:
        raise InvalidValue("stage.name", "the stage diagram has no such transition", allowed=list(reachable.values()))


async def find_start(connection: Connection, tenant_id: int, leaf_type: str, subtype: str | None) -> stage_diagrams.Node | None:
    """Where an object begins, by the diagram of the subtype or else of the leaf type; None where none says so."""
    diagram_id = await stage_diagrams.find_diagram(connection, tenant_id, leaf_type, subtype)
    nodes = await stage_diagrams.list_nodes(connection, tenant_id, [diagram_id]) if diagram_id is not None else []
    return next((node for node in nodes if node.is_start and not node.is_deprecated), None)


async def _state(connection: Connection, principal: Principal, state_id: int, field: str) -> StateRow:
    row = (await STATES.get(connection, principal.tenant.id, [state_id])).get(state_id)
    if row is None:
        raise InvalidId(field, f"{field}: no such state")
    return row


def _refuse_stock(is_custom: bool, now: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """What the stock ones are called and mean is what the rules go by; only their order is the tenant's."""
    for field, value in now.items():
        if not is_custom and values.get(field, value) != value:
            raise InvalidValue(field, f"{field} of a stock stage or state cannot be changed")


async def _settle_status(connection: Connection, context: Context, principal: Principal, stage_id: int, *, is_final: bool) -> None:
    """The stage's status by its state, and that of the conversations in it."""
    tenant_id = principal.tenant.id
    await STAGES.update(connection, tenant_id, stage_id, {"chatwoot_status": _status_in(is_final)}, principal.ref)
    await do_rest(connection, tenant_id, _shown_in(context, tenant_id, stage_id, is_final=is_final))


def _shown_in(context: Context, tenant_id: int, stage_id: int, *, is_final: bool) -> Touched:
    """The conversations in a stage that are to show the status of its state."""
    status = _status_in(is_final)

    async def list_left(connection: Connection, after: int, at_most: int | None) -> list[int]:
        return await list_unsettled(connection, tenant_id, stage_id, after, at_most, status=status, is_final=is_final)

    async def do(connection: Connection, numbers: list[int]) -> int:
        return await set_status(connection, tenant_id, stage_id, numbers, status=status, is_final=is_final, at=context.clock())

    return Touched(list_left, do)


def _status_in(is_final: bool) -> str:
    return "resolved" if is_final else "open"
