"""brands.*: the names under which a dev org meets its customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ..actions import brands as actions
from ..reference.notation import shape, table
from ..store.brands import BRANDS, BrandRow
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, people_of, stamps


async def create_brand(call: Call) -> Json:
    number = await actions.create_brand(call.context, call.principal, _values(call.given))
    return {"brand": await _one(call, number)}


async def get_brand(call: Call) -> Json:
    return {"brand": await _one(call, call.given["id"].number)}


async def list_brands(call: Call) -> Json:
    rows, cursors = await list_page(call, BRANDS, {})
    return {"brands": await _encode(call, rows), **cursors}


async def update_brand(call: Call) -> Json:
    number = call.given["id"].number
    await actions.change_brand(call.context, call.principal, number, _values(call.given))
    return {"brand": await _one(call, number)}


async def delete_brand(call: Call) -> Response:
    """204, as documented: this one delete has no body."""
    await actions.delete_brand(call.context, call.principal, call.given["id"].number)
    return Response(status_code=204)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: given[key] for key in ("name", "description") if key in given}


async def _one(call: Call, number: int) -> Json:
    return (await _encode(call, [await find_row(call, BRANDS, number, "brand")]))[0]


async def _encode(call: Call, rows: Sequence[BrandRow]) -> list[Json]:
    people = await people_of(call, rows)
    return [
        {
            **call.names.ids("brand", row.id),
            "name": row.name,
            **without_none({"description": row.description}),
            **stamps(row, people),
        }
        for row in rows
    ]


_ID = "id*  id:BRAND  The brand."
_DESCRIPTION = "description  text(..65536)  What the brand stands for."
_ANSWER = "brand*  brand-full  The brand."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/brands.create",
            create_brand,
            "Make a brand",
            table("name*  text(1..50)  Its name.", _DESCRIPTION),
            _ANSWER,
            example={"name": "Acme Home"},
            is_write=True,
            access="administrators",
            status=201,
        ),
        Endpoint("/brands.get", get_brand, "Get a brand", _ID, _ANSWER, example={"id": "BRAND-1"}, refuses=(404,)),
        Endpoint(
            "/brands.list",
            list_brands,
            "List brands",
            table(PAGING, SORTING),
            table("brands*  [brand-full]  The brands.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/brands.update",
            update_brand,
            "Change a brand",
            table(_ID, "name  text(1..255)  Its new name.", _DESCRIPTION),
            _ANSWER,
            example={"id": "BRAND-1", "description": "Everything for the home"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/brands.delete",
            delete_brand,
            "Delete a brand",
            _ID,
            "",
            text="Refused while a conversation has it.",
            example={"id": "BRAND-1"},
            is_write=True,
            access="administrators",
            status=204,
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "brand-full",
            "A name under which a dev org meets its customers.",
            """
            id*            don   Its id.
            display_id     text  Its short id.
            name*          text  Its name.
            description    text  What it stands for.
            created_by     user  Who made it.
            created_date   time  When.
            modified_by    user  Who changed it last.
            modified_date  time  When.
            """,
        ),
    ),
)
