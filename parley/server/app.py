"""The one page that mounts every face."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .. import chatwoot, devrev, native, web
from ..actions.context import Context
from ..chatwoot import event_frames
from ..chatwoot import routes as chatwoot_routes
from ..chatwoot.cable import routes as cable_routes
from ..chatwoot.cable.hub import Hub
from ..devrev import routes as devrev_routes
from ..native import routes as native_routes
from ..web import routes as web_routes
from . import files, operations
from .metrics import Metrics, Timed
from .reference import APIS

__all__ = ["chatwoot", "create_app", "devrev", "native", "web"]


def create_app(context: Context) -> Starlette:
    """Every route of every face on one port, at the paths that their clients know."""
    metrics, hub = Metrics(), Hub(context, event_frames.frames)
    app = Starlette(
        routes=[
            # First the two that are found by their path in one step; the others are tried in turn.
            *devrev_routes.routes(context),
            *chatwoot_routes.routes(context),
            *operations.routes(context, metrics),
            *files.routes(context),
            *web_routes.routes(context, APIS),
            *native_routes.routes(context),
            *cable_routes.routes(hub),
        ],
        exception_handlers={404: not_found, 405: method_not_allowed},
    )
    app.add_middleware(Timed, metrics=metrics)
    app.state.hub = hub  # what a worker runs beside the jobs
    return app


async def not_found(request: Request, _error: Exception) -> Response:
    """A path that nobody serves, in the words of the face that it looks like."""
    path = request.url.path
    if path.startswith(("/api/", "/public/", "/platform/", "/auth/")):
        return JSONResponse({"error": "Resource could not be found"}, 404)
    if "." in path.rpartition("/")[2] and not path.startswith("/static/"):
        return JSONResponse({"message": "route not found"}, 404)
    return web_routes.not_found(request)


async def method_not_allowed(request: Request, error: Exception) -> Response:
    """A path that is served under another method."""
    headers = getattr(error, "headers", None) or {}
    return JSONResponse({"message": f"method {request.method} not allowed"}, 405, headers=headers)
