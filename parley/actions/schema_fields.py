"""Field descriptors as a client gives them: what they may say, and what the store keeps of them.

A field has the common keys and those of its type; an array has those of what it holds beside its own.
Source: the document's schema-*-field-descriptor schemas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.problems import CustomFieldRefused, InvalidField, InvalidValue, MissingField
from .field_values import BASE_TYPES, GROUPED_IDS, ID_PREFIXES, Composites, check_value, rules_of_descriptor

FIELD_TYPES = ("array", *BASE_TYPES)
_COMMON = {
    "name", "field_type", "base_type", "description", "is_filterable", "is_immutable", "is_pii", "is_required", "mfz", "oasis", "origin",
    "ui", "default_value",
}  # fmt: skip
_TEXT = {"contains", "eq_len", "max_len", "min_len", "pattern", "prefix", "suffix"}
_ENUM = {"allowed_values", "is_overridable", "translated_values"}
_OF_TYPE = {
    "composite": {"composite_type"},
    "enum": _ENUM,
    "id": {"id_type"},
    "int": {"gt", "gte", "lt", "lte"},
    "rich_text": _TEXT,
    "text": _TEXT,
    "tokens": _TEXT,
    "uenum": {"allowed_values"},
}
_ARRAY = {"eq_items", "max_items", "min_items"}
_NAME = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")
CONSTRAINTS = sorted(_ARRAY.union(*_OF_TYPE.values()) - {"allowed_values"})


def stored_type(descriptor: Mapping[str, Any]) -> str:
    """``array`` of ``text`` is kept as text_list."""
    kind = str(descriptor["field_type"])
    return f"{descriptor['base_type']}_list" if kind == "array" else kind


def columns_of(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """A checked descriptor as columns; what it leaves out goes back to what a new field has."""
    ui = dict(descriptor.get("ui", {}))
    name = ui.pop("display_name", None) or descriptor["name"]
    flags = {key: descriptor.get(key, key == "is_filterable") for key in ("is_filterable", "is_immutable", "is_pii", "is_required")}
    return flags | {
        "display_name": name,
        "description": descriptor.get("description"),
        "field_type": stored_type(descriptor),
        "allowed_values": list(descriptor.get("allowed_values", ())),
        "default_value": descriptor.get("default_value"),
        "origin": descriptor.get("origin"),
        "mfz": descriptor.get("mfz", {}),
        "oasis": descriptor.get("oasis", {}),
        "ui": ui,
        "constraints": {key: descriptor[key] for key in CONSTRAINTS if key in descriptor},
    }


def check_descriptors(path: str, descriptors: Sequence[Mapping[str, Any]], composites: Composites, known: frozenset[str]) -> None:
    """Raises the BadInput problem of the first field that is not well defined; ``known`` are names that may be odd."""
    names: set[str] = set()
    for place, descriptor in enumerate(descriptors):
        where = f"{path}[{place}]"
        if descriptor["name"] in names:
            raise InvalidValue(f"{where}.name", "the field is given twice")
        names.add(descriptor["name"])
        if descriptor["name"] not in known and not _NAME.fullmatch(descriptor["name"]):
            raise InvalidValue(f"{where}.name", "a name has letters and digits, with single underscores between them")
        _check_one(where, descriptor, composites)


def _check_one(where: str, descriptor: Mapping[str, Any], composites: Composites) -> None:
    is_array = descriptor["field_type"] == "array"
    if is_array != ("base_type" in descriptor):
        raise (MissingField if is_array else InvalidField)(f"{where}.base_type", "arrays have a base_type, and nothing else has")
    kind = descriptor["base_type"] if is_array else descriptor["field_type"]
    allowed = _COMMON | _OF_TYPE.get(kind, set()) | (_ARRAY if is_array else set())
    for key in descriptor:
        if key not in allowed:
            raise InvalidField(f"{where}.{key}", f"{where}.{key}: fields of type {kind} have no such key")
    if check := _CHECKS.get(kind):
        check(where, descriptor, composites)
    if descriptor.get("default_value") is not None:
        try:
            check_value("default_value", descriptor["default_value"], rules_of_descriptor(descriptor, composites))
        except CustomFieldRefused as refused:
            raise InvalidValue(f"{where}.default_value", f"{where}: {refused.message}") from refused


def _check_enum(where: str, descriptor: Mapping[str, Any], composites: Composites) -> None:
    values = _allowed(where, descriptor)
    if not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
        raise InvalidValue(f"{where}.allowed_values", "the allowed values of an enum are different texts")


def _check_uenum(where: str, descriptor: Mapping[str, Any], composites: Composites) -> None:
    values = _allowed(where, descriptor)
    if not all(_is_uenum(value) for value in values) or len({value["id"] for value in values}) < len(values):
        raise InvalidValue(
            f"{where}.allowed_values", "the allowed values of a uenum are objects with different ids, a label and an ordinal"
        )


def _is_uenum(value: Any) -> bool:
    types = {"id": int, "label": str, "ordinal": int, "is_deprecated": bool, "tooltip": str}
    if not isinstance(value, dict) or not {"id", "label", "ordinal"} <= set(value) <= set(types):
        return False
    return all(type(item) is types[key] for key, item in value.items())


def _allowed(where: str, descriptor: Mapping[str, Any]) -> Sequence[Any]:
    values: Sequence[Any] = descriptor.get("allowed_values", ())
    if not values:
        raise MissingField(f"{where}.allowed_values", f"{where}.allowed_values is required")
    return values


def _check_id(where: str, descriptor: Mapping[str, Any], composites: Composites) -> None:
    types = descriptor.get("id_type", ())
    if not types:
        raise MissingField(f"{where}.id_type", f"{where}.id_type is required")
    if unknown := set(types) - set(ID_PREFIXES) - set(GROUPED_IDS):
        raise InvalidValue(f"{where}.id_type", f"there are no ids of {min(unknown)}", allowed=sorted([*ID_PREFIXES, *GROUPED_IDS]))


def _check_composite(where: str, descriptor: Mapping[str, Any], composites: Composites) -> None:
    if "composite_type" not in descriptor:
        raise MissingField(f"{where}.composite_type", f"{where}.composite_type is required")
    if "default_value" in descriptor:
        raise InvalidField(f"{where}.default_value", f"{where}: composite fields have no default value")
    if descriptor["composite_type"] not in composites:
        raise InvalidValue(f"{where}.composite_type", "there is no such composite type", allowed=sorted(composites))


_CHECKS = {
    "composite": _check_composite,
    "enum": _check_enum,
    "id": _check_id,
    "uenum": _check_uenum,
}
