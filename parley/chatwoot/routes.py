"""The routes of this face, at Chatwoot's own paths."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ..actions.context import Context
from ..domain.problems import Internal, Problem
from . import account, errors, public, views
from .endpoints import ACCOUNT, Answerer, Area, Endpoint, Shapes
from .families import FAMILIES, shapes
from .readers import Read
from .tree import Handler, Tree

_log = logging.getLogger(__name__)
READS: dict[str, Answerer] = {
    f"{ACCOUNT}/conversations": views.list_conversations,
    f"{ACCOUNT}/conversations/meta": views.count_conversations,
}
AREAS: dict[Area, Callable[[Endpoint, Shapes, dict[str, Read]], Answerer]] = {
    "account": account.answerer,
    "user": partial(account.answerer, enter=account.enter_user),
    "platform": partial(account.answerer, enter=account.enter_platform),
    "open": account.open_answerer,
    "public": partial(account.answerer, enter=public.enter),
}


def routes(context: Context) -> list[BaseRoute]:
    known, tree, per_address = shapes(), Tree(), public.PerAddress(context.public_rate_limit)
    for path, view in READS.items():
        tree.add("GET", path, partial(_answer, context, view, "page"))
    for family in FAMILIES:
        for one in family.endpoints:
            view = AREAS[one.area](one, known, dict(family.own))
            tells = _telling(one)
            handler: Handler = partial(_answer, context, view, tells)
            if one.area == "public":
                handler = public.for_browsers(partial(_answer, context, per_address.guard(view), tells))
            for method in one.methods:
                tree.add(method, one.path, handler, described=method == one.method)
    for path in {one.path for family in FAMILIES for one in family.endpoints if one.area == "public"}:
        tree.add("OPTIONS", path, public.preflight, described=False)
    return [tree]


def _telling(one: Endpoint) -> errors.Telling:
    """A read with a body is a filter, which tells one ``error``."""
    return "page" if one.method == "GET" else one.tells if one.writes else "error"


async def _answer(context: Context, view: Answerer, tells: errors.Telling, request: Request) -> Response:
    try:
        return await view(context, request)
    except Problem as problem:
        return errors.response(problem, tells)
    except ClientDisconnect:
        raise
    except Exception:
        _log.exception("%s %s failed", request.method, request.url.path)
        return errors.response(Internal())
