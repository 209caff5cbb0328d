"""Whether an automation rule's conditions hold of what is known of a conversation, its contact and a message.

A condition joins to the next by its ``query_operator``; AND binds tighter than OR, as in the original's SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from .conversations import PRIORITIES
from .problems import InvalidValue

KEYS = frozenset(
    (
        "content", "email", "country_code", "status", "message_type", "browser_language", "assignee_id", "team_id", "referer", "referrer",
        "city", "company", "inbox_id", "mail_subject", "phone_number", "priority", "conversation_language", "labels", "private_note",
    )
)  # fmt: skip
_DAYS = re.compile(r"[0-9]{1,18}")
Condition: TypeAlias = Mapping[str, Any]
Facts: TypeAlias = Mapping[str, Any]
Changed: TypeAlias = Mapping[str, tuple[Any, Any]]


def check_conditions(conditions: Sequence[Condition], custom_keys: frozenset[str]) -> None:
    """Raises InvalidValue naming ``conditions``. ``custom_keys`` are the account's own attributes."""
    unknown = [str(one["attribute_key"]) for one in conditions if one["attribute_key"] not in KEYS | custom_keys]
    if unknown:
        raise InvalidValue("conditions", f"Automation conditions {', '.join(unknown)} not supported.", allowed=sorted(KEYS | custom_keys))
    for one in conditions:
        if one["filter_operator"] not in OPERATORS:
            text = f"Automation conditions {one['filter_operator']} is no operator."
            raise InvalidValue("conditions", text, allowed=list(OPERATORS))
        if str(one.get("query_operator") or "and").lower() not in ("and", "or"):
            raise InvalidValue("conditions", "Automation conditions are joined by and, or or.", allowed=["and", "or"])
        _check_values(one)
    if any(not one.get("query_operator") for one in conditions[:-1]):
        raise InvalidValue("conditions", "Automation conditions should have query operator.")


def _check_values(one: Condition) -> None:
    values, operator = one.get("values"), one["filter_operator"]
    if operator in ("is_present", "is_not_present"):
        return
    if operator == "attribute_changed":
        sides = [values.get(side) for side in ("from", "to")] if isinstance(values, dict) else [None]
        if not all(isinstance(side, list) for side in sides):
            raise InvalidValue("conditions", "Automation conditions attribute_changed takes values with from and to, each a list.")
    elif not _list(values) or any(isinstance(value, dict | list) for value in _list(values)):
        raise InvalidValue("conditions", f"Automation conditions {one['attribute_key']} takes values.")
    elif operator == "days_before" and not _DAYS.fullmatch(str(_list(values)[0]).strip()):
        raise InvalidValue("conditions", "Automation conditions days_before takes a number of days.")


def holds(conditions: Sequence[Condition], facts: Facts, changed: Changed, today: date) -> bool:
    """Whether all of any group that is joined by AND hold; no conditions hold always."""
    if not conditions:
        return True
    groups: list[list[bool]] = [[]]
    for one in conditions:
        groups[-1].append(_holds(one, facts, changed, today))
        if str(one.get("query_operator") or "and").lower() == "or":
            groups.append([])
    return any(all(group) for group in groups if group)


def _holds(one: Condition, facts: Facts, changed: Changed, today: date) -> bool:
    key = "referer" if one["attribute_key"] == "referrer" else one["attribute_key"]
    if one["filter_operator"] == "attribute_changed":
        old, new = changed.get(key, (None, None))
        return key in changed and _is_any(old, one["values"]["from"]) and _is_any(new, one["values"]["to"])
    return OPERATORS[one["filter_operator"]](facts.get(_place(one, key)), _wanted(key, one.get("values")), today)


def _place(one: Condition, key: str) -> Any:
    """Custom attributes stand beside the standard ones, of contacts or of conversations."""
    if key in KEYS:
        return key
    kind = str(one.get("custom_attribute_type") or "").removesuffix("_attribute")
    return (kind if kind in ("contact", "conversation") else "any", key)


def _wanted(key: str, values: Any) -> list[str]:
    found = [_word(value) for value in _list(values)]
    if key == "priority":
        found = [PRIORITIES[int(word)] if word in ("0", "1", "2", "3") else word for word in found]
    return found


def _list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [] if values is None else [values]


def _word(value: Any) -> str:
    """As words are compared: in any case, a whole number without its fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().casefold() if value is not None else ""


def _words(fact: Any) -> list[str]:
    return [_word(one) for one in fact] if isinstance(fact, list | tuple) else [] if fact is None else [_word(fact)]


def _is_any(fact: Any, wanted: Sequence[Any]) -> bool:
    """Nothing listed means anything; null and "nil" mean nothing."""
    asked = [_word(one) for one in wanted]
    return not asked or any(word in asked for word in _words(fact)) or (not _words(fact) and bool({"", "nil"} & set(asked)))


def _equal(fact: Any, wanted: list[str], _today: date) -> bool:
    return bool(set(_words(fact)) & set(wanted)) or (not _words(fact) and bool({"nil", ""} & set(wanted)))


def _contains(fact: Any, wanted: list[str], _today: date) -> bool:
    return any(part in word for word in _words(fact) for part in wanted)


def _starts(fact: Any, wanted: list[str], _today: date) -> bool:
    return any(word.startswith(part) for word in _words(fact) for part in wanted)


def _present(fact: Any, _wanted: list[str], _today: date) -> bool:
    return any(_words(fact))


def _compares(is_so: Callable[[Any, Any], bool]) -> Callable[[Any, list[str], date], bool]:
    def compare(fact: Any, wanted: list[str], _today: date) -> bool:
        sides = [_number(word) for word in (*_words(fact)[:1], *wanted[:1])]
        if len(sides) == 2 and None not in sides:
            return is_so(*sides)
        dates = [_date(word) for word in (*_words(fact)[:1], *wanted[:1])]
        return len(dates) == 2 and None not in dates and is_so(*dates)

    return compare


def _days_before(fact: Any, wanted: list[str], today: date) -> bool:
    """The date lies more than so many days back."""
    words = _words(fact)
    found = _date(words[0]) if words else None
    return found is not None and bool(wanted) and found < today - timedelta(days=min(int(wanted[0]), 100_000))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _date(word: str) -> date | None:
    try:
        return datetime.fromisoformat(word.upper()).date()
    except ValueError:
        return None


def _not(test: Callable[[Any, list[str], date], bool]) -> Callable[[Any, list[str], date], bool]:
    return lambda fact, wanted, today: not test(fact, wanted, today)


OPERATORS: dict[str, Callable[[Any, list[str], date], bool]] = {
    "equal_to": _equal,
    "not_equal_to": _not(_equal),
    "contains": _contains,
    "does_not_contain": _not(_contains),
    "starts_with": _starts,
    "is_present": _present,
    "is_not_present": _not(_present),
    "is_greater_than": _compares(lambda one, other: one > other),
    "is_less_than": _compares(lambda one, other: one < other),
    "days_before": _days_before,
    "attribute_changed": lambda _fact, _wanted, _today: False,
}
