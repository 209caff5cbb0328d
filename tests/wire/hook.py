"""A webhook's endpoint in a thread of its own, and waiting for what happens beside a test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hook:
    """A receiver on a socket of its own; ``status`` is what it answers from now on."""

    url: str = ""
    status: int = 200
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def wait(self, total: int) -> list[tuple[dict[str, str], bytes]]:
        assert wait_for(lambda: len(self.seen) >= total), f"{len(self.seen)} of {total}"
        return self.seen


def wait_for(ask: Callable[[], Any], seconds: float = 20) -> Any:
    until = time.monotonic() + seconds
    while not (found := ask()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


@contextmanager
def hooked() -> Iterator[Hook]:
    one = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            one.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            said = f"I say {one.status}".encode()
            self.send_response(one.status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield one
    server.shutdown()
    thread.join()
    server.server_close()
