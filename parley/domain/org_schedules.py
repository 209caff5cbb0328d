"""Business hours: weeks of intervals, fragments of days with holidays, and whether a moment falls inside.

Days and minutes are those of the schedule's time zone, by the clock on the wall: when clocks go back an interval lasts an
hour longer, when they go forward an hour less. A schedule without fragments has no holidays and its default week holds
always; one with fragments says nothing of the days beside them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct
from msgspec.structs import replace

FIRST_YEAR, LAST_YEAR = 1900, 2999
# A week's pattern shows all that it has within this; the second and third week are for hours that a change of clocks skips.
_PATTERN_DAYS = 22
# How many days a search for the next change looks at; the days of a long holiday count as one pattern.
_SEARCH_DAYS = 400
_DAY_MIN = 24 * 60
Definedness = Literal["immutable", "mutable", "undefined"]


class Week(Struct, frozen=True):
    """When it is on: half-open intervals in minutes of the week, 0 being Monday 00:00."""

    period_name: str
    intervals: tuple[tuple[int, int], ...]


class Period(Struct, frozen=True):
    """Days from ``starts_on`` to before ``ends_on`` that are off, or that have a week by this name."""

    starts_on: date
    ends_on: date
    name: str = ""
    is_excluded: bool = False


class Fragment(Struct, frozen=True):
    """Days from ``starts_on`` to before ``ends_on``; where periods overlap, off comes first and then the first named."""

    starts_on: date
    ends_on: date
    periods: tuple[Period, ...] = ()


class Schedule(Struct, frozen=True):
    """``fragments`` are contiguous and in order. ``is_fixed``: no longer a draft, so what they say does not change."""

    timezone: str
    default_week: Week | None = None
    weeks: tuple[Week, ...] = ()
    fragments: tuple[Fragment, ...] = ()
    is_fixed: bool = False


class Evaluation(NamedTuple):
    """``is_active`` is None where the schedule is not defined; ``next_transition`` where no change is known."""

    definedness: Definedness
    is_active: bool | None = None
    next_transition: datetime | None = None


class _Span(NamedTuple):
    """Days with one rule: from ``starts_on`` to before ``ends_on`` (None: for ever) these minutes are on; None is not defined."""

    intervals: tuple[tuple[int, int], ...] | None
    starts_on: date
    ends_on: date | None


def is_timezone(name: str) -> bool:
    """Whether it is an IANA name, as ``Europe/Lisbon``."""
    return name in _timezones()


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


class Calendar:
    """A schedule, ready to be asked about many moments."""

    def __init__(self, schedule: Schedule) -> None:
        default = schedule.default_week
        self._schedule = replace(
            schedule,
            default_week=None if default is None else _merged(default),
            weeks=tuple(map(_merged, schedule.weeks)),
        )
        self._zone = _zone(schedule.timezone)
        self._spans: dict[int, list[_Span]] = {}

    def evaluate(self, moment: datetime) -> Evaluation:
        """How the schedule stands at a moment."""
        if self._zone is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
            return Evaluation("undefined")
        local = moment.astimezone(self._zone)
        active = _is_on(self._span(local.date()), local)
        if active is None:
            return Evaluation("undefined")
        fixed = self._schedule.is_fixed and bool(self._schedule.fragments)
        return Evaluation("immutable" if fixed else "mutable", active, self._next_transition(self._zone, moment, active))

    def _next_transition(self, zone: ZoneInfo, moment: datetime, active: bool) -> datetime | None:
        """The first change after ``moment``; it can only lie on a bound of an interval, a midnight or a change of clocks."""
        day, days_left = moment.astimezone(zone).date(), _SEARCH_DAYS
        while day.year < LAST_YEAR and days_left > 0:
            span = self._span(day)
            if span.intervals is None:
                return None
            last = day + timedelta(days=_PATTERN_DAYS)
            end = min(last, span.ends_on or last)
            for candidate in _candidates(span, zone, day, end):
                if candidate > moment and (then := self._state(span, candidate.astimezone(zone))) != active:
                    return candidate if then is not None else None
            if span.ends_on is None:
                return None
            day, days_left = span.ends_on, days_left - (end - day).days
        return None

    def _state(self, near: _Span, local: datetime) -> bool | None:
        """Whether it is on at a local time; ``near`` is the span where that most likely lies."""
        day = local.date()
        inside = near.starts_on <= day and (near.ends_on is None or day < near.ends_on)
        return _is_on(near if inside else self._span(day), local)

    def _span(self, day: date) -> _Span:
        fragments = self._schedule.fragments
        if not fragments:
            return _Span(_intervals(self._schedule.default_week), date.min, None)
        place = bisect_right(fragments, day, key=lambda one: one.starts_on) - 1
        if place < 0 or day >= fragments[place].ends_on:
            return _Span(None, date.min, None)
        if place not in self._spans:
            self._spans[place] = list(_spans(self._schedule, fragments[place]))
        spans = self._spans[place]
        return spans[bisect_right(spans, day, key=lambda one: one.starts_on) - 1]


def valid_until(schedule: Schedule) -> datetime | None:
    """Where the last fragment ends; None while there is none, or while a day of it has no week."""
    named = {period.name for fragment in schedule.fragments for period in fragment.periods if not period.is_excluded and period.name}
    zone = _zone(schedule.timezone)
    if zone is None or not schedule.fragments or schedule.default_week is None or named - {week.period_name for week in schedule.weeks}:
        return None
    return _instant(schedule.fragments[-1].ends_on, 0, zone)


def first_gap(fragments: Sequence[Fragment]) -> int | None:
    """The place of the first fragment that does not begin the day that the one before it ends."""
    return next((i for i in range(1, len(fragments)) if fragments[i].starts_on != fragments[i - 1].ends_on), None)


def _is_on(span: _Span, local: datetime) -> bool | None:
    if span.intervals is None:
        return None
    minute = local.weekday() * _DAY_MIN + local.hour * 60 + local.minute
    place = bisect_right(span.intervals, minute, key=lambda one: one[0]) - 1
    return place >= 0 and minute < span.intervals[place][1]


def _candidates(span: _Span, zone: ZoneInfo, first: date, end: date) -> Iterable[datetime]:
    """Moments from ``first`` to the beginning of ``end`` at which the state may change, in order.

    What clocks going back at midnight bring twice lies behind the next day's beginning, so each day waits for that.
    """
    waiting: set[datetime] = set()
    day = first
    while day < end:
        begin = _instant(day, 0, zone)
        yield from sorted(one for one in waiting if one < begin)
        waiting = {one for one in waiting if one >= begin} | _of_one_day(span, zone, day)
        day += timedelta(days=1)
    yield from sorted(waiting | {_instant(end, 0, zone, fold) for fold in (0, 1)})


def _of_one_day(span: _Span, zone: ZoneInfo, day: date) -> set[datetime]:
    offset = day.weekday() * _DAY_MIN
    inside = {minute - offset for bounds in span.intervals or () for minute in bounds}
    minutes = {0, *(minute for minute in inside if 0 <= minute < _DAY_MIN)}
    return {_instant(day, minute, zone, fold) for minute in minutes for fold in (0, 1)} | _clock_changes(day, zone)


def _clock_changes(day: date, zone: ZoneInfo) -> set[datetime]:
    """When the clocks change on this day."""
    low, high = (_instant(one, 0, zone) for one in (day, day + timedelta(days=1)))
    before = low.astimezone(zone).utcoffset()
    if before == high.astimezone(zone).utcoffset():
        return set()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return {high}


def _spans(schedule: Schedule, fragment: Fragment) -> Iterator[_Span]:
    """A fragment's days by rule; neighbours differ."""
    bounds = {bound for period in fragment.periods for bound in (period.starts_on, period.ends_on)}
    days = sorted({fragment.starts_on, *(bound for bound in bounds if fragment.starts_on < bound < fragment.ends_on)})
    span: _Span | None = None
    for day in days:
        rule = _of_day(schedule, [period for period in fragment.periods if period.starts_on <= day < period.ends_on])
        if span is not None and span.intervals != rule:
            yield span._replace(ends_on=day)
        if span is None or span.intervals != rule:
            span = _Span(rule, day, fragment.ends_on)
    if span is not None:
        yield span


def _of_day(schedule: Schedule, periods: Sequence[Period]) -> tuple[tuple[int, int], ...] | None:
    if any(period.is_excluded for period in periods):
        return ()
    name = next((period.name for period in periods if period.name), None)
    if name is None:
        return _intervals(schedule.default_week)
    return _intervals(next((week for week in schedule.weeks if week.period_name == name), None))


def _merged(week: Week) -> Week:
    """The same hours as intervals in order that do not touch."""
    merged: list[tuple[int, int]] = []
    for first, end in sorted(week.intervals):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif first < end:
            merged.append((first, end))
    return Week(week.period_name, tuple(merged))


def _intervals(week: Week | None) -> tuple[tuple[int, int], ...] | None:
    return None if week is None else week.intervals


def _zone(name: str) -> ZoneInfo | None:
    """None for a name that came with an import and that nobody knows."""
    return ZoneInfo(name) if is_timezone(name) else None


def _instant(day: date, minute: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    """A wall time in UTC; one that the clocks skip falls as far behind the gap as it lay in it."""
    wall = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone)
    return wall.astimezone(UTC)
