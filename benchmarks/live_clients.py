"""A process with many live connections: `python -m benchmarks.live_clients URL` reads identifiers from its first line of input.

It says ``ready`` when all are confirmed, and ends with its input; then it says what came: how many frames, and for each
message whose text is a moment (``time.time_ns``) how long ago that was.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

CONFIRMED = b'"type":"confirm_subscription"'
MESSAGE, TEXT = b'"event":"message.created"', b'"content":"bench '
_AT_ONCE = 50


class Came:
    """What all the connections were sent."""

    def __init__(self) -> None:
        self.frames = 0
        self.waits_ms: list[float] = []

    def note(self, frame: bytes) -> None:
        now = time.time_ns()
        self.frames += b'"message":{"event"' in frame
        if MESSAGE in frame and (at := frame.find(TEXT)) >= 0:
            sent = frame[at + len(TEXT) :].split(b'"', 1)[0]
            self.waits_ms.append((now - int(sent)) / 1e6)


async def main(url: str, identifiers: list[str]) -> None:
    came, gate = Came(), asyncio.Semaphore(_AT_ONCE)
    reading = [asyncio.create_task(_read(one, came)) for one in await asyncio.gather(*(_open(url, gate, each) for each in identifiers))]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({"frames": came.frames, "waits_ms": came.waits_ms}), flush=True)
    for task in reading:
        task.cancel()


async def _open(url: str, gate: asyncio.Semaphore, identifier: str) -> ClientConnection:
    async with gate:
        one = await connect(url, subprotocols=[Subprotocol("actioncable-v1-json")], compression=None, ping_interval=None)
        await one.send(json.dumps({"command": "subscribe", "identifier": identifier}))
        while CONFIRMED not in await one.recv(decode=False):
            pass
        return one


async def _read(one: ClientConnection, came: Came) -> None:
    while True:
        came.note(await one.recv(decode=False))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.stdin.readline())))
