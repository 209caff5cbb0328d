"""A fixed body on the same server program, in the smallest application there is: `python -m benchmarks.fixed_body PORT FILE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.server.asgi import die_with_parent


def application() -> Starlette:
    """Reads the request whole, as ours does, and answers every path with the file."""
    die_with_parent()
    body = Path(os.environ["BENCH_BODY"]).read_bytes()

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def main() -> None:
    os.environ["BENCH_BODY"] = sys.argv[2]
    Granian(
        "benchmarks.fixed_body:application",
        factory=True,
        interface=Interfaces.ASGI,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        workers=1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
