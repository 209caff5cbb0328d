"""A blocking HTTP/1.1 client that costs next to nothing: one kept connection, requests prepared as bytes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to one server, ready to be sent again and again."""

    port: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def wire(self) -> bytes:
        length = {"content-length": str(len(self.body))} if self.body else {}
        lines = [f"{name}: {value}" for name, value in {"host": "bench", **self.headers, **length}.items()]
        return "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Times are from the request's last byte: to the body's first byte, and to its last."""

    status: int
    body: bytes
    size: int
    first_byte_s: float
    total_s: float

    def json(self) -> Any:
        return json.loads(self.body)


class Unexpected(Exception):
    """The server refused; the message holds what it said."""


class Connection:
    """One kept connection to a server on this machine."""

    def __init__(self, port: int, *, timeout_s: float = 120.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_AT_ONCE)
        self._rest = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, wire: bytes, *, keep: bool = True, pause_s: float = 0.0) -> Answer:
        """Sends a request and reads its answer. ``keep`` False drops the body; ``pause_s`` sleeps between chunks. Raises Unexpected."""
        self._socket.sendall(wire)
        started = time.perf_counter()
        status, headers = self._head()
        size, body, first = 0, [], 0.0
        for piece in self._body(headers, pause_s):
            first = first or time.perf_counter()
            size += len(piece)
            if keep or not 200 <= status < 300:
                body.append(piece)
        ended = time.perf_counter()
        answer = Answer(status, b"".join(body), size, (first or ended) - started, ended - started)
        if not 200 <= status < 300:
            raise Unexpected(f"{status}: {answer.body[:500].decode(errors='replace')}")
        return answer

    def pieces(self, wire: bytes) -> Iterator[bytes]:
        """Sends a request and gives its answer's body as it is read, no faster than it is asked for. Raises Unexpected."""
        self._socket.sendall(wire)
        status, headers = self._head()
        if not 200 <= status < 300:
            raise Unexpected(f"{status}")
        yield from self._body(headers, 0)

    def _head(self) -> tuple[int, dict[str, str]]:
        first = self._line()
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(first.split()[1]), headers

    def _line(self) -> str:
        while b"\r\n" not in self._rest:
            self._rest += self._read()
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line.decode("latin-1")

    def _body(self, headers: Mapping[str, str], pause_s: float) -> Iterator[bytes]:
        if headers.get("transfer-encoding") != "chunked":
            yield from self._sized(int(headers["content-length"]))
            return
        while size := int(self._line(), 16):
            yield from self._sized(size)
            self._line()
            if pause_s:
                time.sleep(pause_s)
        self._line()

    def _sized(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._rest[:length] or self._read(length)
            self._rest = self._rest[length:]
            yield piece
            length -= len(piece)

    def _read(self, at_most: int = _AT_ONCE) -> bytes:
        count = self._socket.recv_into(self._buffer, min(at_most, _AT_ONCE))
        if not count:
            raise Unexpected("the server closed the connection")
        return bytes(memoryview(self._buffer)[:count])


def ask(request: Ask, *, keep: bool = True) -> Answer:
    """One request over a connection of its own."""
    with Connection(request.port) as connection:
        return connection.ask(request.wire(), keep=keep)
