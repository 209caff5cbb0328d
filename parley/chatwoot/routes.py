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
from . import account, errors, views
from .endpoints import ACCOUNT, Answerer, Area, Endpoint, Shapes
from .families import FAMILIES, shapes
from .readers import Read
from .tree import Tree

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
}


def routes(context: Context) -> list[BaseRoute]:
    known, tree = shapes(), Tree()
    for path, view in READS.items():
        tree.add("GET", path, partial(_answer, context, view, "page"))
    for family in FAMILIES:
        for one in family.endpoints:
            view = AREAS[one.area](one, known, dict(family.own))
            for method in one.methods:
                tree.add(method, one.path, partial(_answer, context, view, _telling(one)), described=method == one.method)
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
