"""Schema fragments as this wire shows them: fields under their raw names, as schemas.custom.set takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..domain.conversations import FieldDefinition
from ..store.schemas import FragmentRow
from .dons import Dons, stock_fragment
from .encode_events import descriptor
from .encode_people import People, without_none
from .endpoints import Json
from .lists import stamps
from .stock_fields import conversation_fields

TYPES = {"tenant": "tenant_fragment", "subtype": "custom_type_fragment", "app": "app_fragment"}
KINDS = {wire: kind for kind, wire in TYPES.items()}


def field(definition: FieldDefinition) -> Json:
    return descriptor(definition) | {"name": definition.key}


def fragment(names: Dons, row: FragmentRow, fields: Sequence[FieldDefinition] | None, people: People) -> Json:
    """A custom fragment; without ``fields`` they are left out."""
    wire = TYPES[row.kind]
    shown: Json = {
        "type": wire,
        **names.ids(wire, row.id),
        "leaf_type": row.leaf_type,
        "is_custom_leaf_type": False,
        "deprecated": row.is_deprecated,
        "is_deprecated": row.is_deprecated,
        "fragment_type": {"tenant": "tenant", "subtype": "custom_type", "app": "app"}[row.kind],
        "composite_schemas": composites(row),
        **stamps(row, people),
    }
    if fields is not None:
        shown["fields"] = [field(one) for one in fields]
    if row.kind == "subtype":
        shown |= without_none({"subtype": row.subtype, "subtype_display_name": row.display_name})
    if row.kind == "app":
        shown |= without_none({"app": row.app, "app_display_name": row.display_name})
    if row.stage_diagram_id is not None:
        shown["stage_diagram"] = {**names.ids("stage_diagram", row.stage_diagram_id), "name": row.stage_diagram_name}
    return shown | without_none({"description": row.description})


def stock(row: FragmentRow, stages: Iterable[str], people: People, *, with_fields: bool = True) -> Json:
    return {
        "id": stock_fragment(row.id),
        "leaf_type": row.leaf_type,
        "title": row.leaf_type.capitalize(),
        "description": "A conversation between customers and the people who help them.",
        "composite_schemas": [],
        "fields": conversation_fields(stages) if with_fields else [],
        **stamps(row, people),
    }


def composites(row: FragmentRow) -> list[Json]:
    found: list[Json] = msgspec.json.decode(row.composite_schemas)
    return found
