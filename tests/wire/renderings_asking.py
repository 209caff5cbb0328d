"""What every kind of caller asks, and how an answer is held against one that was encoded afresh.

An answer may follow the clock. So what differs is asked again, the fresh server before and after: the answer must be one
of theirs. No key is left out.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire.renderings_world import CALLERS, IMPORTED, VISITOR, World

BETA = {"X-DevRev-Scope": "beta"}
SETTLES = 8
KEEPING = ("kept", "beside")
# Questions about one conversation have {n}, about one contact {c}.
DEVREV: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "devrev list": ("conversations.list", {"limit": 500}, {}),
    "devrev beta list": ("conversations.list", {"limit": 500}, BETA),
    "devrev narrow list": ("conversations.list", {"limit": 500, "state": ["open", "in_progress"]}, BETA),
    "devrev get": ("conversations.get", {"id": "CONV-{n}"}, {}),
    "devrev beta get": ("conversations.get", {"id": "CONV-{n}"}, BETA),
    "devrev export": ("conversations.export", {"first": 500}, {}),
}
CHATWOOT = {
    "chatwoot list": "conversations?status=all",
    "chatwoot open list": "conversations?assignee_type=all",
    "chatwoot own list": "conversations?status=all&assignee_type=me",
    "chatwoot labelled list": "conversations?status=all&labels[]=vip",
    "chatwoot show": "conversations/{n}",
    "chatwoot meta": "conversations/meta?status=all",
    "chatwoot contact": "contacts/{c}/conversations",
    "chatwoot search": "search?q=message",
    "chatwoot search by contact": "search/conversations?q=Contact",
}
FILTER = {"payload": [{"attribute_key": "display_id", "filter_operator": "not_equal_to", "values": [0], "query_operator": None}]}
PUBLIC = "/public/api/v1/inboxes/door/contacts/" + VISITOR + "/conversations"
EVERYTHING = (*DEVREV, *CHATWOOT, "chatwoot filter")
LISTS = ("devrev list", "devrev beta list", "devrev export", "chatwoot list", "chatwoot filter")


@dataclass(frozen=True)
class Question:
    """``number`` and ``contact`` are those that questions about one of them ask about."""

    caller: str
    name: str
    number: int
    contact: int

    def __str__(self) -> str:
        return f"{self.caller} asks {self.name} (CONV-{self.number}, contact {self.contact})"


@dataclass
class Stale(AssertionError):
    """A server's answer is none that is encoded afresh."""

    question: Question
    server: str
    differences: list[str]

    def __str__(self) -> str:
        return "\n  ".join([f"{self.question} of {self.server}:", *self.differences[:25]])


