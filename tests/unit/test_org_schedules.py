"""Schedules against a reading of the same rules minute by minute, with the clocks of real time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.domain.org_schedules import Calendar, Evaluation, Fragment, Period, Schedule, Week, valid_until

# Clocks that change by an hour, by half an hour, at midnight, never; a day that was skipped (Apia, 2011-12-30).
ZONES = (
    "UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia",
    "Africa/Casablanca", "Asia/Beirut",
)  # fmt: skip
# Around changes of clocks of those zones.
STARTS = (
    date(2011, 12, 28), date(2016, 2, 18), date(2018, 11, 1), date(2021, 3, 25), date(2021, 10, 28), date(2022, 11, 4), date(2023, 3, 24),
    date(2024, 4, 4),
)  # fmt: skip
WEEKDAYS = Week("default", tuple((day * 1440 + 540, day * 1440 + 1080) for day in range(5)))
minutes = st.one_of(
    st.integers(0, 10_080), st.sampled_from([day * 1440 + at for day in range(7) for at in (0, 60, 90, 120, 150, 180, 1410)])
)


@st.composite
def weeks(draw: st.DrawFn, name: str) -> Week:
    bounds = draw(st.lists(st.tuples(minutes, minutes), max_size=6))
    return Week(name, tuple((min(pair), max(pair)) for pair in bounds if pair[0] != pair[1]))


@st.composite
def schedules(draw: st.DrawFn, start: date) -> Schedule:
    fragments, first = [], start
    for length in draw(st.lists(st.integers(1, 9), max_size=3)):
        periods = [
            Period(first + timedelta(days=at), first + timedelta(days=at + days), name, off)
            for at, days, name, off in draw(
                st.lists(st.tuples(st.integers(0, 8), st.integers(1, 3), st.sampled_from(["", "rush", "lost"]), st.booleans()), max_size=2)
            )
        ]
        fragments.append(Fragment(first, first + timedelta(days=length), tuple(periods)))
        first += timedelta(days=length)
    default = draw(st.none() | weeks("default"))
    named = (draw(weeks("rush")),)
    return Schedule(draw(st.sampled_from(ZONES)), default, named, tuple(fragments), draw(st.booleans()))


def evaluate(schedule: Schedule, moment: datetime) -> Evaluation:
    return Calendar(schedule).evaluate(moment)


def state(schedule: Schedule, moment: datetime) -> bool | None:
    """The rules of the document, read plainly."""
    local = moment.astimezone(ZoneInfo(schedule.timezone))
    day, week = local.date(), schedule.default_week
    if schedule.fragments:
        covering = [one for one in schedule.fragments if one.starts_on <= day < one.ends_on]
        if not covering:
            return None
        periods = [one for one in covering[0].periods if one.starts_on <= day < one.ends_on]
        if any(one.is_excluded for one in periods):
            return False
        if names := [one.name for one in periods if one.name]:
            week = {one.period_name: one for one in schedule.weeks}.get(names[0])
    if week is None:
        return None
    return any(first <= local.weekday() * 1440 + local.hour * 60 + local.minute < end for first, end in week.intervals)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_every_moment_is_as_a_plain_reading_says(data: st.DataObject) -> None:
    start = data.draw(st.sampled_from(STARTS))
    schedule = data.draw(schedules(start))
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(minutes=data.draw(st.integers(-1440, 10_080)))
    found = evaluate(schedule, moment)
    now = state(schedule, moment)
    assert found.is_active == now
    fixed = schedule.is_fixed and bool(schedule.fragments)
    assert found.definedness == ("undefined" if now is None else "immutable" if fixed else "mutable")
    later = (moment + timedelta(minutes=minute) for minute in range(1, 8 * 1440))
    change = next((one for one in later if state(schedule, one) != now), None) if now is not None else None
    if change is not None:
        assert found.next_transition == (change if state(schedule, change) is not None else None)
    elif found.next_transition is not None:
        assert found.next_transition >= moment + timedelta(days=8), "a change that no minute shows"
        assert state(schedule, found.next_transition) == (not now)


@pytest.mark.parametrize(
    ("zone", "moment", "active", "then"),
    [
        # Monday 09:00 to 18:00: before, at the bound, inside, at the end, over the weekend.
        ("UTC", "2024-03-04T08:59:59", False, "2024-03-04T09:00:00"),
        ("UTC", "2024-03-04T09:00:00", True, "2024-03-04T18:00:00"),
        ("UTC", "2024-03-04T18:00:00", False, "2024-03-05T09:00:00"),
        ("UTC", "2024-03-08T20:00:00", False, "2024-03-11T09:00:00"),
        # The Friday before the clocks go forward in Rome, and the Monday behind.
        ("Europe/Rome", "2024-03-29T17:30:00", False, "2024-04-01T07:00:00"),
        ("Europe/Rome", "2024-03-29T16:30:00", True, "2024-03-29T17:00:00"),
        ("Asia/Kolkata", "2024-03-04T03:30:00", True, "2024-03-04T12:30:00"),
    ],
)
def test_office_hours(zone: str, moment: str, active: bool, then: str) -> None:
    found = evaluate(Schedule(zone, WEEKDAYS), datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert found == ("mutable", active, datetime.fromisoformat(then).replace(tzinfo=UTC))


def test_hours_that_the_clocks_skip_wait_a_week_and_hours_that_come_twice_last_twice() -> None:
    night = Schedule("Europe/Rome", Week("default", ((6 * 1440 + 120, 6 * 1440 + 180),)))  # Sunday 02:00 to 03:00
    assert evaluate(night, datetime(2024, 3, 31, 0, tzinfo=UTC)).next_transition == datetime(2024, 4, 7, 0, tzinfo=UTC)
    autumn = evaluate(night, datetime(2024, 10, 27, 0, 30, tzinfo=UTC))
    assert (autumn.is_active, autumn.next_transition) == (True, datetime(2024, 10, 27, 2, tzinfo=UTC))


def test_a_bound_that_the_clocks_skip_lies_where_they_change_and_one_that_comes_twice_comes_twice() -> None:
    half = Schedule("Europe/Rome", Week("default", ((6 * 1440 + 90, 6 * 1440 + 150),)))  # Sunday 01:30 to 02:30
    changes, moment = [], datetime(2024, 10, 26, 20, tzinfo=UTC)
    while len(changes) < 4 and (then := evaluate(half, moment).next_transition) is not None:
        changes.append((moment := then).strftime("%H:%M"))
    assert changes == ["23:30", "00:30", "01:00", "01:30"]
    late = Schedule("Europe/Rome", Week("default", ((6 * 1440 + 150, 6 * 1440 + 240),)))  # Sunday 02:30 to 04:00
    assert evaluate(late, datetime(2024, 3, 31, 0, tzinfo=UTC)).next_transition == datetime(2024, 3, 31, 1, tzinfo=UTC)


def test_a_long_holiday_is_passed_over_and_always_is_for_ever() -> None:
    years = Fragment(date(2024, 1, 1), date(2800, 1, 1), (Period(date(2024, 1, 1), date(2799, 12, 31), "sleep", is_excluded=True),))
    found = evaluate(Schedule("UTC", WEEKDAYS, (), (years,), is_fixed=True), datetime(2024, 3, 4, tzinfo=UTC))
    assert found == ("immutable", False, datetime(2799, 12, 31, 9, tzinfo=UTC))
    assert evaluate(Schedule("UTC", Week("", ((0, 10_080),))), datetime(2024, 3, 4, tzinfo=UTC)) == ("mutable", True, None)


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_time_are_not_defined(moment: datetime) -> None:
    assert evaluate(Schedule("Asia/Kolkata", WEEKDAYS), moment).definedness == "undefined"


def test_an_imported_time_zone_that_nobody_knows_defines_nothing() -> None:
    assert evaluate(Schedule("Atlantis/Capital", WEEKDAYS), datetime(2024, 3, 4, 10, tzinfo=UTC)) == ("undefined", None, None)


def test_valid_until_is_the_end_of_a_well_defined_schedule() -> None:
    fragment = Fragment(date(2024, 1, 1), date(2025, 1, 1), (Period(date(2024, 5, 1), date(2024, 5, 2), "rush"),))
    week = Week("rush", ())
    assert valid_until(Schedule("Asia/Kolkata", WEEKDAYS, (week,), (fragment,))) == datetime(2024, 12, 31, 18, 30, tzinfo=UTC)
    assert valid_until(Schedule("UTC", WEEKDAYS, (), (fragment,))) is None, "a named period has no week"
    assert valid_until(Schedule("UTC", None, (week,), (fragment,))) is None
    assert valid_until(Schedule("UTC", WEEKDAYS)) is None
