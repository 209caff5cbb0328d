"""Campaigns: messages to many, as they are kept; nothing sends them yet."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class CampaignRow(NamedTuple):
    """A campaign. ``number`` is what the wire calls it by; ``settings`` is JSON text."""

    id: int
    number: int
    title: str
    inbox_id: int | None
    settings: str
    created_at: datetime
    updated_at: datetime


CAMPAIGNS = Noun(
    table="campaigns",
    kind="campaign",
    row=CampaignRow,
    columns="n.id, coalesce(n.display_id, n.id) AS number, n.title, n.inbox_id, n.settings, n.created_at, n.updated_at",
    writable=frozenset({"title", "inbox_id", "settings"}),
    json=frozenset({"settings"}),
    filters={"number": "coalesce(n.display_id, n.id) = {}::bigint", "inbox_id": "n.inbox_id = {}::bigint"},
)
