"""The paths of this face, found segment by segment: trying hundreds of patterns in turn would cost more than many answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from .parameters import BIGINT

Handler = Callable[[Request], Awaitable[Response]]
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_WHOLE, _LEADING = re.compile(r"[0-9]+\Z"), re.compile(r"[0-9]+")
_PLACE = re.compile(r"\{(\w+)(:text)?\}")


@dataclass(slots=True)
class _Node:
    """``handlers`` by method, each with the names of the path's places."""

    named: dict[str, _Node] = field(default_factory=dict)
    number: _Node | None = None
    text: _Node | None = None
    handlers: dict[str, tuple[Handler, list[str]]] = field(default_factory=dict)


class Tree(BaseRoute):
    """Routes by method and path; ``{name}`` takes a number, ``{name:text}`` anything. A slash or ``.json`` at the end is dropped.

    A read takes what follows a number for nothing, as Rails does (``207abc`` is 207); a write with such an id finds nothing.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self.routes: list[Route] = []

    def add(self, method: str, path: str, handler: Handler, *, described: bool = True) -> None:
        """Raises ValueError for a route that is there already."""
        self.routes.append(Route(path.replace(":text}", "}"), handler, methods=[method], include_in_schema=described))
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            if place := _PLACE.fullmatch(segment):
                names.append(place[1])
                kind = "text" if place[2] else "number"
                if getattr(node, kind) is None:
                    setattr(node, kind, _Node())
                node = getattr(node, kind)
            else:
                node = node.named.setdefault(segment, _Node())
        if method in node.handlers:
            raise ValueError(f"two routes for {method} {path}")
        node.handlers[method] = (handler, names)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        path = scope["path"].removeprefix(scope.get("root_path", "")).strip("/").removesuffix(".json")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = _find(self._root, path.split("/"), [], method, _LEADING if method == "GET" else _WHOLE)
        if found is None:
            allowed = [other for other in _METHODS if _find(self._root, path.split("/"), [], other, _WHOLE)]
            return (Match.FULL, {"handler": _refuse(allowed), "path_params": {}}) if allowed else (Match.NONE, {})
        handler, values = found
        return Match.FULL, {"handler": handler, "path_params": values}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await scope["handler"](Request(scope, receive))
        await response(scope, receive, send)


def _refuse(allowed: list[str]) -> Handler:
    """Another method than the path has; Rails says 404, as if there were nothing."""

    async def refuse(request: Request) -> Response:
        error = {"error": f"This path takes {', '.join(allowed)}, not {request.method}"}
        return JSONResponse(error, 405, headers={"allow": ", ".join(allowed)})

    return refuse


def _find(
    node: _Node, segments: list[str], values: list[Any], method: str, number: re.Pattern[str]
) -> tuple[Handler, Mapping[str, Any]] | None:
    """A word goes before a number, a number before any text. ``number`` tells what counts as one."""
    if not segments:
        if method not in node.handlers:
            return None
        handler, names = node.handlers[method]
        return handler, dict(zip(names, values, strict=True))
    first, rest = segments[0], segments[1:]
    tries = [(node.named.get(first), values)]
    digits = number.match(first)
    if node.number is not None and digits and len(digits[0]) < 20 and int(digits[0]) <= BIGINT:
        tries.append((node.number, [*values, int(digits[0])]))
    if node.text is not None and first:
        tries.append((node.text, [*values, first]))
    for inner, passed in tries:
        if inner is not None and (found := _find(inner, rest, passed, method, number)) is not None:
            return found
    return None
