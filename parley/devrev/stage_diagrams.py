"""stage-diagrams.*: which stages a leaf type has, and where each may go (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import stage_diagrams as actions
from ..domain.problems import InvalidValue, MissingField, NotFound
from ..reference.notation import shape, table
from ..store.stage_diagrams import DIAGRAMS, DiagramRow, NewNode, Node, list_nodes
from .endpoints import Call, Endpoint, Family, Json
from .lists import SORTING, find_row, list_page, people_of, stamps
from .states import FORWARD, FORWARD_CURSOR, forward


async def create_diagram(call: Call) -> Json:
    given = dict(call.given)
    if given.pop("is_custom_leaf_type", False):
        raise InvalidValue("is_custom_leaf_type", "custom objects are not supported yet")
    nodes = _nodes(given.pop("stages"))
    number = await actions.create_diagram(call.context, call.principal, given, nodes)
    return {"stage_diagram": await _one(call, number)}


async def get_diagram(call: Call) -> Json:
    if "id" in call.given:
        return {"stage_diagram": await _one(call, call.given["id"].number)}
    if "leaf_type" not in call.given:
        raise MissingField("id", "id or leaf_type is required")
    asked = {"leaf_types": [call.given["leaf_type"]], "is_default": True}
    found = [] if call.given.get("is_custom_leaf_type") else await DIAGRAMS.find(call.connection, call.tenant_id, asked)
    if not found:
        raise NotFound("the leaf type has no default stage diagram")
    return {"stage_diagram": (await _encode(call, found))[0]}


async def list_diagrams(call: Call) -> Json:
    given = call.given
    asked: dict[str, Any] = {"leaf_types": given.get("leaf_type") or None, "names": given.get("name") or None}
    if given.get("is_custom_leaf_type"):
        asked["leaf_types"] = []
    rows, cursors = await list_page(call, DIAGRAMS, asked)
    return {"result": await _encode(call, rows), **forward(cursors)}


async def update_diagram(call: Call) -> Json:
    given = dict(call.given)
    number = given.pop("id").number
    nodes = _nodes(given.pop("stages")) if "stages" in given else None
    await actions.change_diagram(call.context, call.principal, number, given, nodes)
    return {"stage_diagram": await _one(call, number)}


def _nodes(stages: Sequence[Mapping[str, Any]]) -> list[NewNode]:
    return [
        NewNode(
            stage_id=one["stage_id"].number,
            is_start=one.get("is_start", False),
            is_deprecated=one.get("is_deprecated", False),
            targets=tuple(dict.fromkeys(_target(transition) for transition in one.get("transitions", ()))),
        )
        for one in stages
    ]


def _target(transition: Mapping[str, Any]) -> int:
    if "ui" in transition:
        raise InvalidValue("stages.transitions.ui", "stages.transitions.ui is not supported yet")
    number: int = transition["target_stage_id"].number
    return number


async def _one(call: Call, number: int) -> Json:
    return (await _encode(call, [await find_row(call, DIAGRAMS, number, "stage diagram")]))[0]


async def _encode(call: Call, rows: Sequence[DiagramRow]) -> list[Json]:
    people = await people_of(call, rows)
    nodes = await list_nodes(call.connection, call.tenant_id, [row.id for row in rows])
    return [
        {
            **call.names.ids("stage_diagram", row.id),
            "leaf_type": row.leaf_type,
            "name": row.name,
            "is_default": row.is_default,
            "is_custom_leaf_type": False,
            "stages": _stages(call, [node for node in nodes if node.diagram_id == row.id]),
            **stamps(row, people),
        }
        for row in rows
    ]


def _stages(call: Call, nodes: Sequence[Node]) -> list[Json]:
    stages = {node.stage_id: {**call.names.ids("custom_stage", node.stage_id), "name": node.name} for node in nodes}
    return [
        {
            "stage": stages[node.stage_id],
            "is_start": node.is_start,
            "is_deprecated": node.is_deprecated,
            "transitions": [{"target_stage": stages[target]} for target in node.targets],
        }
        for node in nodes
    ]


_ANSWER = "stage_diagram*  stage-diagram  The diagram."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/stage-diagrams.create",
            create_diagram,
            "Make a stage diagram",
            """
            leaf_type*           text                          What it is for: `conversation`; no other leaf type is supported yet.
            name*                text(1..256)                  Its name, unique in the leaf type.
            stages*              [set-stage-node](1..1000)     Its stages with their transitions.
            is_default           bool                          Whether it rules what has no diagram by its subtype.
            is_custom_leaf_type  bool                          Custom objects are not supported yet.
            """,
            _ANSWER,
            text="Who sets a stage that the diagram does not reach from the present one is refused; moves that messages make are not. "
            "Where the diagram has a start, what is made begins there, and no other first stage may be given.",
            example={
                "leaf_type": "conversation",
                "name": "Simple",
                "stages": [{"stage_id": "STAGE-1", "transitions": [{"target_stage_id": "STAGE-6"}]}, {"stage_id": "STAGE-6"}],
            },
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint(
            "/stage-diagrams.get",
            get_diagram,
            "Get a stage diagram",
            """
            id                   id:DIAGRAM  The diagram.
            leaf_type            text        Instead of an id: the default diagram of this leaf type.
            is_custom_leaf_type  bool        Whether the leaf type is of a custom object.
            """,
            _ANSWER,
            example={"id": "DIAGRAM-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/stage-diagrams.list",
            list_diagrams,
            "List stage diagrams",
            table(
                """
                leaf_type            [text]  Of any of these leaf types.
                name                 [text]  With any of these names.
                is_custom_leaf_type  bool    Only those of custom objects.
                """,
                FORWARD,
                SORTING,
            ),
            table("result*  [stage-diagram]  The diagrams.", FORWARD_CURSOR),
            example={"limit": 10},
        ),
        Endpoint(
            "/stage-diagrams.update",
            update_diagram,
            "Change a stage diagram",
            """
            id*     id:DIAGRAM                 The diagram.
            name    text(1..256)               Its new name.
            stages  [set-stage-node](1..1000)  Its stages, in place of all there were.
            """,
            _ANSWER,
            example={"id": "DIAGRAM-1", "name": "Simple"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "stage-diagram",
            "Which stages a leaf type has, and where each may go.",
            """
            id*                  don           Its id.
            display_id           text          Its short id.
            leaf_type            text          What it is for.
            name                 text          Its name.
            is_default           bool          Whether it rules what has no diagram by its subtype.
            is_custom_leaf_type  bool          Always false.
            stages*              [stage-node]  Its stages.
            created_by           user          Who made it.
            created_date         time          When.
            modified_by          user          Who changed it last.
            modified_date        time          When.
            """,
        ),
        shape(
            "stage-node",
            "A stage of a diagram.",
            """
            stage          stage-ref           The stage.
            is_start       bool                Whether things start in it.
            is_deprecated  bool                Whether nothing may come into it any more.
            transitions    [stage-transition]  Where one may go from it.
            """,
        ),
        shape("stage-transition", "A way out of a stage.", "target_stage  stage-ref  Where it leads."),
        shape(
            "set-stage-node",
            "A stage of a diagram.",
            """
            stage_id*      id:STAGE                      The stage.
            is_start       bool                          Whether things start in it; one stage at most.
            is_deprecated  bool                          Whether nothing may come into it any more.
            transitions    [set-stage-transition](..1000)  Where one may go from it: stages of the same diagram.
            """,
            closed=True,
        ),
        shape(
            "set-stage-transition",
            "A way out of a stage.",
            """
            target_stage_id*  id:STAGE  Where it leads.
            ui                object    Not supported yet.
            """,
            closed=True,
        ),
    ),
)
