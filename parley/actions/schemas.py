"""Setting a schema fragment: the custom fields of a leaf type, of one of its subtypes or of an app.

A fragment is one row that changes in place and keeps its id; the objects that carry it show what it says at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec

from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import SUBTYPE_NAMESPACE, TENANT_NAMESPACE, split_wire_name
from ..domain.leaf_types import NOUNS, stored_leaf_type
from ..domain.principals import Principal
from ..domain.problems import CustomFieldRefused, InvalidId, InvalidValue
from ..store import conversations
from ..store.database import Connection
from ..store.schemas import FIELDS, FRAGMENTS, FragmentRow, Place, drop_values, has_values, matches
from ..store.stage_diagrams import DIAGRAMS
from .context import Context
from .field_values import patterns_in, rules_of_descriptor
from .nouns import change, changing, create
from .schema_fields import check_descriptors, columns_of, stored_type
from .stage_diagrams import check_leaf_type

Json = Mapping[str, Any]
_TAKEN = {"schema_fragments_scope": "the fragment", "custom_fields_key": "fields"}


@dataclass(frozen=True, slots=True)
class NewFragment:
    """``kind`` is tenant, subtype or app; ``name`` is the subtype's or app's. What is None stays as it is.

    ``fields`` are all of the fragment's fields; one that is not among them any more is in ``deleted``.
    """

    kind: str
    leaf_type: str
    name: str | None
    description: str
    display_name: str | None = None
    is_deprecated: bool | None = None
    composites: Sequence[Json] | None = None
    fields: Sequence[Json] | None = None
    deleted: frozenset[str] = field(default_factory=frozenset)
    stage_diagram_id: int | None = None


async def set_fragment(context: Context, principal: Principal, new: NewFragment) -> int:
    """The fragment's id. Raises Forbidden, and the BadInput problem that names the field."""
    check_leaf_type(new.leaf_type)
    _check_name(new)
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await _check_diagram(connection, principal, new)
        asked = {"kinds": [new.kind], "leaf_types": [new.leaf_type]} | _scope(new)
        found = await FRAGMENTS.find(connection, principal.tenant.id, asked)
        setting = _Setting(connection, principal, new, found[0] if found else None)
        await setting.check()
        number = await setting.write_fragment(context)
        await setting.write_fields()
        return number


def _scope(new: NewFragment) -> dict[str, list[str]]:
    if new.name is None:
        return {}
    return {"subtypes" if new.kind == "subtype" else "apps": [new.name]}


def namespace_of(kind: str, app: str | None) -> str:
    """Where the fields of a fragment are."""
    return {"tenant": TENANT_NAMESPACE, "subtype": SUBTYPE_NAMESPACE}.get(kind, app or "")


def fields_of(fragment: FragmentRow, definitions: Sequence[FieldDefinition]) -> list[FieldDefinition]:
    """The fields of a fragment, of all those of its leaf type's noun."""
    namespace, leaf_types = namespace_of(fragment.kind, fragment.app), ("", stored_leaf_type(fragment.leaf_type))
    subtype = fragment.subtype if fragment.kind == "subtype" else None
    return [one for one in definitions if one.namespace == namespace and one.leaf_type in leaf_types and one.subtype == subtype]


