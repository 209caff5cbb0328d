"""Conditions that a caller joins by AND and OR. Faces decode into this; ``store/conditions.py`` turns it into SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Operator = Literal[
    "equal_to",
    "not_equal_to",
    "differs",
    "contains",
    "does_not_contain",
    "is_present",
    "is_not_present",
    "is_greater_than",
    "is_less_than",
]
"""``not_equal_to`` wants a value that is another one, ``differs`` is content with none at all."""

FieldKind = Literal["text", "number", "date", "flag"]


@dataclass(frozen=True, slots=True)
class Condition:
    """``attribute`` is one that the noun has, or with ``kind`` the key of a custom field.

    ``values`` are of the attribute's type, any of them; a None among them is a value that nothing has. For ``contains``
    they are LIKE patterns: ``%`` and ``_`` are wildcards. A moment is compared by its day in UTC.
    """

    attribute: str
    operator: Operator
    values: tuple[Any, ...] = ()
    kind: FieldKind | None = None


Conditions: TypeAlias = tuple[tuple[Condition, ...], ...]
"""Groups joined by OR, of conditions joined by AND."""
