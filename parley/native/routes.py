"""The routes of this face."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from ..actions.context import Context
from . import deliveries, events, webhooks
from .exchange import View, endpoint
from .streams import Streams

VIEWS: dict[tuple[str, str], View] = {
    ("GET", "/api/v1/events"): events.list_events,
    ("GET", "/api/v1/webhooks"): webhooks.list_webhooks,
    ("POST", "/api/v1/webhooks/{id}/test"): webhooks.send_test,
    ("POST", "/api/v1/webhooks/{id}/activate"): webhooks.activate_webhook,
    ("POST", "/api/v1/webhooks/{id}/rotate-secret"): webhooks.rotate_secret,
    ("GET", "/api/v1/deliveries"): deliveries.list_deliveries,
    ("POST", "/api/v1/deliveries/redeliver"): deliveries.redeliver,
    ("GET", "/api/v1/deliveries/{id}"): deliveries.show_delivery,
    ("POST", "/api/v1/deliveries/{id}/redeliver"): deliveries.redeliver_one,
}


def routes(context: Context) -> list[BaseRoute]:
    """Every route, with the face's one count of streams behind them."""
    streams = Streams()
    return [Route(path, endpoint(context, streams, view), methods=[method]) for (method, path), view in VIEWS.items()]
