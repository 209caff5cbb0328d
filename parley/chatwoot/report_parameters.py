"""What every report's query says: when, of whom, in which steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..domain.problems import InvalidValue, NotFound
from ..domain.reports import PERIODS, Period, Span, Subject
from ..store import reports
from .endpoints import Call

SPAN = """
    since  int64  From this second since 1970.
    until  int64  Until just before this second.
"""
HOURS = """
    business_hours  bool  Whether times count the inbox's working hours only.
"""
STEPS = f"""
    group_by         <{" ".join(PERIODS)}>  How long a step is; `day` when absent.
    timezone_offset  number(-14..14)  The asker's hours from UTC: where a day begins.
"""
SUBJECT = """
    type*  <account agent inbox label team>  What it is about.
    id     int64  Which agent, inbox, label or team.
"""
_LATEST = 253_402_300_799
_MOST_STEPS = 20_000
_STEP_S: dict[Period, int] = {"hour": 3600, "day": 86_400, "week": 604_800, "month": 2_419_200, "year": 31_536_000}


def span(given: Mapping[str, Any]) -> Span:
    """Raises InvalidValue for a time that no calendar has."""
    return Span(*(_moment(given, name) for name in ("since", "until")))


def _moment(given: Mapping[str, Any], name: str) -> datetime | None:
    if name not in given:
        return None
    if not 0 <= given[name] <= _LATEST:
        raise InvalidValue(name, f"{name} must be seconds since 1970")
    return datetime.fromtimestamp(given[name], UTC)


def offset(given: Mapping[str, Any]) -> timedelta:
    return timedelta(hours=given.get("timezone_offset", 0))


def period(given: Mapping[str, Any], asked: Span) -> Period:
    """The step. Raises InvalidValue for a span that would take too many of them."""
    step: Period = given.get("group_by", "day")
    if asked.since is not None and asked.until is not None and (asked.until - asked.since).total_seconds() > _STEP_S[step] * _MOST_STEPS:
        raise InvalidValue("group_by", f"from since to until there are more than {_MOST_STEPS} steps of one {step}")
    return step


async def subject(call: Call) -> tuple[Subject, int | None]:
    """Whom it is about. Raises NotFound for an agent, inbox, label or team that the account has not."""
    kind: Subject = call.given["type"]
    number = call.given.get("id")
    if kind == "account":
        return kind, None
    if number not in await reports.list_named(call.connection, call.tenant_id, kind):
        raise NotFound()
    return kind, number
