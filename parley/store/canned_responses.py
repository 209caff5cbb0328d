"""Canned responses: ready-made answers that agents insert by a short code."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .database import Connection
from .nouns import Noun


class CannedResponse(NamedTuple):
    """A ready-made answer."""

    id: int
    short_code: str
    content: str
    created_at: datetime
    updated_at: datetime


CANNED_RESPONSES = Noun(
    table="canned_responses",
    kind="canned_response",
    row=CannedResponse,
    columns="n.id, n.short_code, n.content, n.created_at, n.updated_at",
    writable=frozenset({"short_code", "content"}),
    filters={"words": "(n.short_code ILIKE {0} OR n.content ILIKE {0})"},
)


async def search_canned_responses(connection: Connection, tenant_id: int, words: str | None) -> list[CannedResponse]:
    """Those that hold the words, in any case: short codes that begin with them first, then that hold them, then by content."""
    pattern = None if words is None else f"%{_literal(words)}%"
    found = await CANNED_RESPONSES.find(connection, tenant_id, {"words": pattern})
    return sorted(found, key=lambda one: (_rank(one, (words or "").lower()), one.id))


def _rank(one: CannedResponse, words: str) -> int:
    code = one.short_code.lower()
    return 0 if code.startswith(words) else 1 if words in code else 2


def _literal(words: str) -> str:
    """What LIKE takes for just these characters."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
