"""The tenant's own custom fields, as Chatwoot's clients define them; ``schemas`` has the same rows as DevRev's do."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class AttributeRow(NamedTuple):
    """A field of conversations, contacts or companies. ``allowed_values`` and ``default_value`` are JSON text."""

    id: int
    noun: str
    key: str
    display_name: str
    description: str | None
    field_type: str
    chatwoot_type: str | None
    allowed_values: str
    default_value: str | None
    regex_pattern: str | None
    regex_cue: str | None
    created_at: datetime
    updated_at: datetime


ATTRIBUTE_DEFINITIONS = Noun(
    table="custom_fields",
    kind="custom_field",
    row=AttributeRow,
    columns="n.id, n.noun, n.key, n.display_name, n.description, n.field_type, n.chatwoot_type, n.allowed_values, n.default_value,"
    " n.regex_pattern, n.regex_cue, n.created_at, n.updated_at",
    writable=frozenset(
        {
            "noun", "namespace", "key", "display_name", "description", "field_type", "chatwoot_type", "allowed_values", "default_value",
            "regex_pattern", "regex_cue",
        }
    ),
    filters={
        "ids": "n.id = ANY ({}::bigint[])",
        "nouns": "n.noun = ANY ({}::text[])",
        "namespace": "n.namespace = {}::text AND n.subtype IS NULL AND n.leaf_type = ''",
    },
    json=frozenset({"allowed_values", "default_value"}),
)  # fmt: skip
