"""Schedules on this wire, and what they say of a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..domain.org_schedules import Evaluation, Week
from ..store.org_schedule_fragments import FRAGMENTS, FragmentRow
from ..store.org_schedules import ScheduleRow
from . import dates
from .dons import Dons
from .encode_people import People, without_none
from .encode_sla import org_schedule
from .endpoints import Call, Json
from .lists import people_of, stamps
from .org_schedule_fragments import show_day


async def encode_schedules(call: Call, rows: Sequence[ScheduleRow]) -> list[Json]:
    fragments = await FRAGMENTS.get(call.connection, call.tenant_id, (number for row in rows for number in row.fragment_ids))
    people = await people_of(call, rows)
    return [_schedule(call.names, people, row, fragments) for row in rows]


def evaluation(at: datetime, found: Evaluation) -> Json:
    then = dates.show(found.next_transition) if found.next_transition is not None else None
    shown = {"at": dates.show(at), "definedness": found.definedness, "is_active": found.is_active, "next_transition": then}
    return without_none(shown)


def _schedule(names: Dons, people: People, row: ScheduleRow, fragments: Mapping[int, FragmentRow]) -> Json:
    shown = org_schedule(names, row.id, name=row.name, status=row.status, timezone=row.timezone, valid_until=row.valid_until)
    if row.default_week is not None:
        shown["default_weekly_org_schedule"] = _week(msgspec.json.decode(row.default_week, type=Week))
    shown["weekly_org_schedules"] = [_week(one) for one in msgspec.json.decode(row.weeks, type=list[Week])]
    shown["org_schedule_fragments"] = [_overview(names, fragments[number]) for number in row.fragment_ids]
    return shown | {"min_valid_days": row.min_valid_days, "version_number": row.version_number} | stamps(row, people)


def _overview(names: Dons, row: FragmentRow) -> Json:
    return {"id": names.don("org_schedule_fragment", row.id), "from": show_day(row.starts_on), "to": show_day(row.ends_on)}


def _week(week: Week) -> Json:
    return {"period_name": week.period_name, "intervals": [{"from": first, "to": end} for first, end in week.intervals]}
