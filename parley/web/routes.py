"""The pages of the browser face, and the API's own description."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ..actions.context import Context
from ..reference import document
from ..reference.operations import Api
from . import docs, home, pages

View = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger("parley.web")


def routes(context: Context, apis: Sequence[Api]) -> list[BaseRoute]:
    """Pages stay out of the API's description; /openapi.json describes itself too. It is made when first asked for."""

    @functools.cache
    def described() -> dict[str, Any]:
        return document.build(context.public_url or "/", apis)

    @functools.cache
    def encoded() -> bytes:
        return msgspec.json.encode(described())

    async def openapi(_request: Request) -> Response:
        content = await asyncio.to_thread(encoded)
        return Response(content, media_type="application/json", headers={"access-control-allow-origin": "*"})

    return [
        Route("/", _page(home.view(context)), include_in_schema=False),
        Route("/docs", _page(docs.view(context, described)), include_in_schema=False),
        Route("/openapi.json", openapi),
        Mount("/static", _Static(directory=pages.FOLDER / "static")),
    ]


def not_found(request: Request) -> Response:
    """A page for a browser, one line of JSON for anybody else."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"message": "route not found"}, 404)
    return pages.page("not_found.html", status=404, path=request.url.path)


def _page(view: View) -> View:
    """A failed page says so in its own look; the reason goes to the log."""

    @functools.wraps(view)
    async def answer(request: Request) -> Response:
        try:
            return await view(request)
        except Exception:
            _log.exception("the page %s failed", request.url.path)
            return pages.page("failed.html", status=500)

    return answer


class _Static(StaticFiles):
    """Addresses carry a fingerprint of the bytes, so a browser may keep them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        if response.status_code == 200 and "cache-control" not in Headers(raw=response.raw_headers):
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response
