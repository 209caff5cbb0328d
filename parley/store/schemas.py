"""Schema fragments and the custom fields in them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class FragmentRow(NamedTuple):
    """A fragment with its stamps; ``subtype`` is set for kind subtype, ``app`` for kind app. ``path`` and
    ``composite_schemas`` are JSON text."""

    id: int
    kind: str
    leaf_type: str
    subtype: str | None
    app: str | None
    display_name: str | None
    description: str | None
    is_deprecated: bool
    path: str
    composite_schemas: str
    stage_diagram_id: int | None
    stage_diagram_name: str | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class FieldRow(NamedTuple):
    """A custom field with where it belongs; its columns that are JSON are text."""

    id: int
    noun: str
    namespace: str
    subtype: str | None
    key: str
    display_name: str
    description: str | None
    field_type: str
    allowed_values: str
    default_value: str | None
    is_filterable: bool
    is_immutable: bool
    is_pii: bool
    is_required: bool
    origin: str | None
    mfz: str
    oasis: str
    ui: str
    constraints: str
    leaf_type: str


FRAGMENTS = Noun(
    table="schema_fragments",
    kind="schema_fragment",
    row=FragmentRow,
    columns=(
        "n.id, n.kind, n.leaf_type, n.subtype, n.app, n.display_name, n.description, n.is_deprecated, n.path, n.composite_schemas,"
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
            "path",
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
    json=frozenset({"path", "composite_schemas"}),
)
FIELDS = Noun(
    table="custom_fields",
    kind="custom_field",
    row=FieldRow,
    columns=(
        "n.id, n.noun, n.namespace, n.subtype, n.key, n.display_name, n.description, n.field_type, n.allowed_values, n.default_value,"
        " n.is_filterable, n.is_immutable, n.is_pii, n.is_required, n.origin, n.mfz, n.oasis, n.ui, n.constraints, n.leaf_type"
    ),
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
