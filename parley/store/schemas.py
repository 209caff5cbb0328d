"""Schema fragments and the custom fields in them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .filter import Sql
from .nouns import Noun

_SQL = queries.load("schemas")


class FragmentRow(NamedTuple):
    """A fragment with its stamps; ``subtype`` is set for kind subtype, ``app`` for kind app. ``composite_schemas``
    is JSON text."""

    id: int
    kind: str
    leaf_type: str
    subtype: str | None
    app: str | None
    display_name: str | None
    description: str | None
    is_deprecated: bool
    composite_schemas: str
    stage_diagram_id: int | None
    stage_diagram_name: str | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class FieldRow(NamedTuple):
    """Which custom field a row of the table is; what it says is a FieldDefinition (``conversations``)."""

    id: int
    noun: str
    leaf_type: str
    namespace: str
    subtype: str | None
    key: str


FRAGMENTS = Noun(
    table="schema_fragments",
    kind="schema_fragment",
    row=FragmentRow,
    columns=(
        "n.id, n.kind, n.leaf_type, n.subtype, n.app, n.display_name, n.description, n.is_deprecated, n.composite_schemas,"
        " n.stage_diagram_id, d.name AS stage_diagram_name, n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    joins="LEFT JOIN stage_diagrams d ON d.tenant_id = $1 AND d.id = n.stage_diagram_id",
    writable=frozenset(
        {
            "kind",
            "leaf_type",
            "subtype",
            "app",
            "display_name",
            "description",
            "is_deprecated",
            "composite_schemas",
            "stage_diagram_id",
        }
    ),
    filters={
        "kinds": "n.kind = ANY ({}::text[])",
        "leaf_types": "n.leaf_type = ANY ({}::text[])",
        "subtypes": "n.subtype = ANY ({}::text[])",
        "apps": "n.app = ANY ({}::text[])",
        "is_deprecated": "n.is_deprecated = {}::boolean",
    },
    json=frozenset({"composite_schemas"}),
)
FIELDS = Noun(
    table="custom_fields",
    kind="custom_field",
    row=FieldRow,
    columns="n.id, n.noun, n.leaf_type, n.namespace, n.subtype, n.key",
    writable=frozenset(
        {
            "noun",
            "namespace",
            "subtype",
            "key",
            "display_name",
            "description",
            "field_type",
            "allowed_values",
            "default_value",
            "is_filterable",
            "is_immutable",
            "is_pii",
            "is_required",
            "origin",
            "mfz",
            "oasis",
            "ui",
            "constraints",
            "leaf_type",
        }
    ),
    filters={"nouns": "n.noun = ANY ({}::text[])"},
    json=frozenset({"allowed_values", "default_value", "mfz", "oasis", "ui", "constraints"}),
)
# Where the values of a noun's fields are, and the column that tells its leaf types apart.
_VALUES = {
    "conversation": ("conversations", None),
    "contact": ("contacts", None),
    "company": ("companies", None),
    "workspace": ("workspaces", None),
    "user": ("memberships", None),
    "team": ("teams", None),
    "part": ("parts", "kind"),
    "work": ("works", "kind"),
}


class Place(NamedTuple):
    """A custom field of a leaf type; ``subtype`` is set for namespace ctype. ``leaf_type`` is empty where the noun has one only."""

    noun: str
    leaf_type: str
    namespace: str
    subtype: str | None
    key: str


async def has_values(connection: Connection, tenant_id: int, place: Place) -> bool:
    """Whether any object has a value of this field."""
    found = await _condition(connection, tenant_id, place)
    if found is None:
        return False
    table, condition, sql = found
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table} v WHERE {condition})", *sql.parameters))


async def drop_values(connection: Connection, tenant_id: int, place: Place) -> None:
    """Takes the field's value from every object that has one."""
    found = await _condition(connection, tenant_id, place)
    if found is not None:
        table, condition, sql = found
        path = f"ARRAY[{sql.bind(place.namespace)}::text, {sql.bind(place.key)}::text]"
        await connection.execute(f"UPDATE {table} v SET custom_fields = v.custom_fields #- {path} WHERE {condition}", *sql.parameters)


async def matches(connection: Connection, text: str, pattern: str) -> bool:
    """Raises asyncpg's InvalidRegularExpressionError."""
    return bool(await connection.fetchval(_SQL.matches, text, pattern))


async def _condition(connection: Connection, tenant_id: int, place: Place) -> tuple[str, str, Sql] | None:
    """The table and condition of the objects with a value; None where the noun's table cannot have any."""
    table, kind_column = _VALUES[place.noun]
    columns = {record[0] for record in await connection.fetch(_SQL.list_columns, table)}
    if "custom_fields" not in columns or (place.subtype is not None and "subtype" not in columns):
        return None
    sql = Sql(tenant_id)
    conditions = ["v.tenant_id = $1", f"v.custom_fields -> {sql.bind(place.namespace)}::text ? {sql.bind(place.key)}::text"]
    if place.leaf_type and kind_column:
        conditions.append(f"v.{kind_column} = {sql.bind(place.leaf_type)}::text")
    if place.subtype is not None:
        conditions.append(f"v.subtype = {sql.bind(place.subtype)}::text")
    return table, " AND ".join(conditions), sql
