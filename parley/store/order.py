"""The sort orders that have an index, as data: the only ORDER BY clauses there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["ASC", "DESC"]


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: a column of conversations, its direction, and where nulls stand."""

    column: str
    direction: Direction
    nulls_last: bool = False

    def sql(self) -> str:
        return f"c.{self.column} {self.direction}" + (" NULLS LAST" if self.nulls_last else "")


@dataclass(frozen=True, slots=True)
class Order:
    """A total order: the keys, then the conversation number as the unique tiebreaker."""

    name: str
    keys: tuple[Key, ...]
    tiebreaker: Direction

    def sql(self) -> str:
        return ", ".join([*(key.sql() for key in self.keys), f"c.number {self.tiebreaker}"])

    @property
    def columns(self) -> list[str]:
        return [*(f"c.{key.column}" for key in self.keys), "c.number"]


def _order(name: str, *keys: Key, tiebreaker: Direction | None = None) -> tuple[str, Order]:
    return name, Order(name, keys, tiebreaker or keys[-1].direction)


_ACTIVITY = Key("last_activity_at", "DESC")
_CREATED = Key("created_at", "ASC")

# Keyset orders: one column that is never null, so that a page can be resumed from a row.
KEYSET_ORDERS = dict(
    _order(f"{name}:{direction.lower()}", Key(column, direction))
    for name, column in {"modified_date": "modified_at", "created_date": "created_at"}.items()
    for direction in ("ASC", "DESC")
)
DEFAULT_KEYSET = KEYSET_ORDERS["modified_date:desc"]

# Numbered-page orders: Chatwoot's, with the tiebreaker that the original lacks.
PAGE_ORDERS = dict(
    (
        _order("last_activity_at_desc", _ACTIVITY),
        _order("last_activity_at_asc", Key("last_activity_at", "ASC")),
        _order("created_at_asc", _CREATED),
        _order("created_at_desc", Key("created_at", "DESC")),
        _order("priority_desc", Key("priority", "DESC", nulls_last=True), _ACTIVITY),
        _order("priority_asc", Key("priority", "ASC", nulls_last=True), _ACTIVITY),
        _order("priority_desc_created_at_asc", Key("priority", "DESC", nulls_last=True), _CREATED, tiebreaker="DESC"),
        _order("waiting_since_asc", Key("waiting_since", "ASC", nulls_last=True), _CREATED),
        _order("waiting_since_desc", Key("waiting_since", "DESC", nulls_last=True), _CREATED),
        _order("unread", Key("unread_count", "DESC"), _ACTIVITY),
    )
)
