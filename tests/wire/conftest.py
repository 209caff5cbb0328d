"""A running server for wire tests: the real `parley serve`, over real HTTP, on a database of the test module's own."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import pytest

from tests import forked
from tests.wire import held

START_S = 30


@dataclass(frozen=True)
class Live:
    """A server and the DSN (as parley_owner) of the database behind it."""

    url: str
    dsn: str
    process: BaseProcess


@contextmanager
def serving(dsn: str, folder: Path, *, port: int | None = None, workers: int = 1, **settings: str) -> Iterator[Live]:
    """`parley serve` over the database `dsn`, ready to answer; settings are PARLEY_ variables in lower case."""
    port = port or free_port()
    environment = os.environ | {f"PARLEY_{name.upper()}": value for name, value in settings.items()}
    environment |= {"PARLEY_DATABASE_URL": dsn, "PARLEY_MAX_CONNECTIONS": settings.get("max_connections", "4")}
    words = ["serve", "--data", str(folder), "--port", str(port), "--workers", str(workers)]
    process = forked.start(words, environment, log := folder / f"serve-{port}.log")
    try:
        live = Live(f"http://127.0.0.1:{port}", dsn, process)
        _wait_until_ready(live, log)
        yield live
    finally:
        _stop(process)


@pytest.fixture(autouse=True, scope="session")
def held_against_the_documents() -> Iterator[None]:
    """Every request to a DevRev path, and its answer."""
    with held.every_client():
        yield


@pytest.fixture(scope="module")
def live(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server per test module, over the module's own database."""
    with serving(module_database, tmp_path_factory.mktemp("serve")) as server:
        yield server


@pytest.fixture
def serve(database: str, tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Starts servers with settings of the test's own, over the test's own database."""
    running: list[object] = []

    def start(**settings: str) -> Live:
        manager = serving(database, tmp_path, **settings)  # type: ignore[arg-type]
        running.append(manager)
        return manager.__enter__()

    yield start
    for manager in reversed(running):
        manager.__exit__(None, None, None)  # type: ignore[attr-defined]


def free_port() -> int:
    """Below the ports that connections are given: a client that asks before the server listens could be given that very one."""
    while True:
        with socket.socket() as probe:
            port = random.randrange(20_000, 32_000)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def _wait_until_ready(live: Live, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if not live.process.is_alive():
            break
        try:
            if httpx.get(f"{live.url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    if live.process.is_alive():
        assert live.process.pid is not None
        os.killpg(live.process.pid, signal.SIGABRT)  # where each process stands goes into its log
        live.process.join(5)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-4000:]}")


def _stop(process: BaseProcess) -> None:
    process.terminate()
    process.join(10)
    if process.is_alive():
        assert process.pid is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
