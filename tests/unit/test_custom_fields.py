"""Custom fields of a write: what fits, what is refused and how, and what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.actions.custom_fields import SchemaSpec, settle
from parley.actions.field_values import BASE_TYPES, GROUPED_IDS, ID_PREFIXES, Rules, check_value, patterns_in
from parley.devrev import dons
from parley.domain.conversations import FieldDefinition
from parley.domain.problems import CustomFieldRefused
from parley.store.schemas import FragmentRow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def field(key: str, kind: str, *, namespace: str = "tnt", subtype: str | None = None, **more: Any) -> FieldDefinition:
    texts = {"allowed_values": "[]", "default_value": None, "mfz": "{}", "oasis": "{}", "ui": "{}"}
    flags = {"is_filterable": True, "is_immutable": False, "is_pii": False, "is_required": False}
    constraints = msgspec.json.encode(more.pop("constraints", {})).decode()
    given = {name: msgspec.json.encode(value).decode() if name in texts else value for name, value in more.items()}
    return FieldDefinition(
        id=1,
        namespace=namespace,
        subtype=subtype,
        key=key,
        display_name=key,
        description=None,
        field_type=kind,
        origin=None,
        constraints=constraints,
        **(texts | flags | given),  # type: ignore[arg-type]
    )


def fragment(
    kind: str, *, subtype: str | None = None, app: str | None = None, composites: Any = (), is_deprecated: bool = False
) -> FragmentRow:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    text = msgspec.json.encode(composites).decode()
    return FragmentRow(1, kind, "conversation", subtype, app, None, None, is_deprecated, text, None, None, at, at, None, None)


POINT = [{"name": "point", "fields": [{"name": "x", "field_type": "int", "is_required": True}, {"name": "y", "field_type": "int"}]}]
FRAGMENTS = [
    fragment("tenant", composites=POINT),
    fragment("subtype", subtype="bug"),
    fragment("subtype", subtype="task"),
    fragment("subtype", subtype="old", is_deprecated=True),
    fragment("app", app="crm"),
]
FIELDS = [
    field("tier", "enum", allowed_values=["gold", "silver"], default_value="silver"),
    field("order total", "double"),
    field("serial", "text", is_immutable=True),
    field("needed", "text", is_required=True),
    field("severity", "int", namespace="ctype", subtype="bug", default_value=3),
    field("shared", "text", namespace="ctype", subtype="bug"),
    field("shared", "text", namespace="ctype", subtype="task"),
    field("clash", "text", namespace="ctype", subtype="bug"),
    field("clash", "int", namespace="ctype", subtype="task"),
    field("lead", "text", namespace="crm", default_value="nobody"),
]


def write(given: dict[str, Any], spec: SchemaSpec | None = None, subtype: str | None = None, before: Any = None) -> Any:
    return settle(given, FIELDS, FRAGMENTS, spec=spec or SchemaSpec(), subtype=subtype, before=before)


def test_ids_are_those_of_the_wire() -> None:
    types = [*ID_PREFIXES, *(one for several in GROUPED_IDS.values() for one in several)]
    assert all(dons.KINDS[one].prefix == ID_PREFIXES[one] for one in types)


FITS: list[tuple[Rules, Any]] = [
    (Rules("bool"), False),
    (Rules("int"), -(2**63)),
    (Rules("int", constraints={"gte": 1, "lt": 3}), 2),
    (Rules("double"), 1),
    (Rules("double"), 1.5),
    (Rules("text", constraints={"max_len": 3, "prefix": "a", "suffix": "c", "contains": "b"}), "abc"),
    (Rules("rich_text"), "<p>x</p>"),
    (Rules("tokens", constraints={"eq_len": 2}), "ab"),
    (Rules("enum", allowed=("a",)), "a"),
    (Rules("uenum", allowed=({"id": 5, "label": "Five", "ordinal": 1},)), 5),
    (Rules("date"), "2024-02-29"),
    (Rules("timestamp"), "2024-02-29T10:00:00.123456789+02:00"),
    (Rules("id", constraints={"id_type": ["dev_user"]}), "DEVU-1"),
    (Rules("id", constraints={"id_type": ["part"]}), "don:core:dvrv-us-1:devo/acme:feature/7"),
    (Rules("id"), "WHATEVER-7"),
    (Rules("struct"), {"a": [1]}),
    (Rules("json_value"), [1, {"a": None}]),
    (Rules("composite", constraints={"composite_type": "point"}, composites={"point": POINT[0]["fields"]}), {"x": 1}),
    (Rules("int", is_list=True, constraints={"min_items": 1, "max_items": 2}), [1, 2]),
    (Rules("text", is_list=True), []),
]


@pytest.mark.parametrize(("rules", "value"), FITS)
def test_what_fits_is_taken(rules: Rules, value: Any) -> None:
    check_value("f", value, rules)


@pytest.mark.parametrize(
    ("rules", "value", "kind", "where"),
    [
        (Rules("bool"), 1, "wrong_type", "f"),
        (Rules("int"), True, "wrong_type", "f"),
        (Rules("int"), 1.0, "wrong_type", "f"),
        (Rules("int"), 2**63, "wrong_type", "f"),
        (Rules("int", constraints={"gt": 1}), 1, "invalid_argument", "f"),
        (Rules("int", constraints={"lte": 1}), 2, "invalid_argument", "f"),
        (Rules("double"), "1", "wrong_type", "f"),
        (Rules("double"), False, "wrong_type", "f"),
        (Rules("text"), 1, "wrong_type", "f"),
        (Rules("text"), "a\x00b", "invalid_argument", "f"),
        (Rules("text"), "x" * 65537, "invalid_argument", "f"),
        (Rules("text", constraints={"max_len": 1}), "ab", "invalid_argument", "f"),
        (Rules("text", constraints={"min_len": 2}), "a", "invalid_argument", "f"),
        (Rules("tokens", constraints={"prefix": "b"}), "ab", "invalid_argument", "f"),
        (Rules("rich_text", constraints={"contains": "z"}), "ab", "invalid_argument", "f"),
        (Rules("enum", allowed=("a",)), "b", "enum_out_of_range", "f"),
        (Rules("enum", allowed=("a",)), 1, "wrong_type", "f"),
        (Rules("uenum", allowed=({"id": 5},)), 6, "enum_out_of_range", "f"),
        (Rules("uenum", allowed=({"id": 5, "is_deprecated": True},)), 5, "enum_out_of_range", "f"),
        (Rules("uenum", allowed=({"id": 1},)), True, "wrong_type", "f"),
        (Rules("date"), "2023-02-29", "date_parse_error", "f"),
        (Rules("date"), "20230228", "date_parse_error", "f"),
        (Rules("date"), 20230228, "wrong_type", "f"),
        (Rules("timestamp"), "2024-02-29", "timestamp_parse_error", "f"),
        (Rules("timestamp"), "2024-02-29T10:00:00", "timestamp_parse_error", "f"),
        (Rules("timestamp"), "2024-02-30T10:00:00Z", "timestamp_parse_error", "f"),
        (Rules("timestamp"), 1, "wrong_type", "f"),
        (Rules("id"), "who?", "id_parse_error", "f"),
        (Rules("id"), 1, "wrong_type", "f"),
        (Rules("id", constraints={"id_type": ["dev_user"]}), "REVU-1", "bad_id_type", "f"),
        (Rules("struct"), [], "wrong_type", "f"),
        (Rules("composite"), {}, "unsupported_type", "f"),
        (Rules("unknown"), {}, "unsupported_type", "f"),
        (Rules("int", is_list=True), 1, "wrong_type", "f"),
        (Rules("int", is_list=True), [1, "a"], "wrong_type", "f[1]"),
        (Rules("int", is_list=True, constraints={"eq_items": 1}), [], "invalid_argument", "f"),
        (Rules("int", is_list=True, constraints={"max_items": 1}), [1, 2], "invalid_argument", "f"),
        (Rules("composite", constraints={"composite_type": "p"}, composites={"p": POINT[0]["fields"]}), {"y": 1}, "field_required", "f.x"),
        (Rules("composite", constraints={"composite_type": "p"}, composites={"p": POINT[0]["fields"]}), {"x": "1"}, "wrong_type", "f.x"),
        (Rules("composite", constraints={"composite_type": "p"}, composites={"p": []}), {"z": 1}, "field_not_in_schema", "f.z"),
    ],
)
def test_what_does_not_fit_is_refused(rules: Rules, value: Any, kind: str, where: str) -> None:
    with pytest.raises(CustomFieldRefused) as refused:
        check_value("f", value, rules)
    assert (refused.value.kind, refused.value.field) == (kind, where)


def test_texts_that_have_to_match_a_pattern_are_found_wherever_they_are() -> None:
    """The database matches them (tests/wire/test_devrev_schemas.py)."""
    inner = {"p": [{"name": "x", "field_type": "text", "pattern": "b"}, {"name": "y", "field_type": "int"}]}
    several = Rules("composite", is_list=True, constraints={"composite_type": "p"}, composites=inner)
    assert list(patterns_in("f", [{"y": 1}, {"x": "a"}], several)) == [("f[1].x", "a", "b")]
    assert list(patterns_in("f", ["a", "c"], Rules("text", is_list=True, constraints={"pattern": "b"}))) == [
        ("f[0]", "a", "b"),
        ("f[1]", "c", "b"),
    ]
    assert list(patterns_in("f", "a", Rules("text"))) == []


@given(st.sampled_from(BASE_TYPES), st.booleans(), JSON)
def test_any_value_of_any_type_is_taken_or_refused(kind: str, is_list: bool, value: Any) -> None:
    """Nothing but a refusal comes out, and a list never passes for one value nor one value for a list."""
    try:
        check_value("f", value, Rules(kind, is_list, constraints={"id_type": ["dev_user"]}))
    except CustomFieldRefused:
        pass
    else:
        assert isinstance(value, list) or not is_list
        assert is_list or kind == "json_value" or not isinstance(value, list)


@given(st.dictionaries(st.sampled_from(["tier", "order total", "serial", "gone"]), JSON))
def test_values_that_nobody_touches_stay_as_they_came(imported: dict[str, Any]) -> None:
    """Whatever an import brought: unknown, of the wrong type, out of range; also when a client sends it back."""
    known = {name: value for name, value in imported.items() if name != "gone" and value is not None}
    echo = {f"tnt__{name.replace(' ', '_u20_')}": value for name, value in known.items()}
    after = write(echo | {"tnt__needed": "x"}, before={"tnt": imported})
    assert after == {"tnt": {**imported, "needed": "x"}}


@pytest.mark.parametrize(
    ("given", "spec", "subtype", "before", "kind", "where"),
    [
        ({"nope": 1}, {}, None, None, "field_not_in_schema", "custom_fields.nope"),
        ({"tnt__nope": 1}, {}, None, None, "field_not_in_schema", "custom_fields.tnt__nope"),
        ({"tnt__tier": "lead"}, {}, None, None, "enum_out_of_range", "custom_fields.tnt__tier"),
        ({"tnt__serial": "b"}, {}, None, {"tnt": {"serial": "a"}}, "field_immutable", "custom_fields.tnt__serial"),
        ({"tnt__serial": None}, {}, None, {"tnt": {"serial": "a"}}, "field_immutable", "custom_fields.tnt__serial"),
        ({"ctype__severity": 1}, {}, None, None, "field_not_in_schema", "custom_fields.ctype__severity"),
        ({"ctype__severity": 1}, {}, "task", {}, "field_not_in_schema", "custom_fields.ctype__severity"),
        ({"ctype__severity": 1}, {"drop_subtype": True}, "bug", {}, "field_not_in_schema", "custom_fields.ctype__severity"),
        ({"crm__lead": "x"}, {}, None, None, "field_not_in_schema", "custom_fields.crm__lead"),
        ({}, {"subtype": "nope"}, None, None, "fragment_not_found", "custom_schema_spec.subtype"),
        ({}, {"subtype": "old"}, None, None, "fragment_not_found", "custom_schema_spec.subtype"),
        ({}, {"apps": ("nope",)}, None, None, "fragment_not_found", "custom_schema_spec.apps"),
        ({}, {"subtype": "bug", "drop_subtype": True}, None, None, "invalid_argument", "custom_schema_spec.drop.subtype"),
        ({}, {"apps": ("crm",), "drop_apps": ("crm",)}, None, None, "invalid_argument", "custom_schema_spec.drop.apps"),
        ({}, {"validate_required": True}, None, None, "field_required", "custom_fields.tnt__needed"),
    ],
)
def test_a_write_that_does_not_fit_the_schema(given: Any, spec: Any, subtype: str | None, before: Any, kind: str, where: str) -> None:
    with pytest.raises(CustomFieldRefused) as refused:
        write(given, SchemaSpec(**spec), subtype, before)
    assert (refused.value.kind, refused.value.field) == (kind, where)


@pytest.mark.parametrize(
    ("given", "spec", "subtype", "before", "after"),
    [
        ({"tnt__order_u20_total": 2.5}, {}, None, None, {"tnt": {"order total": 2.5}}),
        ({}, {"tenant_fragment": True}, None, None, {"tnt": {"tier": "silver"}}),
        ({"tnt__tier": "gold"}, {"tenant_fragment": True}, None, None, {"tnt": {"tier": "gold"}}),
        ({}, {"tenant_fragment": True}, None, {}, {}),
        ({"tnt__tier": None}, {"tenant_fragment": True}, None, None, {}),
        ({"tnt__tier": None}, {}, None, {"tnt": {"tier": "gold"}}, {}),
        ({"tnt__serial": "a"}, {}, None, {"tnt": {}}, {"tnt": {"serial": "a"}}),
        ({}, {"subtype": "bug"}, None, None, {"ctype": {"severity": 3}}),
        ({"ctype__severity": 1}, {}, "bug", {}, {"ctype": {"severity": 1}}),
        ({}, {"subtype": "old"}, "old", {"ctype": {"a": 1}}, {"ctype": {"a": 1}}),
        ({}, {"subtype": "task"}, "bug", {"ctype": {"severity": 1, "shared": "s", "clash": "c"}}, {"ctype": {"shared": "s"}}),
        ({}, {"drop_subtype": True}, "bug", {"tnt": {"a": 1}, "ctype": {"shared": "s"}}, {"tnt": {"a": 1}}),
        ({}, {"apps": ("crm",)}, None, {}, {"crm": {"lead": "nobody"}}),
        ({"crm__lead": None}, {}, None, {"crm": {"lead": "x"}}, {"crm": {}}),
        ({}, {"drop_apps": ("crm",)}, None, {"crm": {"lead": "x"}}, {}),
        ({"tnt__needed": "x"}, {"validate_required": True}, None, None, {"tnt": {"needed": "x"}}),
    ],
)
def test_a_write_that_fits(given: Any, spec: Any, subtype: str | None, before: Any, after: Any) -> None:
    assert write(given, SchemaSpec(**spec), subtype, before) == after
