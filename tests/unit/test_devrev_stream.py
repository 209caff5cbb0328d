"""An export lets go of its snapshot however the answer ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from starlette.types import Message

from parley.devrev import views

SCOPE = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}}


async def endless() -> AsyncGenerator[bytes, None]:
    while True:
        yield b"x"


async def broken() -> AsyncGenerator[bytes, None]:
    yield b"x"
    raise OSError("the database went away")


def stream(chunks: AsyncGenerator[bytes, None], released: list[str]) -> views._Stream:
    stack = AsyncExitStack()
    stack.callback(released.append, "snapshot")
    return views._Stream(b"{", chunks, stack)


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_reader_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_STALLED_S", 0.02)
    released: list[str] = []
    sent = 0

    async def send(_message: Message) -> None:
        nonlocal sent
        sent += 1
        if sent > 5:
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await stream(endless(), released)(SCOPE, never, send)
    assert released == ["snapshot"]


async def test_a_failure_on_the_way_is_raised_and_nothing_ends_the_body() -> None:
    released: list[str] = []
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(OSError, match="went away"):
        await stream(broken(), released)(SCOPE, never, send)
    assert released == ["snapshot"]
    assert all(message.get("more_body", True) for message in sent)


async def test_a_reader_that_leaves_ends_it() -> None:
    released: list[str] = []

    async def send(_message: Message) -> None:
        await asyncio.sleep(0)

    async def disconnect() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.disconnect"}

    await stream(endless(), released)(SCOPE, disconnect, send)
    assert released == ["snapshot"]
