"""Making and changing stage diagrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.leaf_types import NOUNS, STAGED
from ..domain.principals import Principal
from ..domain.problems import InvalidId, InvalidValue
from ..store.database import Connection
from ..store.stage_diagrams import DIAGRAMS, NewNode, clear_default, replace_nodes
from ..store.stages import STAGES
from .context import Context
from .nouns import change, changing, create

_TAKEN = {"stage_diagrams_name": "name"}


async def create_diagram(context: Context, principal: Principal, values: Mapping[str, Any], nodes: Sequence[NewNode]) -> int:
    """The new diagram's id; a default takes the place of the leaf type's earlier one.

    Raises Conflict when the leaf type has a diagram of this name, InvalidValue and InvalidId naming the field.
    """
    check_leaf_type(values["leaf_type"])
    if values["leaf_type"] not in STAGED:
        raise InvalidValue("leaf_type", f"a stage diagram of leaf type {values['leaf_type']} is not supported yet", allowed=STAGED)
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await _check(connection, principal, nodes)
        if values.get("is_default"):
            await clear_default(connection, principal.tenant.id, values["leaf_type"])
        number = await create(connection, context, principal, DIAGRAMS, values)
        await replace_nodes(connection, principal.tenant.id, number, nodes)
        return number


async def change_diagram(
    context: Context, principal: Principal, diagram_id: int, values: Mapping[str, Any], nodes: Sequence[NewNode] | None
) -> None:
    """``nodes`` take the place of all there were. Raises NotFound, Conflict, InvalidValue and InvalidId naming the field."""
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        # A diagram is one thing: who changes its stages changes it, and its version.
        row = (await DIAGRAMS.get(connection, principal.tenant.id, [diagram_id])).get(diagram_id)
        same = {"name": row.name} if row and nodes is not None else {}
        await change(connection, context, principal, DIAGRAMS, diagram_id, same | dict(values))
        if nodes is not None:
            await _check(connection, principal, nodes)
            await replace_nodes(connection, principal.tenant.id, diagram_id, nodes)


def check_leaf_type(leaf_type: str, field: str = "leaf_type") -> None:
    """Raises InvalidValue for a leaf type that this server does not have."""
    if leaf_type not in NOUNS:
        raise InvalidValue(field, f"there is no leaf type {leaf_type!r}", allowed=list(NOUNS))


async def _check(connection: Connection, principal: Principal, nodes: Sequence[NewNode]) -> None:
    """Every stage exists and stands once, every transition stays inside, and one stage at most is the start."""
    inside = [node.stage_id for node in nodes]
    known = await STAGES.get(connection, principal.tenant.id, inside)
    for place, node in enumerate(nodes):
        if node.stage_id not in known:
            raise InvalidId(f"stages[{place}].stage_id", "no such stage")
        if node.stage_id in inside[:place]:
            raise InvalidValue(f"stages[{place}].stage_id", "the stage is given twice")
        if set(node.targets) - set(inside):
            raise InvalidValue(f"stages[{place}].transitions", "a transition leads to a stage that is not in the diagram")
    if sum(node.is_start for node in nodes) > 1:
        raise InvalidValue("stages", "only one stage can be the start")
