"""A DevRev client for tests: over HTTP, and every request and answer held against the official document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.wire import described, official

# One for all tests: making one costs more than most requests.
_client = httpx.Client(timeout=30)


@dataclass(frozen=True)
class Devrev:
    """``call`` posts as one of the world's people; what succeeded must be valid on both sides, what failed a valid error.

    Every answer is also held against our own OpenAPI document, where a key that it does not tell of fails.
    """

    url: str
    tokens: dict[str, str]

    def call(
        self, path: str, body: Any = None, *, who: str = "ada", expect: int | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        """The answer's body; ``expect`` is the status, any success when None."""
        answer = self.post(path, body, who=who, headers=headers)
        assert answer.status_code == expect if expect else answer.is_success, f"{answer.status_code}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    def post(self, path: str, body: Any = None, *, who: str = "ada", headers: dict[str, str] | None = None) -> httpx.Response:
        given = {"Authorization": self.tokens[who]} | (headers or {})
        answer = _client.post(f"{self.url}/{path}", json={} if body is None else body, headers=given)
        check(f"/{path}", {} if body is None else body, answer)
        return answer

    def get(self, path: str, query: str = "", *, who: str = "ada") -> httpx.Response:
        answer = _client.get(f"{self.url}/{path}?{query}", headers={"Authorization": self.tokens[who]})
        check(f"/{path}", None, answer)
        return answer


def check(path: str, body: Any, answer: httpx.Response) -> None:
    """Raises AssertionError where a request that succeeded, or any answer, is not as documented."""
    assert answer.status_code < 500, answer.text
    if not answer.is_success:
        official.validate_error(answer.status_code, answer.json())
        described.check(path, answer)
        return
    if body is not None and (asked := official.schema_of(path, "request")):
        official.validate(body, asked)
    if answer.content and (told := official.schema_of(path, "response")):
        official.validate(answer.json(), told)
    if answer.content:
        described.check(path, answer)
