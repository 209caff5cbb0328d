"""``custom_schema_spec``: what a write says about the schemas of its custom fields, the same for every noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..actions.custom_fields import SchemaSpec
from ..domain.problems import InvalidValue


def schema_spec(given: Mapping[str, Any]) -> SchemaSpec:
    """Raises InvalidValue for a schema that is given and dropped at once."""
    drop = given.get("drop", {})
    if drop.get("subtype") and "subtype" in given:
        raise InvalidValue("custom_schema_spec.drop.subtype", "a subtype is set or dropped, not both")
    if both := set(given.get("apps", ())) & set(drop.get("apps", ())):
        raise InvalidValue("custom_schema_spec.drop.apps", f"named among apps too: {', '.join(sorted(both))}")
    return SchemaSpec(
        subtype=given.get("subtype"),
        drop_subtype=drop.get("subtype", False),
        apps=given.get("apps", ()),
        drop_apps=drop.get("apps", ()),
        tenant_fragment=given.get("tenant_fragment", False),
        validate_required=given.get("validate_required_fields", False),
    )
