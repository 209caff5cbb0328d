"""Custom fields of a write: held against the tenant's definitions, and turned into what the store keeps.

An object has the tenant's own fields (``tnt__``), those of its subtype (``ctype__``) and those of the apps that it carries,
which are the other namespaces of what it stores. A value that nobody changes is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import SUBTYPE_NAMESPACE, TENANT_NAMESPACE, split_wire_name, wire_name
from ..domain.leaf_types import LEAF_TYPES
from ..domain.problems import CustomFieldRefused
from ..store import control, conversations
from ..store.database import Connection
from ..store.schemas import FRAGMENTS, FragmentRow, matches
from .field_values import Composites, check_value, patterns_in, rules_of

Stored = dict[str, dict[str, Any]]
_OWN = (TENANT_NAMESPACE, SUBTYPE_NAMESPACE)


@dataclass(frozen=True, slots=True)
class SchemaSpec:
    """What a write says about its schemas (DevRev: custom_schema_spec). ``subtype`` None leaves it as it is."""

    subtype: str | None = None
    drop_subtype: bool = False
    apps: tuple[str, ...] = ()
    drop_apps: tuple[str, ...] = ()
    tenant_fragment: bool = False
    validate_required: bool = False


async def check_custom_fields(
    connection: Connection,
    tenant_id: int,
    noun: str,
    given: Mapping[str, Any],
    *,
    spec: SchemaSpec,
    subtype: str | None = None,
    before: Mapping[str, Mapping[str, Any]] | None = None,
    leaf_type: str | None = None,
) -> Stored:
    """The custom fields after this write, as ``{namespace: {raw key: value}}``: ``before`` with ``given`` put over it.

    ``noun`` is conversation, contact, company, work ...; ``leaf_type`` tells the noun's leaf types apart (work: ticket, issue).
    ``given`` maps wire names (``tnt__tier``) to values, null takes a field away; ``subtype`` is the object's own before the
    write; ``before`` None says that the object is being made. Raises CustomFieldRefused naming the field.
    """
    leaves = (leaf_type,) if leaf_type else LEAF_TYPES.get(noun, ())
    fragments = await FRAGMENTS.find(connection, tenant_id, {"leaf_types": list(leaves)})
    definitions = await conversations.list_field_definitions(connection, tenant_id, noun)
    fitting = [one for one in definitions if leaf_type is None or one.leaf_type in ("", leaf_type)]
    after = settle(given, fitting, fragments, spec=spec, subtype=subtype, before=before)
    wanted = None if spec.drop_subtype else spec.subtype or subtype
    changed = [one for one in fitting if _applies(one, wanted, after) and not _same(_value(after, one), _value(before or {}, one))]
    await _check_dev_org(connection, tenant_id, changed, after)
    await _check_patterns(connection, changed, _composites(fragments), after)
    return after


def _value(fields: Mapping[str, Mapping[str, Any]], definition: FieldDefinition) -> Any:
    return fields.get(definition.namespace, {}).get(definition.key)


async def _check_patterns(connection: Connection, changed: Sequence[FieldDefinition], composites: Composites, after: Stored) -> None:
    for one in changed:
        value = _value(after, one)
        if value is None:
            continue
        path = f"custom_fields.{wire_name(one.namespace, one.key)}"
        for where, text, pattern in patterns_in(path, value, rules_of(one, composites)):
            if not await matches(connection, text, pattern):
                raise CustomFieldRefused("invalid_argument", where, f"does not match {pattern!r}")


async def _check_dev_org(connection: Connection, tenant_id: int, changed: Sequence[FieldDefinition], after: Stored) -> None:
    """Ids that are new to the object must be of this dev org; of no other is it told whether they exist."""
    ids = [one for one in changed if one.field_type in ("id", "id_list")]
    tenant = await control.get_tenant(connection, tenant_id) if ids else None
    for one in ids:
        value = _value(after, one)
        for text in value if isinstance(value, list) else [value]:
            if tenant and isinstance(text, str) and text.startswith("don:") and f":devo/{tenant.slug}:" not in text:
                path = f"custom_fields.{wire_name(one.namespace, one.key)}"
                raise CustomFieldRefused("id_parse_error", path, "the id is not of this dev org")


def settle(
    given: Mapping[str, Any],
    definitions: Sequence[FieldDefinition],
    fragments: Sequence[FragmentRow],
    *,
    spec: SchemaSpec,
    subtype: str | None,
    before: Mapping[str, Mapping[str, Any]] | None,
) -> Stored:
    """What ``check_custom_fields`` answers, of definitions and fragments at hand."""
    _check_spec(spec, fragments, subtype)
    wanted = None if spec.drop_subtype else spec.subtype or subtype
    after: Stored = {namespace: dict(fields) for namespace, fields in (before or {}).items() if namespace not in spec.drop_apps}
    if wanted != subtype:
        _leave_subtype(after, definitions, subtype, wanted)
    for app in spec.apps:
        after.setdefault(app, {})
    known = {(one.namespace, one.key): one for one in definitions if _applies(one, wanted, after)}
    composites = _composites(fragments)
    for name, value in given.items():
        _put(after, known, name, value, composites)
    asked = {split_wire_name(name) for name in given}
    _add_defaults(after, [one for key, one in known.items() if key not in asked], _new_namespaces(spec, subtype, before))
    if spec.validate_required:
        _check_required(after, known.values())
    return {namespace: fields for namespace, fields in after.items() if fields or namespace not in _OWN}


def _check_spec(spec: SchemaSpec, fragments: Sequence[FragmentRow], subtype: str | None) -> None:
    """What the write takes on must exist; what the object has already may be as old as it likes."""
    if spec.drop_subtype and spec.subtype is not None:
        raise CustomFieldRefused("invalid_argument", "custom_schema_spec.drop.subtype", "a subtype is given and dropped at once")
    if both := set(spec.apps) & set(spec.drop_apps):
        raise CustomFieldRefused(
            "invalid_argument", "custom_schema_spec.drop.apps", f"given and dropped at once: {', '.join(sorted(both))}"
        )
    current = [one for one in fragments if not one.is_deprecated]
    if spec.subtype not in (None, subtype, *(one.subtype for one in current)):
        raise CustomFieldRefused("fragment_not_found", "custom_schema_spec.subtype", f"there is no subtype {spec.subtype!r}")
    apps = {one.app for one in current}
    for app in spec.apps:
        if app not in apps:
            raise CustomFieldRefused("fragment_not_found", "custom_schema_spec.apps", f"there is no app {app!r}")


def _leave_subtype(after: Stored, definitions: Sequence[FieldDefinition], old: str | None, new: str | None) -> None:
    """Takes away the subtype's fields, but for those that the new subtype has too, with the same type."""
    own = after.pop(SUBTYPE_NAMESPACE, {})
    types = {(one.subtype, one.key): one.field_type for one in definitions if one.namespace == SUBTYPE_NAMESPACE}
    kept = {key: value for key, value in own.items() if new and types.get((new, key)) == types.get((old, key), "")}
    if kept:
        after[SUBTYPE_NAMESPACE] = kept


