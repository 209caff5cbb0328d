"""Requests per second over many connections: wrk where it is installed, else threads of our own in another process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .client import Ask, Connection

ROOT = Path(__file__).parent.parent


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "own client (wrk is not installed)"


def rate(request: Ask, *, connections: int, seconds: float) -> float:
    """Answers with status 200 per second. Raises RuntimeError when there were others."""
    return _wrk(request, connections, seconds) if shutil.which("wrk") else _own([request], connections, seconds)


def mixed(requests: Sequence[Ask], *, connections: int, seconds: float) -> float:
    """Successful answers per second to many requests, each connection going round them from its own place."""
    return _own(requests, connections, seconds)


def _wrk(request: Ask, connections: int, seconds: float) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_lua(request))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", script.name, f"http://127.0.0.1:{request.port}{request.path}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"wrk met failures:\n{said}")
    match = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert match, said
    return float(match[1])


def _lua(request: Ask) -> str:
    lines = [f"wrk.method = {json.dumps(request.method)}"]
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in request.headers.items()]
    return "\n".join([*lines, f"wrk.body = {json.dumps(request.body.decode())}" if request.body else ""])


def _own(requests: Sequence[Ask], connections: int, seconds: float) -> float:
    wires = [request.wire().decode() for request in requests]
    given = {"port": requests[0].port, "wires": wires, "connections": connections, "seconds": seconds}
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.storm"], cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return float(said.stdout)


def _hammer(port: int, wires: Sequence[bytes], until: float, counts: list[int]) -> None:
    answered = 0
    with Connection(port) as connection:
        while time.perf_counter() < until:
            connection.ask(wires[answered % len(wires)], keep=False)
            answered += 1
    counts.append(answered)


def main() -> None:
    given = json.load(sys.stdin)
    counts: list[int] = []
    started = time.perf_counter()
    wires, until = [wire.encode() for wire in given["wires"]], started + given["seconds"]
    # Each thread begins elsewhere, so that they do not write to the same conversation at once.
    steps = [len(wires) * place // given["connections"] for place in range(given["connections"])]
    threads = [threading.Thread(target=_hammer, args=(given["port"], wires[step:] + wires[:step], until, counts)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) < len(threads):
        raise SystemExit("a connection failed")
    print(sum(counts) / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
