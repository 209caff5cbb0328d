"""A Chatwoot client for tests: over HTTP, every answer held against swagger.json and our own OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from parley.chatwoot.families import endpoints
from parley.chatwoot.routes import READS
from tests.wire import chatwoot_official, described

# One for all tests: making one costs more than most requests.
_client = httpx.Client(timeout=30)


@dataclass(frozen=True)
class Chatwoot:
    """``call`` asks as one of the world's people, inside account 1 unless ``path`` begins with a slash."""

    url: str
    tokens: dict[str, str]

    def call(self, method: str, path: str, body: Any = None, *, who: str = "admin", expect: int = 200, **more: Any) -> Any:
        """The answer's body, None where it is empty; ``expect`` is the status."""
        answer = self.ask(method, path, body, who=who, **more)
        assert answer.status_code == expect, f"{answer.status_code}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    def get(self, path: str, *, who: str = "admin", expect: int = 200, **more: Any) -> Any:
        return self.call("GET", path, who=who, expect=expect, **more)

    def post(self, path: str, body: Any = None, *, who: str = "admin", expect: int = 200, **more: Any) -> Any:
        return self.call("POST", path, body, who=who, expect=expect, **more)

    def ask(self, method: str, path: str, body: Any = None, *, who: str = "admin", account: int = 1, **more: Any) -> httpx.Response:
        """``more`` goes to httpx: params, data, files, headers. An empty ``who`` sends no token."""
        full = path if path.startswith("/") else f"/api/v1/accounts/{account}/{path}"
        headers = ({"api_access_token": self.tokens.get(who, who)} if who else {}) | more.pop("headers", {})
        sent = {} if body is None else {"json": body}
        answer = _client.request(method, f"{self.url}{full}", headers=headers, **sent, **more)
        check(answer)
        return answer


def check(answer: httpx.Response) -> None:
    """Raises AssertionError where an answer is not as documented, officially and by us."""
    assert answer.status_code < 500, answer.text
    method, template = answer.request.method, template_of(answer.request.method, answer.request.url.path)
    if template is None:
        assert answer.status_code == 404, f"{method} {answer.request.url.path} is served and not described"
        return
    if answer.headers.get("content-type", "").startswith("application/json"):
        described.check(template, answer)
        if answer.is_success:
            chatwoot_official.validate(method, template, answer.status_code, answer.json())
    else:
        assert answer.content == b"" or answer.status_code == 429 or not answer.headers["content-type"].startswith("text/html")


def template_of(method: str, path: str) -> str | None:
    """The described path that a path is one of: the one with the fewest places."""
    segments = path.rstrip("/").removesuffix(".json").split("/")
    found = [one for one in _TEMPLATES.get(method, ()) if _fits(one.split("/"), segments)]
    return min(found, key=lambda one: one.count("{"), default=None)


def _fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        one.startswith("{") or one == other for one, other in zip(template, segments, strict=True)
    )


_TEMPLATES: dict[str, list[str]] = {"GET": list(READS)}
for _one in endpoints():
    _TEMPLATES.setdefault(_one.method, []).append(_one.template)