def _applies(definition: FieldDefinition, subtype: str | None, after: Stored) -> bool:
    if definition.namespace == SUBTYPE_NAMESPACE:
        return subtype is not None and definition.subtype == subtype
    return definition.namespace == TENANT_NAMESPACE or definition.namespace in after


def _composites(fragments: Sequence[FragmentRow]) -> Composites:
    return {one.get("name", ""): one["fields"] for row in fragments for one in msgspec.json.decode(row.composite_schemas)}


def _put(after: Stored, known: Mapping[tuple[str, str], FieldDefinition], name: str, value: Any, composites: Composites) -> None:
    key = split_wire_name(name)
    definition = known.get(key) if key else None
    path = f"custom_fields.{name}"
    if definition is None:
        raise CustomFieldRefused("field_not_in_schema", path, "the object's schema has no such field")
    fields = after.setdefault(definition.namespace, {})
    stored = fields.get(definition.key)
    if _same(value, stored):
        return
    if definition.is_immutable and stored is not None:
        raise CustomFieldRefused("field_immutable", path, "cannot be changed once it is set")
    if value is None:
        fields.pop(definition.key, None)
        return
    check_value(path, value, rules_of(definition, composites))
    fields[definition.key] = value


def _same(one: Any, other: Any) -> bool:
    """As JSON: true is not 1."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


def _new_namespaces(spec: SchemaSpec, subtype: str | None, before: Mapping[str, Any] | None) -> set[str]:
    """What the object did not have before this write: its fields get their default values."""
    new = {app for app in spec.apps if app not in (before or {})}
    if before is None and spec.tenant_fragment:
        new.add(TENANT_NAMESPACE)
    if spec.subtype is not None and (spec.subtype != subtype or before is None):
        new.add(SUBTYPE_NAMESPACE)
    return new


def _add_defaults(after: Stored, definitions: Iterable[FieldDefinition], namespaces: set[str]) -> None:
    for one in definitions:
        if one.namespace in namespaces and one.default_value is not None:
            after.setdefault(one.namespace, {}).setdefault(one.key, msgspec.json.decode(one.default_value))


def _check_required(after: Stored, definitions: Iterable[FieldDefinition]) -> None:
    for one in definitions:
        if one.is_required and after.get(one.namespace, {}).get(one.key) is None:
            raise CustomFieldRefused("field_required", f"custom_fields.{wire_name(one.namespace, one.key)}", "is required")
