"""Whether a value fits a custom field: its type, and the constraints that its definition adds.

Nothing is coerced: a value is kept as it was given or refused. Source: the document's schema-*-field-descriptor schemas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NoReturn

import msgspec

from ..domain.conversations import FieldDefinition
from ..domain.problems import CustomFieldRefused
from ..reference import ids

Composites = Mapping[str, Sequence[Mapping[str, Any]]]
BASE_TYPES = (
    "bool", "composite", "date", "double", "enum", "id", "int", "json_value", "rich_text", "struct", "text", "timestamp", "tokens", "uenum",
)  # fmt: skip
# The ids that a field can hold, by the wire's name of their type; a test holds this against the face's own table.
ID_PREFIXES = {
    "account": "ACC", "article": "ART", "artifact": "ARTIFACT", "brand": "BRAND", "capability": "CAPL", "conversation": "CONV",
    "custom_stage": "STAGE", "custom_state": "STATE", "dev_user": "DEVU", "enhancement": "ENH", "feature": "FEAT", "group": "GROUP",
    "issue": "ISS", "linkable": "LINKABLE", "product": "PROD", "rev_org": "REV", "rev_user": "REVU", "runnable": "RUNNABLE",
    "service_account": "SVCACC", "sys_user": "SYSU", "tag": "TAG", "ticket": "TKT",
}  # fmt: skip
_PARTS = ("product", "capability", "feature", "enhancement", "linkable", "runnable")
GROUPED_IDS = {"part": _PARTS, "user": ("dev_user", "rev_user", "service_account", "sys_user"), "work": ("ticket", "issue")}
MAX_TEXT = 65536
_INT64 = 2**63
_DON = re.compile(r"don:[a-z]+:dvrv-[a-z]+-\d+:devo/[A-Za-z0-9_-]+(:[a-z_]+/[A-Za-z0-9_.-]+)+")
_DISPLAY = re.compile(r"[A-Z]+-[A-Za-z0-9]+")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a field's values must fit. ``type`` has no ``_list``; ``composites`` are the fields of its fragment's composite types."""

    type: str
    is_list: bool = False
    allowed: tuple[Any, ...] = ()
    constraints: Mapping[str, Any] = field(default_factory=dict)
    composites: Composites = field(default_factory=dict)


def rules_of(definition: FieldDefinition, composites: Composites) -> Rules:
    return Rules(
        type=definition.field_type.removesuffix("_list"),
        is_list=definition.field_type.endswith("_list"),
        allowed=tuple(msgspec.json.decode(definition.allowed_values)),
        constraints=msgspec.json.decode(definition.constraints),
        composites=composites,
    )


def rules_of_descriptor(descriptor: Mapping[str, Any], composites: Composites) -> Rules:
    """A field as the wire describes it; arrays name their ``base_type``."""
    is_list = descriptor["field_type"] == "array"
    kind = descriptor["base_type"] if is_list else descriptor["field_type"]
    return Rules(kind, is_list, tuple(descriptor.get("allowed_values", ())), descriptor, composites)


def check_value(path: str, value: Any, rules: Rules) -> None:
    """Raises CustomFieldRefused with the kind that says what is wrong. Patterns are apart: ``patterns_in``."""
    if b"\\u0000" in msgspec.json.encode(value):
        raise CustomFieldRefused("invalid_argument", path, "a NUL character cannot be stored")
    if not rules.is_list:
        _check_one(path, value, rules)
        return
    if not isinstance(value, list):
        _wrong(path, f"a list of {rules.type}")
    _check_size(path, len(value), rules.constraints, "items", ("eq_items", "min_items", "max_items"))
    for place, item in enumerate(value):
        _check_one(f"{path}[{place}]", item, rules)


