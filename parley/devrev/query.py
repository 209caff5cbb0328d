"""GET: a query string becomes the object that POST would have sent, so that one set of readers serves both.

Arrays are comma lists, each item bare or in double quotes, or repeated keys, or ``key[]`` and ``key[0]``; nested keys
use dots. Source: contract 0.3 and 1.2, last paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from ..domain.problems import InvalidField, InvalidValue, UnexpectedJsonType

_LISTS = {
    "account", "applies_to_parts", "brand", "channels", "group", "members", "owned_by", "owned_by_agent", "rev_org",
    "rev_orgs", "sla_summary.stage", "sort_by", "source_channel", "source_channel_v2", "source_channels",
    "stage.name", "stage.stages", "state", "subtype", "tags",
}  # fmt: skip
_FLAGS = {"is_creator_verified", "is_frozen", "is_spam"}
_NUMBERS = {"first", "limit"}
_TEXTS = {"cursor", "mode", "modified_date.after", "modified_date.before", "tags_v2.id", "tags_v2.value"}
_SCALARS = _FLAGS | _NUMBERS | _TEXTS
_INDEX = re.compile(r"\[\d*\]$")
_CUSTOM = re.compile(r"custom_fields(?:\[(?P<bracket>[^\[\]]+)\]|\.(?P<dotted>.+))")
_ITEM = re.compile(r'"(?P<quoted>.*?)"(?=,|$)|(?P<bare>[^,]*)', re.DOTALL)


def read_query(query_string: bytes) -> dict[str, Any]:
    """The request object. Raises InvalidField for a key that GET does not have."""
    given: dict[str, Any] = {}
    for key, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
        name = _INDEX.sub("", key)
        if name in _SCALARS:
            _put_once(given, name, _scalar(name, value))
        elif name in _LISTS:
            _add(given, name, split(value))
        elif name == "custom_fields" or _CUSTOM.fullmatch(name):
            _add_custom(given.setdefault("custom_fields", {}), name, value)
        else:
            raise InvalidField(key, f"{key} is not a known query parameter")
    if "tags_v2" in given:
        given["tags_v2"] = [given["tags_v2"]]
    return given


def split(text: str) -> list[str]:
    """``"a,b",c`` -> ``['a,b', 'c']``; an empty string holds no item."""
    items, position = [], 0
    while position <= len(text) and text:
        match = _ITEM.match(text, position)
        assert match is not None
        items.append(match["bare"] if match["quoted"] is None else match["quoted"])
        position = match.end() + 1
    return items


def _scalar(name: str, value: str) -> Any:
    if name in _FLAGS:
        if value not in ("true", "false"):
            raise UnexpectedJsonType(name, "string", "bool")
        return value == "true"
    if name in _NUMBERS:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise UnexpectedJsonType(name, "string", "number")
        return int(value)
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def _put_once(given: dict[str, Any], name: str, value: Any) -> None:
    parent, _, key = name.rpartition(".")
    inside = given.setdefault(parent, {}) if parent else given
    if key in inside:
        raise InvalidValue(name, f"{name} is given more than once")
    inside[key] = value


def _add(given: dict[str, Any], name: str, items: Iterable[str]) -> None:
    parent, _, key = name.rpartition(".")
    inside = given.setdefault(parent, {}) if parent else given
    inside.setdefault(key, []).extend(items)


def _add_custom(fields: dict[str, Any], name: str, value: str) -> None:
    """``custom_fields[tnt__x][0]=a``, ``custom_fields.tnt__x=a``, or the whole object as JSON."""
    match = _CUSTOM.fullmatch(name)
    if match is not None:
        accepted = fields.setdefault(match["bracket"] or match["dotted"], [])
        if not isinstance(accepted, list):
            raise InvalidValue("custom_fields", "custom_fields is given in two forms that disagree")
        accepted.extend(split(value))
        return
    try:
        fields.update(msgspec.json.decode(value, type=dict[str, Any]))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidValue("custom_fields", "custom_fields must be a JSON object") from error
