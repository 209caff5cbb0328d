"""metric-definitions.*: what the targets of an SLA measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ..actions import metric_definitions as actions
from ..domain.problems import MissingField, NotFound
from ..reference.notation import shape, table
from ..store.metric_definitions import METRICS, MetricRow
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, people_of, stamps

_TYPES = "<conversation incident issue ticket>"
_STATUS = "<active inactive>"
_KEYS = ("name", "description", "applies_to", "status")


async def create_metric(call: Call) -> Json:
    return await _one(call, await actions.create_metric(call.context, call.principal, _values(call.given)))


async def get_metric(call: Call) -> Json:
    """By id, by name, or by both when they agree."""
    if not call.given:
        raise MissingField("id", "id or name is required")
    number, name = call.given.get("id"), call.given.get("name")
    rows = [await find_row(call, METRICS, number.number, "metric")] if number else []
    if number is None:
        rows = await METRICS.find(call.connection, call.tenant_id, {"name": name})
    elif name is not None:
        rows = [row for row in rows if row.name == name]
    if not rows:
        raise NotFound("no such metric")
    return {"metric_definition": (await _encode(call, rows))[0]}


async def list_metrics(call: Call) -> Json:
    given = call.given
    asked = {
        "types": given.get("type") or None,
        "applies_to": given.get("applies_to_type") or None,
        "statuses": given.get("status") or None,
        "is_custom": None if given.get("include_custom_metrics") else False,
    }
    rows, cursors = await list_page(call, METRICS, asked)
    return {"metric_definitions": await _encode(call, rows), **cursors}


async def update_metric(call: Call) -> Json:
    number = call.given["id"].number
    await actions.change_metric(call.context, call.principal, number, _values(call.given))
    return await _one(call, number)


async def delete_metric(call: Call) -> Response:
    await actions.delete_metric(call.context, call.principal, call.given["id"].number)
    return Response(status_code=204)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: given[key] for key in _KEYS if key in given}


async def _one(call: Call, number: int) -> Json:
    return {"metric_definition": (await _encode(call, [await find_row(call, METRICS, number, "metric")]))[0]}


async def _encode(call: Call, rows: Sequence[MetricRow]) -> list[Json]:
    people = await people_of(call, rows)
    return [{**call.names.ids("metric_definition", row.id), "name": row.name, **stamps(row, people)} for row in rows]


_ID = "id*  id:METRIC  The metric."
_DESCRIPTION = "description  text(..1024)  What it is for and how it works."
_ANSWER = "metric_definition*  metric-full  The metric."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/metric-definitions.create",
            create_metric,
            "Make a metric",
            table(
                f"applies_to*  [{_TYPES}](1..4)  What it can be measured on.",
                _DESCRIPTION,
                "name*  text(1..64)  Its name, unique in the dev org.",
            ),
            _ANSWER,
            example={"name": "Time to refund", "applies_to": ["conversation"]},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint(
            "/metric-definitions.get",
            get_metric,
            "Get a metric",
            table("id  id:METRIC  The metric.", "name  text(1..64)  Its name, in place of its id."),
            _ANSWER,
            example={"id": "METRIC-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/metric-definitions.list",
            list_metrics,
            "List metrics",
            table(
                f"""
                type                    [<time value>]  Of any of these types.
                applies_to_type         [{_TYPES}]  Measured on any of these.
                include_custom_metrics  bool  Whether metrics of your own are listed too; they are not when absent.
                status                  [{_STATUS}]  In any of these statuses.
                """,
                PAGING,
                SORTING,
            ),
            table("metric_definitions*  [metric-full]  The metrics.", CURSORS),
            example={"include_custom_metrics": True},
        ),
        Endpoint(
            "/metric-definitions.update",
            update_metric,
            "Change a metric",
            table(
                _ID,
                _DESCRIPTION,
                "name    text(1..64)  Its new name.",
                f"status  {_STATUS}  Whether new SLAs may use it.",
            ),
            _ANSWER,
            text="A stock metric cannot be changed.",
            example={"id": "METRIC-1", "status": "inactive"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
        Endpoint(
            "/metric-definitions.delete",
            delete_metric,
            "Delete a metric",
            _ID,
            "",
            text="Refused while an SLA or a tracker has it, and for a stock metric.",
            example={"id": "METRIC-1"},
            is_write=True,
            access="administrators",
            status=204,
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "metric-full",
            "What a target measures.",
            """
            id*            don   Its DON.
            display_id     text  METRIC-n.
            name           text  Its name.
            created_by     user  Who made it.
            created_date   time  When.
            modified_by    user  Who changed it last.
            modified_date  time  When.
            """,
        ),
    ),
)
