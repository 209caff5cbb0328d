"""/docs: the API's description as a page, made from the OpenAPI document and nothing else."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import markupsafe
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from .caller import base_url
from .pages import page

Document = dict[str, Any]


class Row(NamedTuple):
    """One parameter or field; ``type`` is words with links to the shapes that they name."""

    name: str
    required: bool
    type: Markup
    text: Markup


class Reply(NamedTuple):
    status: str
    text: Markup
    type: Markup
    headers: list[str]


class Shape(NamedTuple):
    anchor: str
    text: Markup
    rows: list[Row]
    union: Markup | None


class Operation(NamedTuple):
    anchor: str
    verb: str
    path: str
    summary: str
    text: Markup
    parameters: dict[str, list[Row]]
    body: Shape | None
    replies: list[Reply]
    curl: str
    needs_token: bool


class Group(NamedTuple):
    """One API: its operations and the shapes that they speak of."""

    name: str
    text: Markup
    operations: list[Operation]
    shapes: list[Shape]


def view(context: Context, document: Callable[[], Document]) -> Callable[[Request], Awaitable[Response]]:
    """The document is read when the page is first asked for: it takes half a second, which a start of the server need not."""

    @functools.cache
    def groups() -> list[Group]:
        return read(document())

    def answer(url: str) -> Response:
        return page("docs.html", cache="no-cache", groups=groups(), url=url, about=prose(document()["info"]["description"]))

    async def docs(request: Request) -> Response:
        """The same page for everybody, but for the address in its curl lines."""
        return await asyncio.to_thread(answer, base_url(request, context.public_url))

    return docs


def read(document: Document) -> list[Group]:
    return [_group(tag, document) for tag in document["tags"]]


def _group(tag: Document, document: Document) -> Group:
    operations = list(_operations(tag["name"], document))
    bodies = {operation.body.anchor for operation in operations if operation.body}
    prefix = tag["name"].lower() + "-"
    shapes = {name: schema for name, schema in document["components"]["schemas"].items() if name.startswith(prefix)}
    return Group(
        tag["name"],
        prose(tag["description"]),
        operations,
        [_shape(name, schema) for name, schema in shapes.items() if name not in bodies],
    )


def _operations(tag: str, document: Document) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            if operation["tags"][0] == tag:
                yield _operation(verb, path, operation, document)


def _operation(verb: str, path: str, operation: Document, document: Document) -> Operation:
    return Operation(
        operation["operationId"],
        verb.upper(),
        path,
        operation["summary"],
        prose(operation["description"]),
        _parameters(operation),
        _body(operation, document),
        [_reply(status, answer) for status, answer in operation["responses"].items()],
        operation["x-codeSamples"][0]["source"],
        bool(operation["security"]),
    )


def _body(operation: Document, document: Document) -> Shape | None:
    """A body's fields stand with their operation, not among the shapes."""
    if "requestBody" not in operation:
        return None
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return _shape(name, document["components"]["schemas"][name])


def _parameters(operation: Document) -> dict[str, list[Row]]:
    """By place: path, header, query."""
    places: dict[str, list[Row]] = {}
    for one in operation.get("parameters", ()):
        row = Row(one["name"], one["required"], type_words(one["schema"]), prose(one["description"]))
        places.setdefault(one["in"], []).append(row)
    return places


def _reply(status: str, answer: Document) -> Reply:
    forms = [
        type_words(content["schema"]) if media == "application/json" else Markup(markupsafe.escape(media))  # noqa: S704
        for media, content in answer.get("content", {}).items()
    ]
    words = Markup(" or ").join(forms) or Markup("nothing")
    return Reply(status, prose(answer["description"]), words, list(answer.get("headers", ())))


def _shape(name: str, schema: Document) -> Shape:
    if "oneOf" in schema:
        return Shape(name, prose(schema["description"]), [], _either(schema["oneOf"]))
    required = schema.get("required", ())
    rows = [Row(key, key in required, type_words(value), prose(value["description"])) for key, value in schema["properties"].items()]
    return Shape(name, prose(schema["description"]), rows, None)


def prose(text: str) -> Markup:
    """Words between back ticks are code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts))


def type_words(schema: Document) -> Markup:
    """``array of conversation``, with a link to each shape."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(name, name.partition("-")[2])
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    if "const" in schema:
        return Markup('"{}"').format(schema["const"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return Markup("{} or null").format(type_words(schema | {"type": kind[0]}))
    if kind == "array":
        return Markup("array of {}{}").format(type_words(schema["items"]), _bounds(schema, "minItems", "maxItems"))
    return _plain(kind, schema)


def _plain(kind: str, schema: Document) -> Markup:
    if "enum" in schema:
        return Markup(" | ").join(f'"{one}"' for one in schema["enum"] if one is not None)
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(type_words(inner))
    if "pattern" in schema:
        prefixes = re.findall("[A-Z]{2,}", schema["pattern"])
        return Markup("id {}").format(" or ".join(f"{one}-n" for one in prefixes)) if prefixes else Markup("DON")
    word = {"date-time": "time"}.get(schema.get("format", ""), kind)
    return Markup("{}{}{}").format(word, _bounds(schema, "minimum", "maximum"), _bounds(schema, "minLength", "maxLength", " characters"))


def _bounds(schema: Document, least: str, most: str, unit: str = "") -> str:
    low, high = schema.get(least), schema.get(most)
    if low is None and high is None:
        return ""
    words = f"{low} to {high}" if low is not None and high is not None else f"from {low}" if high is None else f"up to {high}"
    return f", {words}{unit}"


def _either(schemas: list[Document]) -> Markup:
    """Null is said in words."""
    return Markup(" or ").join(Markup("null") if one == {"type": "null"} else type_words(one) for one in schemas)
