"""A DevRev client for tests, over HTTP; ``held.py`` holds what it sends and gets against the documents, as of every client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

# One for all tests: making one costs more than most requests.
_client = httpx.Client(timeout=30)


@dataclass(frozen=True)
class Devrev:
    """``call`` posts as one of the world's people."""

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
        return _client.post(f"{self.url}/{path}", json={} if body is None else body, headers=given)

    def get(self, path: str, query: str = "", *, who: str = "ada") -> httpx.Response:
        return _client.get(f"{self.url}/{path}?{query}", headers={"Authorization": self.tokens[who]})
