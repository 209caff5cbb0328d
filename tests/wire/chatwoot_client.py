"""A Chatwoot client for tests, over HTTP; ``held.py`` holds what it gets against the documents, as of every client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

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
        return _client.request(method, f"{self.url}{full}", headers=headers, **sent, **more)
