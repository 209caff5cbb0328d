"""The routes of this face."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from ..actions.context import Context
from . import events
from .exchange import View, endpoint
from .streams import Streams

VIEWS: dict[tuple[str, str], View] = {
    ("GET", "/api/v1/events"): events.list_events,
}


def routes(context: Context) -> list[BaseRoute]:
    """Every route, with the face's one count of streams behind them."""
    streams = Streams()
    return [Route(path, endpoint(context, streams, view), methods=[method]) for (method, path), view in VIEWS.items()]
