"""Where live connections come in. Any origin may, as on the API: nothing here goes by cookies."""

from __future__ import annotations

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from . import protocol
from .connection import Connection
from .hub import Hub

PATH = "/cable"


def routes(hub: Hub) -> list[BaseRoute]:
    async def cable(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol=protocol.choose(websocket.scope.get("subprotocols", ())))
        url = websocket.base_url
        await hub.serve(Connection(websocket, str(url.replace(scheme="https" if url.scheme in ("https", "wss") else "http")).rstrip("/")))

    return [WebSocketRoute(PATH, cable)]
