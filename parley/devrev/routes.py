"""The paths of this face. Each has one name for GET and POST, as on the real service."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

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
    return [ByPath([*reads, *declared])]


class ByPath(BaseRoute):
    """Routes without parameters, found by their path in one step: trying over a hundred in turn was a tenth of a write."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = list(routes)
        self._by_path = {route.path: route for route in routes}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = self._by_path.get(scope["path"].removeprefix(scope.get("root_path", ""))) if scope["type"] == "http" else None
        if found is None:
            return Match.NONE, {}
        match, more = found.matches(scope)
        return match, {**more, "route": found}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)
