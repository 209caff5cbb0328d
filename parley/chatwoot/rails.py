"""Forms and query strings as Rails reads them: ``a[b][]=1`` nests, the last of a repeated plain key wins.

Source: Rack's nested query rules (contract section 3, "JSON bodies may be flat").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..domain.problems import InvalidValue
from .parameters import pairs_of

_DEEPEST = 32
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def read_query(query: bytes) -> dict[str, Any]:
    """Raises InvalidValue for bytes that are no UTF-8, a flood of parameters, and keys in forms that disagree."""
    return nest(pairs_of(query))


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The object that the keys' brackets spell. Raises InvalidValue for keys in forms that disagree."""
    given: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        steps = [key] if match is None else [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        if len(steps) > _DEEPEST:
            raise InvalidValue(steps[0], f"{steps[0]} is nested deeper than {_DEEPEST}")
        _put(given, steps, value, key)
    return given


def _put(inside: dict[str, Any], steps: list[str], value: Any, key: str) -> None:
    name, *rest = steps
    if not rest:
        inside[name] = value
    elif rest[0] == "":
        _append(_container(inside, name, list, key), rest[1:], value, key)
    else:
        _put(_container(inside, name, dict, key), rest, value, key)


def _append(items: list[Any], rest: list[str], value: Any, key: str) -> None:
    """``a[][b]`` goes into the newest object until that has a ``b``."""
    if not rest:
        items.append(value)
        return
    if not items or not isinstance(items[-1], dict) or rest[0] in items[-1]:
        items.append({})
    _put(items[-1], rest, value, key)


def _container(inside: dict[str, Any], name: str, kind: type[Any], key: str) -> Any:
    found = inside.setdefault(name, kind())
    if not isinstance(found, kind):
        raise InvalidValue(name, f"{key} is given in two forms that disagree")
    return found
