"""A fast endpoint in a process of its own: ``python -m benchmarks.receiver PORT``. Takes any POST; GET tells how many, and in what time."""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter

_EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Count:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.total, self.first, self.last = 0, 0.0, 0.0

    def add(self) -> None:
        self.last = perf_counter()
        self.first = self.first or self.last
        self.total += 1


class Receiver(asyncio.Protocol):
    """Reads no more of a request than where it ends. GET starts the count anew where its path is /reset."""

    def __init__(self, count: _Count) -> None:
        self._count = count
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._unread) < end + 4 + length:
                return
            self._unread = self._unread[end + 4 + length :]
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b"post"):
            self._count.add()
            return _EMPTY
        if head.startswith(b"get /reset"):
            self._count.reset()
        told = json.dumps({"total": self._count.total, "seconds": self._count.last - self._count.first}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)


async def main(port: int) -> None:
    count = _Count()
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(count), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
