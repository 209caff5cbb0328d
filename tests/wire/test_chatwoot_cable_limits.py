"""Live connections beyond one happy client: several workers, no place left, a server that stops, a client that does not read."""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from tests.wire.cable_client import Cable, agents_identifier
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, World, build, run
from tests.wire.conftest import Live
from tests.wire.test_chatwoot_cable import say, token_of

LEAVING = {"type": "disconnect", "reason": "server_restart", "reconnect": True}


def start(serve: Callable[..., Live], **settings: object) -> tuple[Live, World, Chatwoot]:
    live = serve(**settings)
    world = run(build(live.dsn, live.url))
    world.raise_ids()
    return live, world, Chatwoot(live.url, world.tokens)


def test_several_workers_tell_the_same_and_take_leave(serve: Callable[..., Live]) -> None:
    live, world, chatwoot = start(serve, workers=2)
    agents, admins = agents_identifier(token_of(world, "agent"), BO), agents_identifier(token_of(world, "admin"), ADA)
    with ExitStack() as held:
        cables = [held.enter_context(Cable(live.url)).enter(agents) for _ in range(6)]
        say(chatwoot, text="to all of them")
        for cable in cables:
            cable.event("message.created", content="to all of them")
        last = held.enter_context(Cable(live.url))
        last.subscribe(admins)
        assert last.event("presence.update")["users"] == {str(ADA): "online", str(BO): "online"}
        stopped = time.monotonic()
        live.process.terminate()
        for cable in [*cables, last]:
            assert cable.until(lambda one: one.get("type") == "disconnect") == LEAVING
            assert cable.drain() == 1000, "closed in order, not cut"
        live.process.join(15)
        assert live.process.exitcode == 0
        assert time.monotonic() - stopped < 12


def test_when_there_is_no_place_left_a_client_is_told_to_come_again(serve: Callable[..., Live]) -> None:
    live, world, _ = start(serve, live_connections="2")
    identifier = agents_identifier(token_of(world, "agent"), BO)
    with Cable(live.url) as first, Cable(live.url) as second:
        first.enter(identifier)
        second.enter(identifier)
        with Cable(live.url) as third:
            refused = third.until(lambda one: True)
            assert refused == {"type": "disconnect", "reason": "too_many_connections", "reconnect": True}
            third.drain()
        second.command("unsubscribe", identifier)
        with Cable(live.url) as another:
            another.enter(identifier)
            assert second.until(lambda one: one.get("type") == "disconnect") == refused, "who is here for nothing makes room"
        second.drain()
        first.perform(identifier, "update_presence")
        first.event("presence.update")


def test_who_does_not_read_is_dropped_and_holds_up_nobody(serve: Callable[..., Live]) -> None:
    live, world, chatwoot = start(serve)
    identifier = agents_identifier(token_of(world, "agent"), BO)
    deaf = stubborn(live.url, identifier)
    with Cable(live.url) as other:
        other.enter(identifier)
        slowest = 0.0
        for number in range(40):
            began = time.monotonic()
            text = f"{number} " + "x" * 140_000
            say(chatwoot, text=text)
            other.event("message.created", content=text)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 10
        read, ended = read_to_the_end(deaf)
    assert ended, "the server let go of it"
    told = 40 * 140_000
    assert read < told, "what waited was forgotten, not kept"


def stubborn(url: str, identifier: str) -> socket.socket:
    """A socket with a small window that subscribes and reads no more."""
    at = urlsplit(url)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect((at.hostname, at.port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ["GET /cable HTTP/1.1", f"Host: {at.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    one.sendall("\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", "", ""]).encode())
    payload = json.dumps({"command": "subscribe", "identifier": identifier}).encode()
    assert 125 < len(payload) < 65536
    one.sendall(bytes([0x81, 0x80 | 126]) + len(payload).to_bytes(2, "big") + bytes(4) + payload)
    deadline, seen = time.monotonic() + 10, b""
    while b"presence.update" not in seen:
        assert time.monotonic() < deadline, seen
        seen += one.recv(4096)
    return one


def read_to_the_end(one: socket.socket) -> tuple[int, bool]:
    """Bytes that were still to be read, and whether the other side had ended."""
    one.settimeout(10)
    deadline, total, has_ended = time.monotonic() + 15, 0, False
    with one, suppress(TimeoutError):
        while time.monotonic() < deadline and not has_ended:
            try:
                chunk = one.recv(65536)
            except ConnectionResetError:
                chunk = b""
            total, has_ended = total + len(chunk), not chunk
    return total, has_ended


@pytest.mark.parametrize("offered", [["actioncable-unsupported"], ["graphql-ws"], []])
def test_what_subprotocol_is_chosen(live: Live, offered: list[str]) -> None:
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    url = live.url.replace("http", "ws", 1) + "/cable"
    with connect(url, subprotocols=[Subprotocol(one) for one in offered] or None, close_timeout=1, origin="https://elsewhere.test") as one:
        assert one.subprotocol == (offered[0] if offered == ["actioncable-unsupported"] else None)
        assert json.loads(one.recv(timeout=5)) == {"type": "welcome"}