class _Setting:
    """One fragment being set: what it was, and what it is to be."""

    def __init__(self, connection: Connection, principal: Principal, new: NewFragment, was: FragmentRow | None) -> None:
        self.connection = connection
        self.principal = principal
        self.tenant_id = principal.tenant.id
        self.new = new
        self.was = was
        self.noun = NOUNS[new.leaf_type]
        self.known: dict[str, FieldDefinition] = {}

    async def check(self) -> None:
        """Raises for fields that are not well defined, that were left out, and whose type changes while there are values."""
        new = self.new
        definitions = await conversations.list_field_definitions(self.connection, self.tenant_id, self.noun)
        if self.was is not None:
            self.known = {one.key: one for one in fields_of(self.was, definitions)}
        composites = await self._composites()
        fields = new.fields or ()
        check_descriptors("fields", fields, composites, frozenset(self.known))
        given = {one["name"] for one in fields}
        if unknown := new.deleted - set(self.known):
            raise InvalidValue("deleted_fields", f"the fragment has no field {min(unknown)!r}")
        if both := new.deleted & given:
            raise InvalidValue("deleted_fields", f"{min(both)!r} is given and deleted at once")
        if new.fields is not None and (missing := set(self.known) - given - new.deleted):
            reason = f"{min(missing)!r} is left out; fields are dropped by deleted_fields"
            raise CustomFieldRefused("field_dropped", "fields", reason)
        for place, one in enumerate(fields):
            await self._check_type(f"fields[{place}].field_type", one)
            await _check_pattern(self.connection, f"fields[{place}]", one, composites)

    async def write_fragment(self, context: Context) -> int:
        new = self.new
        given: dict[str, Any] = {
            "display_name": new.display_name,
            "is_deprecated": new.is_deprecated,
            "composite_schemas": None if new.composites is None else list(new.composites),
            "stage_diagram_id": new.stage_diagram_id,
        }
        values: dict[str, Any] = {"description": new.description} | {key: value for key, value in given.items() if value is not None}
        if self.was is not None:
            await change(self.connection, context, self.principal, FRAGMENTS, self.was.id, values)
            return self.was.id
        scope = {"subtype": "subtype", "app": "app"}.get(new.kind)
        values |= {"kind": new.kind, "leaf_type": new.leaf_type} | ({scope: new.name} if scope else {})
        return await create(self.connection, context, self.principal, FRAGMENTS, values)

    async def write_fields(self) -> None:
        for name in sorted(self.new.deleted):
            await drop_values(self.connection, self.tenant_id, self._place(name))
            await FIELDS.delete(self.connection, self.tenant_id, self.known[name].id)
        for one in self.new.fields or ():
            known = self.known.get(one["name"])
            values, me = columns_of(one), self.principal.ref
            if known is not None:
                await FIELDS.update(self.connection, self.tenant_id, known.id, values, me)
            else:
                await FIELDS.insert(self.connection, self.tenant_id, values | self._place(one["name"])._asdict(), me)

    async def _composites(self) -> dict[str, Sequence[Json]]:
        """The composite types after this; those that are given are checked, in order, and may use earlier ones."""
        if self.new.composites is None:
            stored = msgspec.json.decode(self.was.composite_schemas) if self.was else []
            return {one["name"]: one["fields"] for one in stored}
        found: dict[str, Sequence[Json]] = {}
        for place, one in enumerate(self.new.composites):
            if one["name"] in found:
                raise InvalidValue(f"composite_schemas[{place}].name", "the composite type is given twice")
            check_descriptors(f"composite_schemas[{place}].fields", one["fields"], found, frozenset())
            for number, inner in enumerate(one["fields"]):
                await _check_pattern(self.connection, f"composite_schemas[{place}].fields[{number}]", inner, found)
            found[one["name"]] = one["fields"]
        used = {msgspec.json.decode(one.constraints).get("composite_type") for one in self.known.values()} - {None}
        if (lost := used - set(found)) and self.new.fields is None:
            raise InvalidValue("composite_schemas", f"{min(lost)!r} is left out and a field is of this type")
        return found

    async def _check_type(self, where: str, descriptor: Json) -> None:
        known = self.known.get(descriptor["name"])
        if known is None or known.field_type == stored_type(descriptor):
            return
        if await has_values(self.connection, self.tenant_id, self._place(descriptor["name"])):
            raise InvalidValue(where, f"{descriptor['name']!r} is {known.field_type}, and stays so while objects have values of it")

    def _place(self, key: str) -> Place:
        new = self.new
        subtype = new.name if new.kind == "subtype" else None
        app = new.name if new.kind == "app" else None
        return Place(self.noun, stored_leaf_type(new.leaf_type), namespace_of(new.kind, app), subtype, key)


async def _check_pattern(connection: Connection, where: str, descriptor: Json, composites: Mapping[str, Sequence[Json]]) -> None:
    """The pattern is one that the database understands, and the default value matches it."""
    if "pattern" not in descriptor:
        return
    try:
        await matches(connection, "", descriptor["pattern"])
    except asyncpg.InvalidRegularExpressionError as error:
        raise InvalidValue(f"{where}.pattern", f"not a regular expression: {error}") from error
    default = descriptor.get("default_value")
    found = [] if default is None else patterns_in("", default, rules_of_descriptor(descriptor, composites))
    for _, text, pattern in found:
        if not await matches(connection, text, pattern):
            raise InvalidValue(f"{where}.default_value", f"{where}: the default value does not match the pattern")


def _check_name(new: NewFragment) -> None:
    """An app's name is the namespace of its fields."""
    if new.kind == "app" and (new.name in (TENANT_NAMESPACE, SUBTYPE_NAMESPACE) or not split_wire_name(f"{new.name}__x")):
        raise InvalidValue("app", "an app is called by small letters and digits with single underscores between them, not tnt or ctype")


async def _check_diagram(connection: Connection, principal: Principal, new: NewFragment) -> None:
    if new.stage_diagram_id is None:
        return
    row = (await DIAGRAMS.get(connection, principal.tenant.id, [new.stage_diagram_id])).get(new.stage_diagram_id)
    if row is None or row.leaf_type != new.leaf_type:
        raise InvalidId("stage_diagram", "the leaf type has no such stage diagram")
