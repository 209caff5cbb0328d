"""What the views of small nouns share."""

from __future__ import annotations

from typing import TypeVar

from ..domain.problems import NotFound
from ..store.nouns import Noun
from .endpoints import Call

T = TypeVar("T")


async def get_one(call: Call, noun: Noun[T], number: int) -> T:
    """Raises NotFound."""
    found = await noun.get(call.connection, call.tenant_id, [number])
    if number not in found:
        raise NotFound()
    return found[number]
