"""A query string as Rails reads it: the last of a repeated key wins, ``key[]=a&key[]=b`` is a list."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from ..domain.problems import InvalidId, InvalidValue

MAX_PARAMETERS = 1000
BIGINT = 2**63 - 1
_DIGITS = re.compile(r"[0-9]+")
_LIST_KEY = re.compile(r"(\w+)\[\d*\]")


class Parameters:
    """``plain`` holds every value of ``key=``, ``lists`` every value of ``key[]=`` and ``key[0]=``."""

    def __init__(self, query: bytes) -> None:
        self.plain: dict[str, list[str]] = {}
        self.lists: dict[str, list[str]] = {}
        for key, value in pairs_of(query):
            listed = _LIST_KEY.fullmatch(key)
            values = self.lists if listed else self.plain
            values.setdefault(listed[1] if listed else key, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self.plain or name in self.lists

    def text(self, name: str) -> str | None:
        """One value, None when absent. Raises InvalidValue for a list and for a null character."""
        if name in self.lists:
            raise InvalidValue(name, f"{name} takes one value, not a list")
        return _clean(name, self.plain[name][-1]) if name in self.plain else None

    def values(self, name: str) -> list[str]:
        """The list's values, or the one plain value."""
        if name in self.lists:
            return [_clean(name, value) for value in self.lists[name]]
        return [_clean(name, value) for value in self.plain.get(name, [])[-1:]]

    def all_values(self, name: str) -> list[str]:
        """Every value of a repeated plain key."""
        return [_clean(name, value) for value in self.plain.get(name, [])]

    def number(self, name: str) -> int | None:
        """A whole number from 0; None when absent."""
        text = self.text(name)
        return None if text is None else number(name, text)


def number(name: str, text: str) -> int:
    """Raises InvalidValue for anything but digits."""
    if not _DIGITS.fullmatch(text) or len(text) > 40:
        raise InvalidValue(name, f"{name} must be a whole number, {_quoted(text)} is none")
    return int(text)


def identifier(name: str, text: str) -> int:
    """An id; one that is too large for any row is 0, which names none. Raises InvalidId for anything but a number."""
    if not _DIGITS.fullmatch(text.removeprefix("-")):
        raise InvalidId(name, f"{name} must be an id, {_quoted(text)} is none")
    return int(text) if len(text) < 19 and not text.startswith("-") else 0


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Raises InvalidValue for bytes that are no UTF-8 and for a flood of parameters."""
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError as error:
        raise InvalidValue("query", "the query string is not UTF-8") from error
    except ValueError as error:
        raise InvalidValue("query", f"the query string has more than {MAX_PARAMETERS} parameters") from error


def _clean(name: str, value: str) -> str:
    if "\x00" in value:
        raise InvalidValue(name, f"{name} holds a null character")
    return value


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
