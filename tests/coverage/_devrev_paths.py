"""docs/coverage-devrev.md: every path of DevRev's official document, and how much of it we answer.

Made from that document and ours: a field that the official request or answer has and ours has not is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.reference import document
from parley.server.reference import APIS

from . import ROOT

PAGE = ROOT / "docs" / "coverage-devrev.md"
_HEAD = """# DevRev's paths

Written by `python -m tests.coverage` from DevRev's official document (beta, January 2026) and our own. **served**: every field of
the request is taken and every field of the answer's objects can be sent. **partly**: the fields named are not; a request that has
one is refused by name. **not served**: 404, `route not found`.
"""
Schema = dict[str, Any]


def render(official: Schema) -> str:
    ours = document.build("/", APIS)
    rows = [_row(path, official, ours) for path in sorted(official["paths"])]
    served = [row for row in rows if "| not served |" not in row]
    whole = sum("| served |" in row for row in served)
    summary = f"{len(rows)} paths: {whole} served, {len(served) - whole} partly, {len(rows) - len(served)} not served.\n"
    return "\n".join([_HEAD, summary, "| path | | missing |", "|---|---|---|", *rows, ""])


def _row(path: str, official: Schema, ours: Schema) -> str:
    if path not in ours["paths"]:
        return f"| `{path}` | not served | |"
    theirs, mine = official["paths"][path]["post" if "post" in official["paths"][path] else "get"], ours["paths"][path]
    asked = _request(theirs, official) - _request(mine.get("post", mine.get("get")), ours)
    told = _answer(theirs, official) - _answer(mine.get("post", mine.get("get")), ours)
    missing = [f"request: {_names(asked)}"] * bool(asked) + [f"answer: {_names(told)}"] * bool(told)
    return f"| `{path}` | {'partly' if missing else 'served'} | {'; '.join(missing)} |"


def _names(fields: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(fields))


def _request(operation: Schema, whole: Schema) -> set[str]:
    body = _follow(operation.get("requestBody", {}), whole)
    return set(_properties(_json(body), whole))


def _answer(operation: Schema, whole: Schema) -> set[str]:
    """The fields of the answer, and those of the objects right in it (``tag.name``, ``tags.name``)."""
    found: set[str] = set()
    success = next((answer for status, answer in operation["responses"].items() if status.startswith("2")), {})
    for name, schema in _properties(_json(_follow(success, whole)), whole).items():
        found.add(name)
        inner = schema.get("items", schema)
        found |= {f"{name}.{key}" for key in _properties(inner, whole)}
    return found


def _json(holder: Schema) -> Schema:
    found: Schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _properties(schema: Schema, whole: Schema) -> dict[str, Schema]:
    """The properties that an object can have, whichever branch it is."""
    return dict(_walk(schema, whole, set()))


def _walk(schema: Schema, whole: Schema, seen: set[str]) -> Iterator[tuple[str, Schema]]:
    ref = schema.get("$ref")
    if ref in seen:
        return
    schema = _follow(schema, whole)
    seen = seen | ({ref} if ref else set())
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _walk(part, whole, seen)
    yield from schema.get("properties", {}).items()


def _follow(value: Schema, whole: Schema) -> Schema:
    while "$ref" in value:
        found: Any = whole
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value
