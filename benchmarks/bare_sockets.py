"""WebSockets on the same server program with nothing behind them: `python -m benchmarks.bare_sockets PORT`."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces
from starlette.types import Receive, Scope, Send

CONFIRMED = '{"type":"confirm_subscription"}'


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Confirms whatever is sent; answers HTTP with nothing, so that one can see that it is there."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": CONFIRMED})


if __name__ == "__main__":
    Granian("benchmarks.bare_sockets:app", interface=Interfaces.ASGINL, address="127.0.0.1", port=int(sys.argv[1])).serve()
