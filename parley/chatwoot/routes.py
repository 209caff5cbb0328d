"""The routes of this face, at Chatwoot's own paths."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..actions.context import Context
from ..domain.problems import Internal, Problem
from . import errors, views

_log = logging.getLogger(__name__)
View = Callable[[Context, Request], Awaitable[Response]]
ACCOUNT = "/api/v1/accounts/{account_id}"


def routes(context: Context) -> list[BaseRoute]:
    def answered(view: View) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await view(context, request)
            except Problem as problem:
                return errors.response(problem)
            except Exception:
                _log.exception("%s %s failed", request.method, request.url.path)
                return errors.response(Internal())

        return endpoint

    return [
        Route(f"{ACCOUNT}/conversations", answered(views.list_conversations)),
        Route(f"{ACCOUNT}/conversations/meta", answered(views.count_conversations)),
    ]
