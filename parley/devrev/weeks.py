"""Weeks of a schedule, from the wire to what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.org_schedules import is_timezone
from ..domain.problems import InvalidValue
from .endpoints import Json


def week(path: str, given: Mapping[str, Any]) -> Json:
    """Raises InvalidValue for an interval that ends before it begins."""
    for place, one in enumerate(given["intervals"]):
        if one["to"] <= one["from"]:
            field = f"{path}.intervals[{place}].to"
            raise InvalidValue(field, f"{field} must be more than from")
    return {"period_name": given["period_name"], "intervals": [[one["from"], one["to"]] for one in given["intervals"]]}


def weeks(path: str, given: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Raises InvalidValue for a second week of the same name."""
    names = [one["period_name"] for one in given]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidValue(f"{path}[{place}].period_name", f"there are two weeks for {name!r}")
    return [week(f"{path}[{place}]", one) for place, one in enumerate(given)]


def check_timezone(field: str, name: str) -> None:
    """Raises InvalidValue for a name that is not in the IANA database."""
    if not is_timezone(name):
        raise InvalidValue(field, f"{field} must be an IANA time zone such as America/New_York")
