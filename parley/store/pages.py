"""A page of a keyset walk, with a place to go on from at either side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .cursor import Position

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order. ``before`` and ``after`` are set where rows exist on that side."""

    rows: list[T]
    before: Position | None
    after: Position | None


async def take_page(
    walk: Callable[[int, Position | None, bool], Awaitable[list[T]]],
    place_of: Callable[[T], Position],
    *,
    limit: int,
    position: Position | None,
    backwards: bool,
) -> Page[T]:
    """The page after ``position`` (or from the start), or with ``backwards`` the page before it (or from the end).

    ``walk(limit, position, backwards)`` gives the rows beyond a position in that direction, nearest first.
    """
    rows = await walk(limit + 1, position, backwards)
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        behind = position and Position(position.value_us, position.number, inclusive=True)
        exists = behind and await walk(1, behind, not backwards)
        return Page([], behind if exists and not backwards else None, behind if exists and backwards else None)
    first, last = place_of(rows[0]), place_of(rows[-1])
    other = position and await walk(1, last if backwards else first, not backwards)
    has_before, has_after = (more, bool(other)) if backwards else (bool(other), more)
    return Page(rows, first if has_before else None, last if has_after else None)
