"""What an operator asks: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .. import __version__
from ..actions.context import Context
from ..domain.problems import Problem
from ..store import control
from .metrics import Metrics


def routes(context: Context, metrics: Metrics) -> list[BaseRoute]:
    async def healthz(_request: Request) -> Response:
        """Alive: the process answers. Says nothing of the database."""
        return JSONResponse({"status": "ok", "version": __version__})

    async def readyz(_request: Request) -> Response:
        """Ready: the database answers too; 503 while it does not."""
        try:
            async with context.database.control() as connection:
                await control.ping(connection)
        except Problem as problem:
            return JSONResponse({"status": "unavailable", "reason": problem.message}, 503)
        return JSONResponse({"status": "ready", "version": __version__})

    async def prometheus(_request: Request) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(metrics.render(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", prometheus)]
