"""A statement under construction: text from us, values from callers, never the other way round."""

from __future__ import annotations

from typing import Any


class Sql:
    """A statement under construction. ``$1`` is the tenant."""

    def __init__(self, tenant_id: int) -> None:
        self.parameters: list[Any] = [tenant_id]

    def bind(self, value: Any) -> str:
        """Adds a parameter and returns its placeholder."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"
