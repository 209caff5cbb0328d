"""The grammar of Chatwoot's filters (contract 3.2), for conversations and contacts: a body's ``payload`` to conditions.

``query_operator`` joins a condition to the next one, and AND binds before OR. The refusals are the original's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias, cast

from ..domain.conditions import Condition, Conditions, FieldKind, Operator
from ..domain.problems import InvalidValue
from ..reference.notation import shape
from ..store.conditions import FieldType, list_field_types
from . import filter_values as read
from .endpoints import Call
from .filter_values import ReadValues
from .readers import Json, of_type

EQUAL = ("equal_to", "not_equal_to")
PRESENT = ("is_present", "is_not_present")
CONTAINS = ("contains", "does_not_contain")
COMPARED = ("is_greater_than", "is_less_than")
DAYS_BEFORE = "days_before"
DAYS = (*COMPARED, DAYS_BEFORE)


CONDITION = shape(
    "filter-condition",
    "One condition of a filter.",
    """
    attribute_key*         text   What is compared: an attribute, or the key of a custom attribute.
    filter_operator*       text   equal_to, not_equal_to, contains, does_not_contain, is_present, is_not_present, is_greater_than,
                             is_less_than or days_before; each attribute takes some of them.
    values                 any    A list of values, or one; none for is_present and is_not_present.
    query_operator         text?  How the next condition is joined: AND or OR; nothing on the last one.
    custom_attribute_type  text?  Not looked at.
    """,
)


CONDITIONS = {"[filter-condition]": of_type("[object](..500)", {}, {})}
"""Their reader: what is inside a condition is refused in the filter's own words."""


class Attribute(NamedTuple):
    """``name`` is ours; ``read`` reads the values of equal_to and not_equal_to."""

    name: str
    operators: tuple[str, ...]
    read: ReadValues = read.days


class FieldReader(NamedTuple):
    """How a custom field's values are read; ``compared`` tells whether one can be greater than another."""

    kind: FieldKind
    read: ReadValues
    compared: bool = False


Attributes: TypeAlias = Mapping[str, Attribute]

_CHATWOOT_TYPES = {
    "number": FieldReader("number", read.first_of_texts(read.numbers), compared=True),
    "date": FieldReader("date", read.first_of_texts(read.days), compared=True),
    "checkbox": FieldReader("flag", read.first_of_texts(read.flags)),
    # The original knows no type to compare these as: it raises, and refuses is_greater_than.
    "currency": FieldReader("number", read.first_of_texts(read.numbers)),
    "percent": FieldReader("number", read.first_of_texts(read.numbers)),
}
_DEVREV_TYPES = {"int": "number", "double": "number", "date": "date", "timestamp": "date", "bool": "checkbox"}
_TEXT = FieldReader("text", read.first_text)


def unknown_keys(payload: Sequence[Json], attributes: Attributes) -> set[str]:
    """The keys that can only be custom fields."""
    return {one["attribute_key"] for one in payload if isinstance(one.get("attribute_key"), str)} - set(attributes)


def decode(payload: Sequence[Json], attributes: Attributes, fields: Mapping[str, FieldType], now: datetime) -> Conditions:
    """Raises InvalidValue in the original's words and order: first the query operators, then each condition."""
    joints = _joints(payload)
    reader = _Reader(attributes, fields, now.date())
    conditions = [reader.condition(one) for one in payload]
    groups: list[list[Condition]] = [[]]
    for place, (condition, joint) in enumerate(zip(conditions, joints, strict=True)):
        # The original writes a custom field's "or missing" without parentheses, which works at the end only.
        is_open = condition.operator == "differs" and place == len(conditions) - 1
        groups[-1].append(Condition(condition.attribute, "not_equal_to", condition.values, condition.kind) if is_open else condition)
        if is_open:
            groups.append([Condition(condition.attribute, "is_not_present", kind=condition.kind)])
        elif joint == "OR":
            groups.append([])
    return tuple(tuple(group) for group in groups if group)


async def asked_conditions(call: Call, attributes: Attributes, noun: str) -> Conditions:
    """The request's payload as conditions on a noun. Raises InvalidValue."""
    payload = call.given["payload"]
    keys = unknown_keys(payload, attributes)
    fields = await list_field_types(call.connection, call.tenant_id, noun, keys) if keys else {}
    return decode(payload, attributes, fields, call.context.clock())


def _joints(payload: Sequence[Json]) -> list[str]:
    """Each condition's AND or OR, nothing for the last."""
    found = []
    for place, one in enumerate(payload):
        joint = one.get("query_operator")
        word = joint.upper() if isinstance(joint, str) else joint
        is_last = place == len(payload) - 1
        if word not in ("AND", "OR") and not (is_last and word in (None, "")):
            raise InvalidValue("query_operator", 'Query operator must be either "AND" or "OR".')
        found.append(word or "")
    if found and found[-1]:
        raise InvalidValue("query_operator", f"Query operator {found[-1]} joins nothing: the last condition takes none.")
    return found


class _Reader(NamedTuple):
    """What a condition can speak of."""

    attributes: Attributes
    fields: Mapping[str, FieldType]
    today: date

    def condition(self, given: Json) -> Condition:
        key, operator, values = given.get("attribute_key"), given.get("filter_operator"), given.get("values")
        attribute = self.attributes.get(key) if isinstance(key, str) else None
        if attribute is not None and operator not in attribute.operators:
            allowed = ",".join(attribute.operators)
            raise InvalidValue("filter_operator", f"Invalid operator. The allowed operators for {key} are [{allowed}].")
        try:
            found = [] if operator in PRESENT else read.listed(values)
            if attribute is not None:
                return self._standard(attribute, str(operator), found)
            return self._custom(key, operator, found)
        except ValueError as error:
            raise InvalidValue("values", f"Invalid value. The values provided for {key} are invalid") from error

    def _standard(self, attribute: Attribute, operator: str, values: list[Any]) -> Condition:
        if operator == DAYS_BEFORE:
            return Condition(attribute.name, "is_less_than", (read.days_before(values, self.today),))
        if operator == "starts_with":
            return Condition(attribute.name, "contains", (f"{attribute.read(values)[0]}%",))
        found = () if operator in PRESENT else read.patterns(values) if operator in CONTAINS else attribute.read(values)
        return Condition(attribute.name, cast(Operator, operator), found[:1] if operator in COMPARED else found)

    def _custom(self, key: Any, operator: Any, values: list[Any]) -> Condition:
        """An operator that is none compares as equal_to, as in the original."""
        if not isinstance(key, str) or key not in self.fields:
            allowed = ",".join(self.attributes)
            message = f"Invalid attribute key - [{'' if key is None else key}]. The key should be one of [{allowed}]"
            raise InvalidValue("attribute_key", f"{message} or a custom attribute defined in the account.")
        field = _reader_of(self.fields[key])
        if operator in PRESENT:
            return Condition(key, operator, kind=field.kind)
        if operator in CONTAINS:
            return Condition(key, operator, read.patterns(values), field.kind)
        if operator in COMPARED and field.compared:
            return Condition(key, operator, field.read(values)[:1], field.kind)
        if operator == DAYS_BEFORE and field.kind == "date":
            return Condition(key, "is_less_than", (read.days_before(values, self.today),), field.kind)
        if operator in DAYS:
            raise ValueError("not of a type that can be compared")
        return Condition(key, "differs" if operator == "not_equal_to" else "equal_to", field.read(values), field.kind)


def _reader_of(field: FieldType) -> FieldReader:
    return _CHATWOOT_TYPES.get(field.chatwoot_type or _DEVREV_TYPES.get(field.field_type, "text"), _TEXT)
