"""Dashboard apps: pages of other systems that a client shows beside a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class DashboardApp(NamedTuple):
    """A page beside a conversation. ``content`` is JSON text: its frames."""

    id: int
    title: str
    content: str
    created_at: datetime


DASHBOARD_APPS = Noun(
    table="dashboard_apps",
    kind="dashboard_app",
    row=DashboardApp,
    columns="n.id, n.title, n.content, n.created_at",
    writable=frozenset({"title", "content"}),
    json=frozenset({"content"}),
)
