"""org-schedule-fragments.*: some days with their holidays and named periods. A time given stands for its day in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from ..actions import org_schedule_fragments as actions
from ..domain.org_schedules import FIRST_YEAR, LAST_YEAR, Period
from ..domain.problems import InvalidValue
from ..reference.notation import shape, table
from ..store.org_schedule_fragments import FRAGMENTS, FragmentRow
from . import dates
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import find_row, people_of, stamps

STATUS = "<archived draft published>"


async def create_fragment(call: Call) -> Json:
    return await _one(call, await actions.create_fragment(call.context, call.principal, _values(call.given)))


async def get_fragment(call: Call) -> Json:
    return await _one(call, call.given["id"].number)


async def transition_fragment(call: Call) -> Json:
    number = call.given["id"].number
    await actions.transition_fragment(call.context, call.principal, number, call.given["status"])
    return await _one(call, number)


def show_day(day: date) -> str:
    """Midnight in UTC."""
    return dates.show(datetime.combine(day, time(), UTC))


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    starts_on, ends_on = _days("", given["from"], given["to"])
    return {
        "name": given["name"],
        "starts_on": starts_on,
        "ends_on": ends_on,
        "periods": [_period(f"intervals[{place}].", one) for place, one in enumerate(given["intervals"])],
        "region_codes": list(given.get("region_codes", ())),
    }


def _period(path: str, given: Mapping[str, Any]) -> Json:
    starts_on, ends_on = _days(path, given["from"], given.get("to"))
    period: Json = {"starts_on": starts_on, "ends_on": ends_on, "name": given["name"]}
    return period | ({"is_excluded": given["is_excluded"]} if "is_excluded" in given else {})


def _days(path: str, begin: datetime, end: datetime | None) -> tuple[date, date]:
    """The first day, and the first that is no longer part of it: the next one where no end is given."""
    for name, moment in (("from", begin), ("to", end)):
        if moment is not None and not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise InvalidValue(f"{path}{name}", f"{path}{name} must be in the years {FIRST_YEAR} to {LAST_YEAR - 1}")
    first = begin.date()
    last = end.date() if end is not None else first + timedelta(days=1)
    if last <= first:
        raise InvalidValue(f"{path}to", f"{path}to must be a later day than from")
    return first, last


async def _one(call: Call, number: int) -> Json:
    return {"org_schedule_fragment": await _encode(call, await find_row(call, FRAGMENTS, number, "org schedule fragment"))}


async def _encode(call: Call, row: FragmentRow) -> Json:
    people = await people_of(call, [row])
    return {
        **call.names.ids("org_schedule_fragment", row.id),
        "name": row.name,
        "from": show_day(row.starts_on),
        "to": show_day(row.ends_on),
        "intervals": [_interval(one) for one in msgspec.json.decode(row.periods, type=list[Period])],
        "region_codes": row.region_codes,
        "status": row.status,
        **stamps(row, people),
    }


def _interval(period: Period) -> Json:
    days = {"from": show_day(period.starts_on), "to": show_day(period.ends_on)}
    return without_none({**days, "is_excluded": period.is_excluded, "name": period.name or None})


_ID = "id*  id:SCHEDFRAG  The fragment."
_ANSWER = "org_schedule_fragment*  schedule-fragment  The fragment."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/org-schedule-fragments.create",
            create_fragment,
            "Make a fragment of a schedule",
            """
            from*         time    Its first day.
            intervals*    [set-schedule-interval](..400)  Days that are off, or that have a week of their own.
            name*         text(..256)  Its name.
            region_codes  [text(..16)](..300)  Regions that it is meant for; tells, and changes nothing.
            to*           time    The first day that is no longer part of it.
            """,
            _ANSWER,
            text="It begins as a draft. A time stands for its day in UTC.",
            example={
                "name": "Portugal 2026",
                "from": "2026-01-01T00:00:00Z",
                "to": "2027-01-01T00:00:00Z",
                "intervals": [{"name": "Christmas", "from": "2026-12-25T00:00:00Z", "is_excluded": True}],
            },
            is_write=True,
            access="administrators",
            status=201,
        ),
        Endpoint(
            "/org-schedule-fragments.get",
            get_fragment,
            "Get a fragment of a schedule",
            _ID,
            _ANSWER,
            example={"id": "SCHEDFRAG-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/org-schedule-fragments.transition",
            transition_fragment,
            "Publish or archive a fragment of a schedule",
            table(_ID, f"status*  {STATUS}  A draft becomes published, what is published archived."),
            _ANSWER,
            example={"id": "SCHEDFRAG-1", "status": "published"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "schedule-fragment",
            "Some days with their holidays.",
            f"""
            id*            don     Its DON.
            display_id     text    SCHEDFRAG-n.
            name           text    Its name.
            from           time    Its first day.
            to             time    The first day that is no longer part of it.
            intervals      [schedule-interval]  Days that are off, or that have a week of their own.
            region_codes   [text]  Regions that it is meant for.
            status*        {STATUS}  Whether it can be used.
            created_by     user    Who made it.
            created_date   time    When.
            modified_by    user    Who changed it last.
            modified_date  time    When.
            """,
        ),
        shape(
            "schedule-interval",
            "Days that are off, or that have a week of their own.",
            """
            from         time  The first day.
            to           time  The first day that is no longer part of it.
            is_excluded  bool  Whether they are off.
            name         text  What they are called, and by what name their week is found.
            """,
        ),
        shape(
            "set-schedule-interval",
            "Days that are off, or that have a week of their own.",
            """
            from*        time  The first day.
            to           time  The first day that is no longer part of it; the next one when absent.
            is_excluded  bool  Whether they are off.
            name*        text(..256)  What they are called, and by what name their week is found.
            """,
            closed=True,
        ),
    ),
)
