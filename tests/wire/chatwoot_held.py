"""Every answer of a Chatwoot path, held against swagger.json and our own document; ``held.py`` brings them here.

Parley's own API lies beside those paths and is held against our document alone.

The requests are not held: a parameter that nobody knows is ignored, as in the original. Refusals are held against our document
only: in theirs each error is an object with a field and a code, and the original sends sentences. Answers that are no JSON (CSV,
pages, nothing) are held to their status and kind; what is read as a stream is not held.
"""

from __future__ import annotations

import functools
from typing import Any

from parley.chatwoot.families import endpoints
from parley.chatwoot.routes import READS
from parley.native import routes as native_routes
from tests.wire import chatwoot_official, described

PREFIXES = ("/api/v1/", "/api/v2/", "/public/api/", "/platform/api/", "/auth/")
# PATCH and PUT are the same, as in Rails; the document tells one of them.
_TWINS = {"PATCH": "PUT", "PUT": "PATCH"}
_TEMPLATES: dict[str, list[str]] = {"GET": list(READS)}
for _one in endpoints():
    _TEMPLATES.setdefault(_one.method, []).append(_one.template)
for _method, _path in native_routes.VIEWS:
    _TEMPLATES.setdefault(_method, []).append(_path)


def check(answer: Any, *, failing: bool = False) -> None:
    """Raises AssertionError where an answer is not as documented; ``failing`` says that a 5xx is what the test is about."""
    asked = answer.request
    assert answer.status_code < 500 or failing, answer.text
    if asked.method not in _TEMPLATES.keys() | _TWINS.keys() or not answer.content:
        return
    told = described_as(asked.method, asked.url.path)
    if told is None:
        assert answer.status_code in (404, 405), f"{asked.method} {asked.url.path} is served and not described"
        return
    check_as(*told, answer)


def check_as(method: str, template: str, answer: Any) -> None:
    """The same for the answer of any library, where it is known what was asked."""
    body = described.check(template, answer, method)
    if 200 <= answer.status_code < 300 and described.is_json(answer):
        chatwoot_official.validate(method, template, answer.status_code, body)


@functools.lru_cache(4096)
def described_as(method: str, path: str) -> tuple[str, str] | None:
    """The method and path in our document: of those that fit, the one with the fewest places."""
    segments = path.rstrip("/").removesuffix(".json").split("/")
    for one in (method, _TWINS.get(method, "")):
        if found := [template for template in _TEMPLATES.get(one, ()) if _fits(template.split("/"), segments)]:
            return one, min(found, key=lambda template: template.count("{"))
    return None


def _fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        one.startswith("{") or one == other for one, other in zip(template, segments, strict=True)
    )
