"""org-schedules.*: the hours that targets count in."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import org_schedules as actions
from ..domain.org_schedules import Calendar
from ..domain.problems import InvalidValue, NotFound
from ..reference.notation import shape, table
from ..store.org_schedule_fragments import FRAGMENTS
from ..store.org_schedules import SCHEDULES, get_version
from . import dates
from .encode_org_schedules import encode_schedules, evaluation
from .endpoints import Call, Endpoint, Family, Json
from .filters import date_filter
from .lists import CURSORS, PAGING, find_row, list_page
from .org_schedule_fragments import STATUS
from .sla_policies import ref_of
from .weeks import check_timezone, week, weeks

_NAME = "org schedule"


async def create_schedule(call: Call) -> Json:
    return await _one(call, await actions.create_schedule(call.context, call.principal, _values(call.given)))


async def get_schedule(call: Call) -> Json:
    """As it is, or as it was in an earlier version."""
    row = await find_row(call, SCHEDULES, call.given["id"].number, _NAME)
    wanted = call.given.get("version_number", row.version_number)
    if wanted != row.version_number:
        earlier = await get_version(call.connection, call.tenant_id, row.id, wanted)
        if earlier is None:
            raise NotFound(f"no such {_NAME}")
        row = earlier
    return {"org_schedule": (await encode_schedules(call, [row]))[0]}


async def list_schedules(call: Call) -> Json:
    given = call.given
    span = given["valid_until"].range(call.context.clock()) if "valid_until" in given else None
    asked = {
        "created_by": [str(ref_of(one)) for one in given.get("created_by_id", ())] or None,
        "statuses": given.get("status") or None,
        "valid_after": span and (span.after or dates.EARLIEST),
        "valid_before": span and span.before,
    }
    rows, cursors = await list_page(call, SCHEDULES, asked)
    return {"org_schedules": await encode_schedules(call, rows), **cursors}


async def update_schedule(call: Call) -> Json:
    number = call.given["id"].number
    await actions.change_schedule(call.context, call.principal, number, _values(call.given))
    return await _one(call, number)


async def transition_schedule(call: Call) -> Json:
    number = call.given["id"].number
    await actions.transition_schedule(call.context, call.principal, number, call.given["status"])
    return await _one(call, number)


async def set_future(call: Call) -> Json:
    number = call.given["id"].number
    await actions.set_future(call.context, call.principal, number, call.given["org_schedule_fragment_id"].number)
    return await _one(call, number)


async def evaluate_schedule(call: Call) -> Json:
    row = await find_row(call, SCHEDULES, call.given["id"].number, _NAME)
    fragments = await FRAGMENTS.get(call.connection, call.tenant_id, row.fragment_ids)
    calendar = Calendar(actions.build_schedule(row, [fragments[number] for number in row.fragment_ids]))
    evaluations = []
    for at in call.given["instants"]:
        evaluations.append(evaluation(at, calendar.evaluate(at)))
        await sleep(0)  # a thousand moments must not keep other requests waiting
    return {"instant_evaluations": evaluations}


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Wire names to columns."""
    values = {key: given[key] for key in ("name", "timezone", "min_valid_days") if key in given}
    if "timezone" in values:
        check_timezone("timezone", values["timezone"])
    if "default_weekly_org_schedule" in given:
        values["default_week"] = week("default_weekly_org_schedule", given["default_weekly_org_schedule"])
    if "weekly_org_schedules" in given:
        values["weeks"] = weeks("weekly_org_schedules", given["weekly_org_schedules"])
    if "org_schedule_fragments" in given:
        values["fragment_ids"] = _distinct([one["id"].number for one in given["org_schedule_fragments"]])
    return values


def _distinct(ids: Sequence[int]) -> list[int]:
    for place, number in enumerate(ids):
        if number in ids[:place]:
            raise InvalidValue(f"org_schedule_fragments[{place}].id", "the fragment is given twice")
    return list(ids)


async def _one(call: Call, number: int) -> Json:
    return {"org_schedule": (await encode_schedules(call, [await find_row(call, SCHEDULES, number, _NAME)]))[0]}


