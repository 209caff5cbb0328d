"""Making, changing and publishing schedules. A draft is edited; what is published only grows into the future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..domain.org_schedules import Fragment, Period, Schedule, Week, first_gap, valid_until
from ..domain.principals import Principal
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..domain.service_levels import check_transition
from ..store.database import Connection
from ..store.org_schedule_fragments import FRAGMENTS, FragmentRow
from ..store.org_schedules import SCHEDULES, ScheduleRow, keep_version, lock_schedule
from .context import Context
from .nouns import change, changing, create


async def create_schedule(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new schedule's id; it is a draft. Raises InvalidId for a fragment that is not there, InvalidValue for one that does not fit."""
    async with changing(context, principal, administrator=True) as connection:
        fragments = await _get_fragments(connection, principal, values.get("fragment_ids", ()))
        _check_new(fragments, range(len(fragments)), is_published=False)
        whole = {"status": "draft", **values, "valid_until": valid_until(_schedule(values, fragments))}
        return await create(connection, context, principal, SCHEDULES, whole)


async def change_schedule(context: Context, principal: Principal, schedule_id: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, and what ``create_schedule`` does; InvalidValue for what the status no longer lets change."""
    async with changing(context, principal, administrator=True) as connection:
        row = await _lock(connection, principal, schedule_id)
        _check_editable(row, values)
        await _change(connection, context, principal, row, values)


async def transition_schedule(context: Context, principal: Principal, schedule_id: int, status: str) -> None:
    """Raises NotFound; InvalidValue when the status does not follow, and for publishing over a fragment that is not published."""
    async with changing(context, principal, administrator=True) as connection:
        row = await _lock(connection, principal, schedule_id)
        check_transition(row.status, status)
        if status == "published":
            _check_published(await _get_fragments(connection, principal, row.fragment_ids))
        await keep_version(connection, principal.tenant.id, schedule_id)
        await change(connection, context, principal, SCHEDULES, schedule_id, {"status": status})


async def set_future(context: Context, principal: Principal, schedule_id: int, fragment_id: int) -> None:
    """Puts a fragment behind the last one. Raises NotFound, InvalidId, and InvalidValue when it does not begin there."""
    async with changing(context, principal, administrator=True) as connection:
        row = await _lock(connection, principal, schedule_id)
        if row.status == "archived":
            raise InvalidValue("id", "the schedule is archived")
        ids = [*row.fragment_ids, fragment_id]
        await _change(connection, context, principal, row, {"fragment_ids": ids}, field="org_schedule_fragment_id")


def build_schedule(row: ScheduleRow, fragments: Sequence[FragmentRow]) -> Schedule:
    """What a row and its fragments mean."""
    week = msgspec.json.decode(row.default_week, type=Week) if row.default_week is not None else None
    weeks = msgspec.json.decode(row.weeks, type=tuple[Week, ...])
    return Schedule(row.timezone, week, weeks, _fragments(fragments), is_fixed=row.status != "draft")


async def _lock(connection: Connection, principal: Principal, schedule_id: int) -> ScheduleRow:
    tenant_id = principal.tenant.id
    if await lock_schedule(connection, tenant_id, schedule_id) is None:
        raise NotFound("no such org schedule")
    return (await SCHEDULES.get(connection, tenant_id, [schedule_id]))[schedule_id]


async def _change(
    connection: Connection,
    context: Context,
    principal: Principal,
    row: ScheduleRow,
    values: Mapping[str, Any],
    *,
    field: str = "org_schedule_fragments",
) -> None:
    if not values:
        return
    fragments = await _get_fragments(connection, principal, values.get("fragment_ids", row.fragment_ids), field)
    if "fragment_ids" in values:
        new = [place for place, one in enumerate(fragments) if one.id not in row.fragment_ids]
        _check_new(fragments, new, is_published=row.status == "published", field=field)
    now = {
        "timezone": row.timezone,
        "default_week": row.default_week and msgspec.json.decode(row.default_week),
        "weeks": msgspec.json.decode(row.weeks),
    }
    until = valid_until(_schedule({**now, **values}, fragments))
    await keep_version(connection, principal.tenant.id, row.id)
    await change(connection, context, principal, SCHEDULES, row.id, {**values, "valid_until": until})


def _check_editable(row: ScheduleRow, values: Mapping[str, Any]) -> None:
    if row.status == "archived" and values:
        raise InvalidValue("id", "the schedule is archived")
    if row.status != "published":
        return
    for column in values:
        if column != "fragment_ids":
            field = {"default_week": "default_weekly_org_schedule", "weeks": "weekly_org_schedules"}.get(column, column)
            raise InvalidValue(field, f"{field}: the schedule is published; only fragments can be added to it")
    if "fragment_ids" in values and list(values["fragment_ids"][: len(row.fragment_ids)]) != row.fragment_ids:
        raise InvalidValue("org_schedule_fragments", "the schedule is published; fragments can only be added behind those it has")


async def _get_fragments(
    connection: Connection, principal: Principal, ids: Sequence[int], field: str = "org_schedule_fragments"
) -> list[FragmentRow]:
    """The fragments in order. Raises InvalidId."""
    found = await FRAGMENTS.get(connection, principal.tenant.id, ids)
    for place, number in enumerate(ids):
        if number not in found:
            raise InvalidId(_at(field, place), "there is no such org schedule fragment")
    return [found[number] for number in ids]


def _check_new(fragments: Sequence[FragmentRow], new: Sequence[int], *, is_published: bool, field: str = "org_schedule_fragments") -> None:
    """Raises InvalidValue for a fragment that leaves a gap or cannot be used."""
    if (place := first_gap(_fragments(fragments))) is not None:
        raise InvalidValue(_at(field, place), f"it must begin on {fragments[place - 1].ends_on}, the day that the one before it ends")
    for place in new:
        status = fragments[place].status
        if status == "archived" or (is_published and status == "draft"):
            raise InvalidValue(_at(field, place), f"the fragment is {status}")


def _check_published(fragments: Sequence[FragmentRow]) -> None:
    draft = next((one for one in fragments if one.status == "draft"), None)
    if draft is not None:
        raise InvalidValue("status", f"the fragment {draft.name!r} is still a draft")


def _at(field: str, place: int) -> str:
    return f"{field}[{place}].id" if field == "org_schedule_fragments" else field


def _schedule(values: Mapping[str, Any], fragments: Sequence[FragmentRow]) -> Schedule:
    week = values.get("default_week")
    return Schedule(
        timezone=values["timezone"],
        default_week=None if week is None else msgspec.convert(week, Week),
        weeks=msgspec.convert(values.get("weeks", ()), tuple[Week, ...]),
        fragments=_fragments(fragments),
    )


def _fragments(rows: Sequence[FragmentRow]) -> tuple[Fragment, ...]:
    return tuple(Fragment(row.starts_on, row.ends_on, msgspec.json.decode(row.periods, type=tuple[Period, ...])) for row in rows)
