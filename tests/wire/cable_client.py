"""A live connection for tests, over the PyPI client `websockets`: everything that came is kept, in order."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

WAIT_S = 20.0
SUBPROTOCOLS = [Subprotocol("actioncable-v1-json"), Subprotocol("actioncable-unsupported")]


def agents_identifier(token: str, user_id: int, account_id: int = 1) -> str:
    return json.dumps({"channel": "RoomChannel", "pubsub_token": token, "account_id": account_id, "user_id": user_id})


def contacts_identifier(token: str) -> str:
    return json.dumps({"channel": "RoomChannel", "pubsub_token": token})


@dataclass
class Cable:
    """``frames`` are all that came but pings. ``url`` is the server's, over HTTP."""

    url: str
    frames: list[dict[str, Any]] = field(default_factory=list)
    pings: list[int] = field(default_factory=list)
    _held: ExitStack = field(default_factory=ExitStack)
    _read: int = 0

    def __enter__(self) -> Cable:
        url = self.url.replace("http", "ws", 1) + "/cable"
        self.socket: ClientConnection = self._held.enter_context(connect(url, subprotocols=SUBPROTOCOLS, max_size=None, close_timeout=1))
        return self

    def __exit__(self, *_error: object) -> None:
        self._held.close()

    def send(self, value: Any) -> None:
        self.socket.send(value if isinstance(value, str | bytes) else json.dumps(value))

    def command(self, name: str, identifier: str, **more: Any) -> None:
        self.send({"command": name, "identifier": identifier, **more})

    def perform(self, identifier: str, action: str) -> None:
        self.command("message", identifier, data=json.dumps({"action": action}))

    def subscribe(self, identifier: str) -> dict[str, Any]:
        """The answer: confirmed or rejected."""
        self.command("subscribe", identifier)
        return self.until(lambda one: one.get("type", "").endswith("_subscription") and one["identifier"] == identifier)

    def enter(self, identifier: str) -> Cable:
        """Welcomed, confirmed and told who is there."""
        assert self.until(lambda one: True) == {"type": "welcome"}
        assert self.subscribe(identifier) == {"identifier": identifier, "type": "confirm_subscription"}
        self.event("presence.update")
        return self

    def until(self, wanted: Any, wait_s: float = WAIT_S) -> dict[str, Any]:
        """The next frame after those returned so far for which ``wanted`` is true."""
        deadline = time.monotonic() + wait_s
        while True:
            while self._read < len(self.frames):
                self._read += 1
                if wanted(self.frames[self._read - 1]):
                    return self.frames[self._read - 1]
            self._take(deadline - time.monotonic())

    def event(self, name: str, wait_s: float = WAIT_S, **data: Any) -> dict[str, Any]:
        """The data of the next event of this name, whose data has these values."""
        found = self.until(
            lambda one: one.get("message", {}).get("event") == name and data.items() <= one["message"]["data"].items(), wait_s
        )
        return dict(found["message"]["data"])

    def events(self) -> list[str]:
        """The names of all events that came."""
        return [one["message"]["event"] for one in self.frames if "message" in one]

    def forget(self) -> None:
        """What came so far is not returned any more."""
        self._read = len(self.frames)

    def drain(self) -> int | None:
        """Takes what comes until the server closes; the code with which it did."""
        try:
            while True:
                self._take(WAIT_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def wait_for_ping(self) -> int:
        before = len(self.pings)
        while len(self.pings) == before:
            self._take(WAIT_S)
        return self.pings[-1]

    def _take(self, wait_s: float) -> None:
        if wait_s <= 0:
            raise AssertionError(f"it did not come; what came: {self.frames[-10:]}")
        try:
            frame = json.loads(self.socket.recv(timeout=wait_s))
        except TimeoutError:
            raise AssertionError(f"it did not come; what came: {self.frames[-10:]}") from None
        if frame.get("type") == "ping":
            self.pings.append(frame["message"])
        else:
            self.frames.append(frame)
