"""The paths of this face. Each has one name for GET and POST, as on the real service."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from ..actions.context import Context
from . import views
from .endpoints import view_of
from .exchange import View, endpoint
from .families import FAMILIES, shapes
from .limits import Limiter

READS: dict[str, View] = {
    "/conversations.list": views.list_conversations,
    "/conversations.export": views.export_conversations,
}


def routes(context: Context) -> list[BaseRoute]:
    """Every route, with the face's one rate limiter behind them."""
    limiter = Limiter(context.rate_limit)
    reads = [Route(path, endpoint(context, limiter, view), methods=["GET", "POST"]) for path, view in READS.items()]
    known = shapes()
    declared = [
        Route(one.path, endpoint(context, limiter, view_of(one, family, known)), methods=one.methods)
        for family in FAMILIES
        for one in family.endpoints
    ]
    return [*reads, *declared]
