"""works.*: tickets and issues, as much of them as conversations need (contract 2.2)."""

from __future__ import annotations

from dataclasses import replace

from ..actions import works as actions
from ..domain.problems import InvalidValue, NotFound
from ..domain.works import WorkKind
from ..reference.notation import table
from ..store.works import WORKS, find_work
from . import filters
from .encode_works import encode
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, list_page
from .reference import works as tables
from .works_decode import kind_of, kind_of_id, to_asked, write

# Counting stops here; ``has_more`` says that it did.
COUNT_MOST = 10_000


async def create_work(call: Call) -> Json:
    kind = kind_of(call.given)
    number = await actions.create_work(call.context, call.principal, kind, write(kind, call.given))
    return {"work": await _one(call, kind, number)}


async def get_work(call: Call) -> Json:
    one = call.given["id"]
    return {"work": await _one(call, kind_of_id(one), one.number)}


async def list_works(call: Call) -> Json:
    asked = await to_asked(call.connection, call.tenant_id, call.given, call.context.clock())
    rows, cursors = await list_page(call, WORKS, asked)
    return {"works": await encode(call, rows), **cursors}


async def export_works(call: Call) -> Json:
    """One page from the start, however large: an export has no cursor."""
    asked = await to_asked(call.connection, call.tenant_id, call.given, call.context.clock())
    page = replace(call, given=call.given | {"limit": call.given.get("first", filters.DEFAULT_LIMIT)})
    rows, _ = await list_page(page, WORKS, asked)
    return {"works": await encode(call, rows)}


async def count_works(call: Call) -> Json:
    asked = await to_asked(call.connection, call.tenant_id, call.given, call.context.clock())
    found = await WORKS.count(call.connection, call.tenant_id, asked, at_most=COUNT_MOST + 1)
    return {"count": min(found, COUNT_MOST), "has_more": found > COUNT_MOST}


async def update_work(call: Call) -> Json:
    one = call.given["id"]
    kind = kind_of_id(one)
    if "type" in call.given and kind_of(call.given) != kind:
        raise InvalidValue("type", f"the id is that of a work of type {kind}", allowed=[kind])
    await actions.change_work(call.context, call.principal, kind, one.number, write(kind, call.given))
    return {"work": await _one(call, kind, one.number)}


async def delete_work(call: Call) -> Json:
    one = call.given["id"]
    await actions.delete_work(call.context, call.principal, kind_of_id(one), one.number)
    return {}


async def _one(call: Call, kind: WorkKind, number: int) -> Json:
    row = await find_work(call.connection, call.tenant_id, kind, number)
    if row is None:
        raise NotFound(f"no such {kind}")
    return (await encode(call, [row]))[0]


_ID = "id*  id:TKT/ISS  The ticket or issue."
_ANSWER = "work*  work-full  The ticket or issue."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/works.create",
            create_work,
            "Make a ticket or an issue",
            tables.CREATE,
            _ANSWER,
            example={"type": "ticket", "title": "The parcel is late", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint("/works.get", get_work, "Get a ticket or an issue", _ID, _ANSWER, example={"id": "TKT-1"}, refuses=(404,)),
        Endpoint(
            "/works.list",
            list_works,
            "List tickets and issues",
            table(tables.FILTERS, PAGING, SORTING),
            table("works*  [work-full]  The tickets and issues.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/works.export",
            export_works,
            "Export tickets and issues",
            table(tables.FILTERS, "first  int32(1..5000)  How many at most; 50 when absent.", SORTING),
            "works*  [work-full]  The tickets and issues.",
            example={"first": 5000},
        ),
        Endpoint(
            "/works.count",
            count_works,
            "Count tickets and issues",
            tables.FILTERS,
            """
            count*     int32  How many there are, up to 10,000.
            has_more*  bool   Whether there are more.
            """,
            example={"type": ["ticket"]},
        ),
        Endpoint(
            "/works.update",
            update_work,
            "Change a ticket or an issue",
            tables.UPDATE,
            _ANSWER,
            example={"id": "TKT-1", "stage": {"name": "work_in_progress"}},
            is_write=True,
            refuses=(404,),
        ),
        Endpoint(
            "/works.delete",
            delete_work,
            "Delete a ticket or an issue",
            _ID,
            "",
            text="Its links go with it.",
            example={"id": "TKT-1"},
            is_write=True,
            refuses=(404,),
        ),
    ),
    shapes=(*tables.REQUESTS, *tables.SHAPES),
    own={"date-filter": filters.date_filter},
)
