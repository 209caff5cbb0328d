"""stages.custom.*: where a conversation stands; the stock stages are listed with the tenant's own (contract 2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import stages as actions
from ..domain.problems import InvalidValue
from ..reference.notation import shape, table
from ..store.stages import STAGES, StageRow
from .endpoints import Call, Endpoint, Family, Json
from .lists import SORTING, find_row, list_page, people_of, stamps
from .states import FORWARD, FORWARD_CURSOR, forward


async def create_stage(call: Call) -> Json:
    values = dict(call.given)
    if "marketplace_ref" in values:
        raise InvalidValue("marketplace_ref", "marketplace_ref is not supported yet")
    values["state_id"] = values.pop("state").number
    number = await actions.create_stage(call.context, call.principal, values)
    return {"custom_stage": await _one(call, number)}


async def get_stage(call: Call) -> Json:
    return {"custom_stage": await _one(call, call.given["id"].number)}


async def list_stages(call: Call) -> Json:
    asked = {"names": call.given.get("name") or None, "ordinals": call.given.get("ordinal") or None}
    rows, cursors = await list_page(call, STAGES, asked)
    return {"result": await _encode(call, rows), **forward(cursors)}


async def update_stage(call: Call) -> Json:
    values = dict(call.given)
    number = values.pop("id").number
    if "state_id" in values:
        values["state_id"] = values["state_id"].number
    await actions.change_stage(call.context, call.principal, number, values)
    return {"custom_stage": await _one(call, number)}


async def _one(call: Call, number: int) -> Json:
    return (await _encode(call, [await find_row(call, STAGES, number, "stage")]))[0]


async def _encode(call: Call, rows: Sequence[StageRow]) -> list[Json]:
    people = await people_of(call, rows)
    return [
        {
            **call.names.ids("custom_stage", row.id),
            "name": row.name,
            "ordinal": row.ordinal,
            "state": {**call.names.ids("custom_state", row.state_id), "name": row.state_name, "is_final": row.state_is_final},
            **stamps(row, people),
        }
        for row in rows
    ]


_ID = "id*  id:STAGE  The stage."
_ANSWER = "custom_stage*  custom-stage  The stage."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/stages.custom.create",
            create_stage,
            "Make a stage",
            """
            name*            text(1..256)  Its name, unique in the dev org.
            ordinal*         int32         Its place among the stages.
            state*           id:STATE      The state that it is in; says whether its conversations are closed.
            marketplace_ref  text          Not supported yet.
            """,
            _ANSWER,
            example={"name": "with_engineering", "ordinal": 4500, "state": "STATE-2"},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint("/stages.custom.get", get_stage, "Get a stage", _ID, _ANSWER, example={"id": "STAGE-1"}, refuses=(404,)),
        Endpoint(
            "/stages.custom.list",
            list_stages,
            "List stages",
            table(
                """
                name     [text]   With any of these names.
                ordinal  [int32]  With any of these ordinals.
                """,
                FORWARD,
                SORTING,
            ),
            table("result*  [custom-stage]  The stages.", FORWARD_CURSOR),
            text="The stock stages are among them.",
            example={"limit": 10},
        ),
        Endpoint(
            "/stages.custom.update",
            update_stage,
            "Change a stage",
            table(
                _ID,
                """
                name      text(1..256)  Its new name.
                ordinal   int32         Its new place.
                state_id  id:STATE      Its new state; its conversations close or open with it.
                """,
            ),
            _ANSWER,
            text="Of a stock stage only the ordinal changes.",
            example={"id": "STAGE-1", "ordinal": 1000},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "custom-stage",
            "Where a conversation can stand.",
            """
            id*            don        Its id.
            display_id     text       Its short id.
            name           text       Its name.
            ordinal        int32      Its place among the stages.
            state          state-ref  The state that it is in.
            created_by     user       Who made it.
            created_date   time       When.
            modified_by    user       Who changed it last.
            modified_date  time       When.
            """,
        ),
    ),
)
