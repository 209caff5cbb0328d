"""The servers that are compared: `parley serve` itself, and the baseline, each one worker over the same database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import memory
from .client import Ask, Unexpected, ask

ROOT = Path(__file__).parent.parent
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and where it listens."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def worker(self) -> int:
        """The process that answers."""
        return self.worker_among(memory.tree(self.process.pid))

    def worker_among(self, pids: Sequence[int]) -> int:
        """The largest of these processes, the main one apart."""
        return max((pid for pid in pids if pid != self.process.pid), key=memory.resident)


@contextmanager
def ours(dsn: str, **settings: str) -> Iterator[Server]:
    """`parley serve` with one worker over an existing database; settings are PARLEY_ variables in lower case."""
    port = free_port()
    given = {"database_url": dsn, "log_level": "warning", "rate_limit": "0", **settings}
    with _started([*parley("serve"), "--port", str(port)], port, environment(given)) as server:
        yield server


@contextmanager
def baseline(dsn: str) -> Iterator[Server]:
    """The endpoint where PostgreSQL builds the JSON (benchmarks/baseline.py)."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.baseline", str(port)]
    with _started(command, port, environment({}) | {"BENCH_DATABASE_URL": dsn}) as server:
        yield server


@contextmanager
def fixed(body: bytes) -> Iterator[Server]:
    """One worker that answers everything with these bytes (benchmarks/fixed_body.py)."""
    port = free_port()
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.fixed_body", str(port), file.name]
        with _started(command, port, environment({})) as server:
            yield server


@contextmanager
def serving_folder(data: Path) -> Iterator[tuple[Server, float]]:
    """`parley serve` with its embedded database; also the moment (perf_counter) when it was started."""
    port = free_port()
    command = [*parley("serve"), "--data", str(data), "--port", str(port)]
    with running(command, environment({})) as process:
        yield Server(port, process), time.perf_counter()


def parley(*words: str) -> list[str]:
    return [sys.executable, "-m", "parley", *words]


def call(*words: str) -> str:
    """What a `parley` command prints. Raises CalledProcessError after showing what it said on stderr."""
    return subprocess.run(parley(*words), env=environment({}), stdout=subprocess.PIPE, text=True, check=True).stdout


def wait_for(request: Ask, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    """Until the request is answered. Raises RuntimeError when the process ends or takes too long."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ask(request, keep=False)
            return
        except (OSError, Unexpected):
            time.sleep(0.005)
    raise RuntimeError(f"the server did not answer:\n{log.read_text()[-4000:] if log else ''}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the block, ended with everything that it started."""
    with (log or Path(os.devnull)).open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        _stop(process)


@contextmanager
def _started(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        log = Path(folder) / "log"
        with running(command, environment, log) as process:
            wait_for(Ask(port, "GET", "/readyz", {}), process, log)
            yield Server(port, process)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without any PARLEY_ variable of the caller's, so that every run measures the same server."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return mine | {f"PARLEY_{name.upper()}": value for name, value in settings.items()}


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
