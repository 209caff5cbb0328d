"""The hands of a step: what it may pick from, how it asks either server, and what it tells of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.wire import held
from tests.wire.renderings_asking import PUBLIC
from tests.wire.renderings_world import World

_client = httpx.Client(timeout=30)


class Nothing(Exception):
    """There is nothing that this step could be about."""


@dataclass
class Walk:
    """One step's hands. ``told`` says what it did; ``number`` and ``contact`` are what it was about, ``done`` whether it succeeded."""

    world: World
    rng: random.Random
    number: int = 1
    contact: int = 1
    done: bool = True
    told: list[str] = field(default_factory=list)

    def pick(self, query: str) -> Any:
        found = self.world.store.column(query)
        if not found:
            raise Nothing
        return self.rng.choice(found)

    def conversation(self, more: str = "NOT is_frozen") -> int:
        """One that takes changes, unless told."""
        self.number = self.pick(f"SELECT number FROM conversations WHERE tenant_id = 1 AND {more} ORDER BY 1")
        return self.number

    def person(self) -> int:
        self.contact = self.pick("SELECT id FROM contacts WHERE tenant_id = 1 AND id < 7 ORDER BY 1")
        return self.contact

    def user(self) -> int:
        return int(self.pick("SELECT user_id FROM memberships WHERE tenant_id = 1 AND left_at IS NULL AND state = 'active' ORDER BY 1"))

    def one(self, table: str, more: str = "true") -> int:
        return int(self.pick(f"SELECT id FROM {table} WHERE tenant_id = 1 AND {more} ORDER BY 1"))

    def message(self, more: str = "true", where: str = "true") -> int:
        """A message of a conversation; ``number`` says which."""
        number = self.conversation(
            f"NOT is_frozen AND {where} AND EXISTS"
            f" (SELECT FROM messages m WHERE m.tenant_id = 1 AND conversation_number = number AND {more})"
        )
        return int(self.pick(f"SELECT id FROM messages WHERE tenant_id = 1 AND conversation_number = {number} AND {more} ORDER BY id DESC"))

    def word(self) -> str:
        return f"word-{self.rng.randrange(10**9)}"

    def flag(self) -> bool:
        return self.rng.random() < 0.5

    def dv(self, path: str, body: Any = None, who: str = "ada") -> Any:
        return self._send("POST", f"/{path}", body, {"Authorization": self.world.tokens[who]})

    def cw(self, method: str, path: str, body: Any = None, who: str = "ada") -> Any:
        full = path if path.startswith("/") else f"/api/v1/accounts/{self.world.accounts.get(who, 1)}/{path}"
        return self._send(method, full, body, {"api_access_token": self.world.tokens[who]})

    def visit(self, method: str, path: str, body: Any = None) -> Any:
        return self._send(method, f"{PUBLIC}{path}", body, {})

    def raw(self, statements: str) -> None:
        """What no endpoint does."""
        self.told.append(f"SQL {' '.join(statements.split())}")
        self.world.store.execute(statements)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        server = self.rng.choice(["kept", "beside"])
        with held.any_answer():
            answer = _client.request(
                method, getattr(self.world, server) + path, headers=headers, **({} if body is None else {"json": body})
            )
        self.told.append(f"{server} {method} {path} {body} -> {answer.status_code}{'' if answer.is_success else ' ' + answer.text[:300]}")
        assert answer.status_code < 500, self.told
        self.done &= answer.is_success
        return answer.json() if answer.is_success and answer.content else {}
