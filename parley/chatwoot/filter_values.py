"""The values of a filter's condition (contract 3.2): each type's reader, from the JSON that came to what the store compares.

A reader takes what ``listed`` made of ``values`` and raises ValueError for one that is none of its type.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from ..domain.conversations import PRIORITIES
from ..domain.stages import STATUSES
from .parameters import BIGINT

Values: TypeAlias = tuple[Any, ...]
ReadValues: TypeAlias = Callable[[list[Any]], Values]
_YES, _NO = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")
_LARGEST_EXPONENT = 1000


def listed(values: Any) -> list[Any]:
    """One value may stand for its list. Raises ValueError for a blank one and for anything nested."""
    found = values if isinstance(values, list) else [values]
    if not found or (not isinstance(values, list) and (values is None or values is False or str(values).strip() == "")):
        raise ValueError("blank")
    if any(isinstance(one, dict | list) for one in found):
        raise ValueError("neither a text nor a number")
    return found


def text(value: Any) -> str | None:
    """As Rails would write it."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def texts(values: list[Any]) -> Values:
    return tuple(map(text, values))


def first_text(values: list[Any]) -> Values:
    """The others are not looked at, as in the original."""
    return (text(values[0]),)


def patterns(values: list[Any]) -> Values:
    """``%`` and ``_`` stay wildcards, as in the original."""
    if None in values:
        raise ValueError("null is in nothing")
    return tuple(f"%{str(text(value)).strip()}%" for value in values)


def statuses(values: list[Any]) -> Values:
    """An unknown one is a value that nothing has, ``all`` is every one."""
    if not all(isinstance(value, str) for value in values):
        raise ValueError("a status is a word")
    return STATUSES if "all" in values else tuple(value if value in STATUSES else None for value in values)


def priorities(values: list[Any]) -> Values:
    if not all(isinstance(value, str) for value in values):
        raise ValueError("a priority is a word")
    return tuple(PRIORITIES.index(value) if value in PRIORITIES else None for value in values)


def ids(values: list[Any]) -> Values:
    return tuple(None if value is None else _whole(value) for value in values)


def flags(values: list[Any]) -> Values:
    return tuple(None if value is None else _flag(value) for value in values)


def numbers(values: list[Any]) -> Values:
    return tuple(map(_number, values))


def days(values: list[Any]) -> Values:
    return tuple(map(_day, values))


def first(read: ReadValues) -> ReadValues:
    """Of several only the first counts, as in the original."""
    return lambda values: read(values[:1])


def first_of_texts(read: ReadValues) -> ReadValues:
    """As the original has it: of texts only the first counts, of numbers and flags all do."""
    return lambda values: read(values[:1] if isinstance(values[0], str) else values)


def days_before(values: list[Any], today: date) -> date:
    """The day that lies so many days back; one beyond the calendar is its first or last day."""
    count = _whole(values[0])
    try:
        return today - timedelta(days=count)
    except OverflowError:
        return date.min if count > 0 else date.max


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("no whole number")
    if isinstance(value, str) and (not value.isascii() or "_" in value or len(value) > 40):
        raise ValueError("no whole number")
    found = int(value)
    if not -BIGINT <= found <= BIGINT:
        raise ValueError("too large")
    return found


def _flag(value: Any) -> bool:
    word = str(text(value)).strip().lower()
    if word not in (*_YES, *_NO):
        raise ValueError("neither yes nor no")
    return word in _YES


def _number(value: Any) -> Decimal:
    if value is None or isinstance(value, bool):
        raise ValueError("no number")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not found.is_finite() or abs(found.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("no number to compare with")
    return found


def _day(value: Any) -> date:
    """The day of an ISO 8601 date or time, as it is written there."""
    word = str(value).strip()
    try:
        return date.fromisoformat(word)
    except ValueError:
        return datetime.fromisoformat(word).date()
