"""DevRev's webhooks from end to end: a real endpoint is asked, answers, is told, and checks who tells it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.wire import devrev_world
from tests.wire.conftest import serving
from tests.wire.devrev_client import Devrev

SOON_S = 30


@dataclass
class Endpoint:
    """``answers`` makes the body of an answer; every request is kept with its headers, in lower case."""

    answers: Callable[[dict[str, Any]], dict[str, Any]]
    port: int = 0
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def of(self, kind: str) -> list[tuple[dict[str, str], dict[str, Any]]]:
        bodies = [(headers, json.loads(body)) for headers, body in self.received]
        return [(headers, body) for headers, body in bodies if body["type"] == kind]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                answer = json.dumps(endpoint.answers(json.loads(body))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"challenge": body["verify"]["challenge"]} if body["type"] == "verify" else {}


def wrong(_: dict[str, Any]) -> dict[str, Any]:
    return {"challenge": "bm8="}


@pytest.fixture
def listening() -> Iterator[Callable[[Callable[[dict[str, Any]], dict[str, Any]]], Endpoint]]:
    servers: list[ThreadingHTTPServer] = []

    def listen(answers: Callable[[dict[str, Any]], dict[str, Any]]) -> Endpoint:
        endpoint = Endpoint(answers)
        server = ThreadingHTTPServer(("127.0.0.1", 0), endpoint.handler())
        servers.append(server)
        endpoint.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return endpoint

    yield listen
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def devrev(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devrev]:
    world = asyncio.run(devrev_world.build(module_database))
    with serving(module_database, tmp_path_factory.mktemp("serve"), outgoing_networks="loopback", webhook_retry_s="0.2,0.2") as live:
        yield Devrev(live.url, world.tokens)


def wait(is_so: Callable[[], Any]) -> None:
    until = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)


def make(devrev: Devrev, endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = devrev.call("webhooks.create", {"url": endpoint.url} | more, expect=201)["webhook"]
    wait(lambda: endpoint.of("verify"))
    return made


def status(devrev: Devrev, made: dict[str, Any]) -> str:
    return str(devrev.call("webhooks.get", {"id": made["id"]})["webhook"]["status"])


def signatures(headers: dict[str, str]) -> list[str]:
    return headers["webhook-signature"].split(" ")


def signed(secret: bytes, headers: dict[str, str], body: bytes) -> str:
    """As the specification of Standard Webhooks says it."""
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()


def test_an_endpoint_is_asked_told_and_can_check_who_tells_it(devrev: Devrev, listening: Callable[..., Endpoint]) -> None:
    endpoint = listening(echo)
    made = make(devrev, endpoint, event_types=["tag_created"], headers=[{"name": "X-Key", "value": "k"}])
    wait(lambda: status(devrev, made) == "active")
    tag = devrev.call("tags.create", {"name": "told"}, expect=201)["tag"]
    wait(lambda: endpoint.of("tag_created"))
    headers, body = endpoint.received[-1]
    secret = base64.b64decode(made["secret"])
    told = json.loads(body)
    assert (told["tag_created"]["tag"], told["webhook_id"], told["id"]) == (tag, made["id"], headers["webhook-id"])
    assert headers["x-key"] == "k"
    assert signatures(headers) == [signed(secret, headers, body)]
    assert headers["x-devrev-signature"] == base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    fresh = base64.b64decode(devrev.call("webhooks.update", {"id": made["id"], "secret": ""})["webhook"]["secret"])
    devrev.call("tags.create", {"name": "told with two"}, expect=201)
    wait(lambda: len(endpoint.of("tag_created")) == 2)
    wait(lambda: len(endpoint.of("verify")) == 2)
    headers, body = next(one for one in reversed(endpoint.received) if b"told with two" in one[1])
    assert signatures(headers) == [signed(fresh, headers, body), signed(secret, headers, body)]
    assert status(devrev, made) == "active"


def test_who_answers_something_else_is_told_nothing(devrev: Devrev, listening: Callable[..., Endpoint]) -> None:
    good, bad = listening(echo), listening(wrong)
    made, other = (make(devrev, one, event_types=["tag_created"]) for one in (good, bad))
    wait(lambda: status(devrev, made) == "active")
    devrev.call("tags.create", {"name": "for one"}, expect=201)
    wait(lambda: good.of("tag_created"))
    assert status(devrev, other) == "unverified"
    bad.answers = echo
    devrev.call("webhooks.update", {"id": other["id"], "action": "activate"})
    wait(lambda: status(devrev, other) == "active")
    devrev.call("tags.create", {"name": "for both"}, expect=201)
    wait(lambda: bad.of("tag_created"))
    assert [body["tag_created"]["tag"]["name"] for _, body in bad.of("tag_created")] == ["for both"]
