"""states.custom.*: what stages belong to; the stock states are listed with the tenant's own (contract 2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import stages as actions
from ..reference.notation import shape, table
from ..store.stages import STATES, StateRow
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import SORTING, find_row, list_page, people_of, stamps

FORWARD = """
    cursor  text            Where to go on: the `cursor` of an answer to the same request.
    limit   int32(1..1000)  How many at most; 50 when absent.
"""
FORWARD_CURSOR = "cursor  text  Where the list goes on; absent at its end."


async def create_state(call: Call) -> Json:
    number = await actions.create_state(call.context, call.principal, call.given)
    return {"custom_state": await _one(call, number)}


async def get_state(call: Call) -> Json:
    return {"custom_state": await _one(call, call.given["id"].number)}


async def list_states(call: Call) -> Json:
    given = call.given
    asked = {"names": given.get("name") or None, "ordinals": given.get("ordinal") or None, "is_final": given.get("is_final")}
    rows, cursors = await list_page(call, STATES, asked)
    return {"result": await _encode(call, rows), **forward(cursors)}


async def update_state(call: Call) -> Json:
    values = dict(call.given)
    number = values.pop("id").number
    await actions.change_state(call.context, call.principal, number, values)
    return {"custom_state": await _one(call, number)}


def forward(cursors: Json) -> Json:
    """The one cursor of a list that only goes on."""
    return without_none({"cursor": cursors.get("next_cursor")})


async def _one(call: Call, number: int) -> Json:
    return (await _encode(call, [await find_row(call, STATES, number, "state")]))[0]


async def _encode(call: Call, rows: Sequence[StateRow]) -> list[Json]:
    people = await people_of(call, rows)
    return [
        {
            **call.names.ids("custom_state", row.id),
            "name": row.name,
            "ordinal": row.ordinal,
            "is_final": row.is_final,
            **stamps(row, people),
        }
        for row in rows
    ]


_ID = "id*  id:STATE  The state."
_ANSWER = "custom_state*  custom-state  The state."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/states.custom.create",
            create_state,
            "Make a state",
            """
            name*     text(1..256)  Its name, unique in the dev org.
            ordinal*  int32         Its place among the states.
            is_final  bool          Whether conversations in it are closed; false when absent.
            """,
            _ANSWER,
            example={"name": "on_site", "ordinal": 4},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint("/states.custom.get", get_state, "Get a state", _ID, _ANSWER, example={"id": "STATE-1"}, refuses=(404,)),
        Endpoint(
            "/states.custom.list",
            list_states,
            "List states",
            table(
                """
                name      [text]   With any of these names.
                ordinal   [int32]  With any of these ordinals.
                is_final  bool     Only final states, or only others.
                """,
                FORWARD,
                SORTING,
            ),
            table("result*  [custom-state]  The states.", FORWARD_CURSOR),
            text="The stock states are among them.",
            example={"limit": 10},
        ),
        Endpoint(
            "/states.custom.update",
            update_state,
            "Change a state",
            table(
                _ID,
                """
                name      text(1..256)  Its new name.
                ordinal   int32         Its new place.
                is_final  bool          Whether conversations in it are closed.
                """,
            ),
            _ANSWER,
            text="Of a stock state only the ordinal changes.",
            example={"id": "STATE-1", "ordinal": 1},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "custom-state",
            "What stages belong to.",
            """
            id*            don    Its id.
            display_id     text   Its short id.
            name           text   Its name.
            ordinal        int32  Its place among the states.
            is_final       bool   Whether conversations in it are closed.
            created_by     user   Who made it.
            created_date   time   When.
            modified_by    user   Who changed it last.
            modified_date  time   When.
            """,
        ),
    ),
)