def patterns_in(path: str, value: Any, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Path, text and pattern of every text in a checked value that has to match one.

    The database matches them: it can be interrupted and does not go back over a text again and again, as ``re`` may.
    """
    if rules.is_list:
        for place, item in enumerate(value):
            yield from patterns_in(f"{path}[{place}]", item, replace(rules, is_list=False))
    elif rules.type == "composite":
        for one in rules.composites.get(rules.constraints.get("composite_type", ""), ()):
            if one["name"] in value:
                yield from patterns_in(f"{path}.{one['name']}", value[one["name"]], rules_of_descriptor(one, rules.composites))
    elif rules.constraints.get("pattern") is not None:
        yield path, value, rules.constraints["pattern"]


def _check_one(path: str, value: Any, rules: Rules) -> None:
    check = _CHECKS.get(rules.type)
    if check is None:
        raise CustomFieldRefused("unsupported_type", path, f"fields of type {rules.type} take no values")
    check(path, value, rules)


def _bool(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, bool):
        _wrong(path, "a bool")


def _int(path: str, value: Any, rules: Rules) -> None:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        _wrong(path, "an int")
    for name, fits, words in _BOUNDS:
        bound = rules.constraints.get(name)
        if bound is not None and not fits(value, bound):
            raise CustomFieldRefused("invalid_argument", path, f"must be {words} {bound}")


def _double(path: str, value: Any, rules: Rules) -> None:
    if type(value) not in (int, float) or not math.isfinite(value):
        _wrong(path, "a number")


def _text(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, str):
        _wrong(path, "a text")
    limits = rules.constraints
    _check_size(path, len(value), {"max_len": MAX_TEXT} | dict(limits), "characters", ("eq_len", "min_len", "max_len"))
    for name, fits in _TEXT_TESTS:
        wanted = limits.get(name)
        if wanted is not None and not fits(value, wanted):
            raise CustomFieldRefused("invalid_argument", path, f"does not have the {name} {wanted!r}")


def _enum(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, str):
        _wrong(path, "a text")
    if value not in rules.allowed:
        raise CustomFieldRefused("enum_out_of_range", path, f"must be one of {', '.join(map(str, rules.allowed))}")


def _uenum(path: str, value: Any, rules: Rules) -> None:
    if type(value) is not int:
        _wrong(path, "the id of an allowed value")
    known = [one["id"] for one in rules.allowed if not one.get("is_deprecated")]
    if value not in known:
        raise CustomFieldRefused("enum_out_of_range", path, f"must be one of {', '.join(map(str, known))}")


def _date(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, str):
        _wrong(path, "a date as text")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != value:
        raise CustomFieldRefused("date_parse_error", path, "must be a date such as 2024-01-31")


def _timestamp(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, str):
        _wrong(path, "a time as text")
    try:
        is_time = bool(_TIMESTAMP.fullmatch(value)) and bool(datetime.fromisoformat(_cut(value)))
    except ValueError:
        is_time = False
    if not is_time:
        raise CustomFieldRefused("timestamp_parse_error", path, "must be an RFC 3339 time such as 2024-01-31T12:00:00Z")


def _cut(text: str) -> str:
    """Python reads six digits of a fraction; the wire allows nine."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text.upper())


def _id(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, str):
        _wrong(path, "an id as text")
    if not (_DON.fullmatch(value) or _DISPLAY.fullmatch(value)):
        raise CustomFieldRefused("id_parse_error", path, "must be a DON or display id")
    types = [inner for one in rules.constraints.get("id_type", ()) for inner in GROUPED_IDS.get(one, (one,))]
    prefixes = [ID_PREFIXES[one] for one in types if one in ID_PREFIXES]
    if types and not any(re.fullmatch(ids.pattern(prefix), value) for prefix in prefixes):
        raise CustomFieldRefused("bad_id_type", path, f"must be the id of one of {', '.join(types)}")


def _struct(path: str, value: Any, rules: Rules) -> None:
    if not isinstance(value, dict):
        _wrong(path, "an object")


def _composite(path: str, value: Any, rules: Rules) -> None:
    """An object whose keys are the fields of the composite type."""
    _struct(path, value, rules)
    inner = rules.composites.get(rules.constraints.get("composite_type", ""))
    if inner is None:
        raise CustomFieldRefused("unsupported_type", path, "its composite type is not defined")
    fields = {one["name"]: one for one in inner}
    for key, item in value.items():
        if key not in fields:
            raise CustomFieldRefused("field_not_in_schema", f"{path}.{key}", "there is no such field in the composite type")
        check_value(f"{path}.{key}", item, rules_of_descriptor(fields[key], rules.composites))
    for name, one in fields.items():
        if one.get("is_required") and name not in value:
            raise CustomFieldRefused("field_required", f"{path}.{name}", "is required")


def _anything(path: str, value: Any, rules: Rules) -> None:
    """Whatever JSON holds."""


def _check_size(path: str, size: int, limits: Mapping[str, Any], unit: str, names: tuple[str, str, str]) -> None:
    exact, least, most = (limits.get(name) for name in names)
    if exact is not None and size != exact:
        raise CustomFieldRefused("invalid_argument", path, f"must have exactly {exact} {unit}")
    if least is not None and size < least:
        raise CustomFieldRefused("invalid_argument", path, f"must have at least {least} {unit}")
    if most is not None and size > most:
        raise CustomFieldRefused("invalid_argument", path, f"must have at most {most} {unit}")


def _wrong(path: str, expected: str) -> NoReturn:
    raise CustomFieldRefused("wrong_type", path, f"must be {expected}")


_BOUNDS: tuple[tuple[str, Callable[[int, int], bool], str], ...] = (
    ("gt", lambda value, bound: value > bound, "more than"),
    ("gte", lambda value, bound: value >= bound, "at least"),
    ("lt", lambda value, bound: value < bound, "less than"),
    ("lte", lambda value, bound: value <= bound, "at most"),
)
_TEXT_TESTS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("contains", lambda value, part: part in value),
    ("prefix", str.startswith),
    ("suffix", str.endswith),
)
_CHECKS: dict[str, Callable[[str, Any, Rules], None]] = {
    "bool": _bool,
    "composite": _composite,
    "date": _date,
    "double": _double,
    "enum": _enum,
    "id": _id,
    "int": _int,
    "json_value": _anything,
    "rich_text": _text,
    "struct": _struct,
    "text": _text,
    "timestamp": _timestamp,
    "tokens": _text,
    "uenum": _uenum,
}
