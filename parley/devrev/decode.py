"""From a request's JSON to what is asked for. Only ids that carry their tenant need to know who asks: its slug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..domain.problems import MalformedBody
from ..store import cursor
from ..store.order import DEFAULT_KEYSET, KEYSET_ORDERS, Order
from . import dates, filters
from .values import Read, shape

_MERGED = {"rev_org": "rev_orgs", "source_channel": "source_channels"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters by wire name, in one spelling whatever the client's, and which part of the result is wanted."""

    filters: dict[str, Any]
    order: Order
    limit: int
    cursor: str | None
    backwards: bool

    @property
    def digest(self) -> bytes:
        """Binds a cursor to these filters and this order."""
        return cursor.digest("conversations", self.filters, self.order.name)


def read_object(text: bytes, fields: Mapping[str, Read], slug: str) -> dict[str, Any]:
    """The body as an object of these fields. Raises MalformedBody and the BadInput problems of ``values``."""
    read: dict[str, Any] = shape(fields)("", read_json(text), slug)
    return read


def read_json(text: bytes) -> dict[str, Any]:
    """A JSON object. Raises MalformedBody."""
    try:
        given = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise MalformedBody("the body must be a JSON object")
    return given


def decode_list(text: bytes, slug: str) -> Asked:
    given = read_object(text, filters.LIST, slug)
    name = given.pop("sort_by", None)
    order = KEYSET_ORDERS[name] if name else DEFAULT_KEYSET
    return _asked(given, order, given.pop("limit", filters.DEFAULT_LIMIT), given.pop("mode", "after") == "before")


def decode_export(text: bytes, slug: str) -> Asked:
    """``limit`` is an alias of ``first``; where both are given, ``first`` counts."""
    given = read_object(text, filters.EXPORT, slug)
    limit = given.pop("limit", filters.DEFAULT_LIMIT)
    return _asked(given, DEFAULT_KEYSET, given.pop("first", limit), False)


def _asked(given: dict[str, Any], order: Order, limit: int, backwards: bool) -> Asked:
    cursor_text = given.pop("cursor", None)
    return Asked(_merge(_without_empty(given)), order, limit, cursor_text or None, backwards)


def _without_empty(given: Mapping[str, Any]) -> dict[str, Any]:
    """An empty list or object asks nothing, as an absent one (README, Decided)."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        kept = _without_empty(value) if isinstance(value, dict) else value
        if key == "custom_fields":
            kept = tuple((name, accepted) for name, accepted in value if accepted)
        if kept not in ((), {}) and not (key == "modified_date" and kept == dates.Range(None, None)):
            found[key] = kept
    return found


def _merge(given: dict[str, Any]) -> dict[str, Any]:
    """A deprecated spelling and its successor are one field: their values are joined."""
    for old, new in _MERGED.items():
        if old in given:
            given[new] = tuple(sorted({*given.pop(old), *given.get(new, ())}))
    return given