@dataclass
class Asker:
    """Asks the three servers the same. ``asked`` counts the comparisons, ``again`` those that had to be repeated."""

    world: World
    asked: int = 0
    again: int = 0
    _open: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def compare(self, questions: Iterable[Question], servers: Sequence[str] = KEEPING) -> None:
        """Raises Stale."""
        for question in questions:
            before = self._answer("fresh", question)
            for server in servers:
                self.asked += 1
                got = self._answer(server, question)
                if got != before:
                    self._settle(question, server, before, got)

    def ask(self, questions: Iterable[Question], server: str) -> None:
        """Without looking at the answers."""
        for question in questions:
            self._answer(server, question)

    def warm(self, questions: Iterable[Question], number: int) -> None:
        """Asks without comparing, until a conversation is ready on every wire."""
        self.ask(questions, "kept")
        wait_until_warm(self.world, number)

    def _settle(self, question: Question, server: str, *first: tuple[int, bytes]) -> None:
        """What follows the clock is between two fresh answers; what is stale is neither, while both are the same."""
        before, got = map(_values, first)
        for _ in range(SETTLES):
            after = _values(self._answer("fresh", question))
            if got in (before, after):
                return
            if before == after:
                raise Stale(question, server, [*differences(after, got), *self._kept(question)])
            self.again += 1
            before, got = after, _values(self._answer(server, question))
        raise Stale(question, server, ["the fresh answer never stands still:", *differences(before, after)])

    def _kept(self, question: Question) -> list[str]:
        """What stands in the table, for whoever looks for the reason."""
        query = (
            "SELECT r.wire, r.conversation_version, c.version, r.xmin, c.xmin, r.nouns, r.versions FROM renderings r JOIN conversations c"
            " ON (c.tenant_id, c.number) = (r.tenant_id, r.conversation_number) WHERE r.tenant_id = 1 AND r.conversation_number = $1"
        )
        return [f"kept: {row}" for row in self.world.store.rows(query, question.number)]

    def _answer(self, server: str, question: Question) -> tuple[int, bytes]:
        """Status and body."""
        method, path, body, headers = self._request(question)
        connection = self._connection(server)
        connection.request(method, path, json.dumps(body).encode() if body else None, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 500, f"{question}: {content.decode()}"
        return answer.status, content

    def _connection(self, server: str) -> http.client.HTTPConnection:
        """One for each server: making one costs more than most requests, and httpx as much as our server."""
        if server not in self._open:
            self._open[server] = http.client.HTTPConnection(getattr(self.world, server).removeprefix("http://"), timeout=30)
        return self._open[server]

    def _request(self, question: Question) -> tuple[str, str, Any, dict[str, str]]:
        token = self.world.tokens.get(question.caller)
        if question.name == "public":
            return "GET", PUBLIC, None, {}
        if question.name in DEVREV:
            path, body, headers = DEVREV[question.name]
            body = {key: value.format(n=question.number) if isinstance(value, str) else value for key, value in body.items()}
            return "POST", f"/{path}", body, headers | ({"Authorization": token} if token else {})
        account = f"/api/v1/accounts/{self.world.accounts.get(question.caller, 1)}/"
        headers = {"api_access_token": token} if token else {}
        if question.name == "chatwoot filter":
            return "POST", f"{account}conversations/filter", FILTER, headers
        return "GET", account + CHATWOOT[question.name].format(n=question.number, c=question.contact), None, headers


def _values(answer: tuple[int, bytes]) -> Any:
    """The body as JSON where it is JSON."""
    try:
        return answer[0], json.loads(answer[1])
    except ValueError:
        return answer[0], answer[1].decode()


def all_questions(world: World, number: int, contact: int, names: Iterable[str] = EVERYTHING) -> list[Question]:
    """Of every caller; the imported tenant's too, where there is one."""
    callers = [*CALLERS, *([IMPORTED] if IMPORTED in world.tokens else [])]
    public = [Question("visitor", "public", number, contact)]
    return [Question(caller, name, number, contact) for caller in callers for name in names] + public


def some_questions(world: World, rng: random.Random, number: int, contact: int) -> list[Question]:
    """One of every caller, and some lists of the administrator."""
    by_caller = itertools.groupby(all_questions(world, number, contact), lambda question: question.caller)
    chosen = [rng.choice(list(found)) for _, found in by_caller]
    return chosen + [Question("ada", name, number, contact) for name in rng.sample(LISTS, 2)]


def differences(fresh: Any, got: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ, and the values there."""
    if isinstance(fresh, dict) and isinstance(got, dict):
        for key in fresh.keys() | got.keys():
            yield from differences(fresh.get(key, "(absent)"), got.get(key, "(absent)"), f"{path}.{key}")
    elif isinstance(fresh, (list, tuple)) and isinstance(got, (list, tuple)) and len(fresh) == len(got):
        for place, pair in enumerate(zip(fresh, got, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif fresh != got:
        yield f"{path}: fresh {_short(fresh)}, got {_short(got)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 300 else f"{text[:300]}..."


def wait_until_kept(world: World, still_s: float = 0.04, patience_s: float = 5.0) -> None:
    """Until the server that encoded has written what it keeps: the table stands still, for long enough that no other is late."""
    digest = "SELECT count(*), coalesce(sum(hashtext(r.xmin::text || r::text)::bigint), 0)::bigint FROM renderings r"
    until, last = time.monotonic() + patience_s + still_s, None
    while time.monotonic() < until:
        now = world.store.rows(digest)
        if now != last:
            since, last = time.monotonic(), now
        elif time.monotonic() >= since + still_s:
            return
        time.sleep(0.04)


def wait_until_warm(world: World, number: int, wires: int = 3, patience_s: float = 10.0) -> None:
    """Until a conversation is ready on so many wires."""
    query = (
        "SELECT count(*) FROM renderings r, ready_renderings(1, r.wire, r.build, ARRAY[r.conversation_number])"
        " WHERE r.tenant_id = 1 AND r.conversation_number = $1"
    )
    until = time.monotonic() + patience_s
    while world.store.column(query, number) != [wires]:
        assert time.monotonic() < until, f"conversation {number} is not kept: {world.store.column(query, number)}"
        time.sleep(0.01)
