"""A statement under construction: text from us, values from callers, never the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Sql:
    """A statement under construction. ``$1`` is the tenant."""

    def __init__(self, tenant_id: int) -> None:
        self.parameters: list[Any] = [tenant_id]

    def bind(self, value: Any) -> str:
        """Adds a parameter and returns its placeholder."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def among(self, ids: Sequence[int]) -> str:
        """What follows a column that is one of these ids.

        One is asked for as one: for an array of one the statement is planned anew each time, as a kept plan reckons with ten.
        """
        return f"= {self.bind(ids[0])}" if len(ids) == 1 else f"= ANY ({self.bind(list(ids))}::bigint[])"