_ID = "id*  id:SCHED  The schedule."
_ANSWER = "org_schedule*  schedule-full  The schedule."
_FIELDS = """
    default_weekly_org_schedule  set-week            The week of days that have no other.
    min_valid_days               int64(0..2147483647)  For how many days from now it ought to be valid; tells, and changes nothing.
    org_schedule_fragments       [set-schedule-fragment](..50)  Its fragments, each beginning the day that the one before it ends.
    weekly_org_schedules         [set-week](..100)   The weeks of named periods.
"""

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/org-schedules.create",
            create_schedule,
            "Make a schedule",
            table(
                _FIELDS,
                "name*  text(1..256)  Its name.",
                "timezone*  text(1..64)  The time zone of its days and hours, as `Europe/Lisbon`.",
            ),
            _ANSWER,
            text="It begins as a draft.",
            example={
                "name": "Office",
                "timezone": "Europe/Lisbon",
                "default_weekly_org_schedule": {"period_name": "default", "intervals": [{"from": 540, "to": 1080}]},
            },
            is_write=True,
            access="administrators",
            status=201,
        ),
        Endpoint(
            "/org-schedules.evaluate",
            evaluate_schedule,
            "Ask whether moments are inside a schedule",
            table(_ID, "instants*  [time](1..100)  The moments."),
            "instant_evaluations*  [instant-evaluation]  One for each moment, in the same order.",
            text="By the clock on the wall of its time zone. A schedule without fragments has no holidays.",
            example={"id": "SCHED-1", "instants": ["2026-03-02T09:30:00Z"]},
            refuses=(404,),
        ),
        Endpoint(
            "/org-schedules.get",
            get_schedule,
            "Get a schedule",
            table(_ID, "version_number  int64(1..)  As it was in this version; the latest when absent."),
            _ANSWER,
            example={"id": "SCHED-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/org-schedules.list",
            list_schedules,
            "List schedules",
            table(
                f"""
                created_by_id  [id:person]  Made by any of these.
                status         [{STATUS}]  In any of these statuses.
                valid_until    date-filter  When they end.
                """,
                PAGING,
            ),
            table("org_schedules*  [schedule-full]  The schedules.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/org-schedules.set-future",
            set_future,
            "Put a fragment behind the last one",
            table(_ID, "org_schedule_fragment_id*  id:SCHEDFRAG  The fragment; it begins the day that the last one ends."),
            _ANSWER,
            example={"id": "SCHED-1", "org_schedule_fragment_id": "SCHEDFRAG-2"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/org-schedules.transition",
            transition_schedule,
            "Publish or archive a schedule",
            table(_ID, f"status*  {STATUS}  A draft becomes published, what is published archived."),
            _ANSWER,
            example={"id": "SCHED-1", "status": "published"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/org-schedules.update",
            update_schedule,
            "Change a schedule",
            table(_ID, _FIELDS, "name  text(1..256)  Its new name.", "timezone  text(1..64)  Its new time zone."),
            _ANSWER,
            text="A draft changes freely; to what is published, fragments can be added behind those it has; what is archived stays.",
            example={"id": "SCHED-1", "min_valid_days": 30},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(404,),
        ),
    ),
    own={"date-filter": date_filter},
    shapes=(
        shape(
            "schedule-full",
            "Business hours.",
            f"""
            id*                          don     Its DON.
            display_id                   text    SCHED-n.
            name                         text    Its name.
            status*                      {STATUS}  Whether it is in force.
            timezone                     text    As `Europe/Lisbon`.
            default_weekly_org_schedule  week    The week of days that have no other.
            weekly_org_schedules         [week]  The weeks of named periods.
            org_schedule_fragments       [fragment-overview]  Its fragments, in order.
            min_valid_days               int32   For how many days from now it ought to be valid.
            valid_until                  time    When it ends; absent while it is not well-defined.
            version_number               int64   Its version.
            created_by                   user    Who made it.
            created_date                 time    When.
            modified_by                  user    Who changed it last.
            modified_date                time    When.
            """,
        ),
        shape(
            "fragment-overview",
            "A fragment of a schedule.",
            """
            id    don   Its DON.
            from  time  Its first day.
            to    time  The first day that is no longer part of it.
            """,
        ),
        shape(
            "week",
            "The hours of a week.",
            """
            period_name  text  The period that it is for.
            intervals    [week-interval]  When it is on.
            """,
        ),
        shape(
            "week-interval",
            "Hours of a week, in minutes from Monday 00:00.",
            """
            from  int32  When they begin.
            to    int32  When they end.
            """,
        ),
        shape(
            "instant-evaluation",
            "Whether a moment is inside a schedule.",
            """
            at*              time  The moment.
            definedness*     <immutable mutable undefined>  Whether this can change; `undefined` where the schedule says nothing.
            is_active        bool  Whether it is inside.
            next_transition  time  When that changes next.
            """,
        ),
        shape(
            "set-week",
            "The hours of a week.",
            """
            period_name*  text(..256)  The period that it is for.
            intervals*    [set-week-interval](..200)  When it is on.
            """,
            closed=True,
        ),
        shape(
            "set-week-interval",
            "Hours of a week, in minutes from Monday 00:00.",
            """
            from*  int64(0..10080)  When they begin.
            to*    int64(0..10080)  When they end; more than from.
            """,
            closed=True,
        ),
        shape("set-schedule-fragment", "A fragment of a schedule.", "id*  id:SCHEDFRAG  Its id.", closed=True),
    ),
)
