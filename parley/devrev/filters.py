"""What may be asked of conversations: the request fields of list and export, as one table of readers.

Source: contract 1.2 and 1.3. ``sort_by`` and export's ``limit`` and ``cursor`` are accepted beyond it (README, Accepted).
"""

from __future__ import annotations

from typing import Any

from ..domain.problems import InvalidValue
from . import dates, dons
from .values import Read, anything, flag, identifier, integer, list_of, needs, one_of, require, set_of, shape, text

LIST_LIMIT = 1_000
EXPORT_LIMIT = 5_000
DEFAULT_LIMIT = 50
MODES = ("after", "before")
SLA_STAGES = ("breached", "completed", "paused", "running", "warning")
PRESETS = ("last_n_days", "next_n_days")
SORTS = ("created_date:asc", "created_date:desc", "modified_date:asc", "modified_date:desc")
_UINT32 = 2**32 - 1

_texts = set_of(text)
_anything = list_of(anything)


def _bound(parse: Any) -> Read:
    def read(path: str, value: Any, slug: str) -> Any:
        return parse(text(path, value, slug), path)

    return read


_RANGE = {"after": _bound(dates.lower_bound), "before": _bound(dates.upper_bound)}
_range_shape = shape(_RANGE)
_read_type = shape({"type": one_of(("preset", "range"))})
_typed_range = shape({"type": text, **_RANGE})
_typed_preset = shape({"type": text, "preset_type": one_of(PRESETS), "days": integer(0, _UINT32)})


def plain_range(path: str, value: Any, slug: str) -> dates.Range:
    """``modified_date``: bounds without a type."""
    given = _range_shape(path, value, slug)
    return dates.Range(given.get("after"), given.get("before"))


def date_filter(path: str, value: Any, slug: str) -> dates.Range | dates.Preset:
    """The two forms of contract 1.3, told apart by ``type``."""
    require(path, value, dict)
    needs(path, value, "type")
    kind = _read_type(path, {"type": value["type"]}, slug)["type"]
    if kind == "range":
        given = _typed_range(path, value, slug)
        return dates.Range(given.get("after"), given.get("before"))
    given = _typed_preset(path, value, slug)
    needs(path, given, "preset_type", "days")
    return dates.Preset(given["preset_type"], given["days"])


def custom_fields(path: str, value: Any, slug: str) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Wire names with their accepted values; whether the fields exist is for the schema to say (``resolve``)."""
    require(path, value, dict)
    names = sorted(text(path, name, slug) for name in value)
    return tuple((name, _anything(f"{path}.{name}", value[name], slug)) for name in names)


def sort_by(path: str, value: Any, slug: str) -> str | None:
    """The name of an order, or None for the default. One key: a second one could never be decided by an index."""
    given = list_of(text)(path, value, slug)
    if not given:
        return None
    if len(given) > 1:
        raise InvalidValue(path, f"{path} takes one key; the conversation number breaks ties")
    if given[0] not in SORTS:
        raise InvalidValue(f"{path}[0]", f"{path} takes field:asc or field:desc", allowed=SORTS)
    return str(given[0])


FILTERS: dict[str, Read] = {
    "account": set_of(identifier("account")),
    "actual_close_date": date_filter,
    "applies_to_parts": set_of(identifier(*dons.PARTS)),
    "brand": set_of(identifier("brand")),
    "channels": set_of(identifier("channel")),
    "custom_fields": custom_fields,
    "group": set_of(identifier("group")),
    "is_creator_verified": flag,
    "is_frozen": flag,
    "is_spam": flag,
    "members": set_of(identifier(*dons.PEOPLE)),
    "modified_date": plain_range,
    "owned_by": set_of(identifier(*dons.OWNERS)),
    "owned_by_agent": set_of(identifier("ai_agent")),
    "rev_org": set_of(identifier("rev_org")),
    "rev_orgs": set_of(identifier("rev_org")),
    "sla_summary": shape({"stage": set_of(one_of(SLA_STAGES)), "target_time": date_filter}),
    "source_channel": _texts,
    "source_channel_v2": set_of(identifier("channel")),
    "source_channels": _texts,
    "stage": shape({"name": _texts, "stages": set_of(identifier("custom_stage"))}),
    "state": _texts,
    "subtype": _texts,
    "tags": set_of(identifier("tag")),
    "tags_v2": list_of(shape({"id": identifier("tag"), "value": text})),
}
LIST = FILTERS | {
    "cursor": text,
    "limit": integer(1, LIST_LIMIT),
    "mode": one_of(MODES),
    "sort_by": sort_by,
}
EXPORT = FILTERS | {
    "cursor": text,
    "first": integer(1, EXPORT_LIMIT),
    "limit": integer(1, EXPORT_LIMIT),
}
