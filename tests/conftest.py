"""Fixtures for every test: one PostgreSQL for the whole run, a fresh database for each test that asks."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import gc
import importlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from parley.server.embedded import Cluster, attach_or_own

TEMPLATE = "parley_template"
LONGEST = (
    "test_renderings_property", "test_renderings_columns",
    "test_schemathesis", "test_delivery_killed", "test_import_again", "test_embedded", "test_cli", "test_chatwoot_keys",
    "test_chatwoot_notifications", "test_first_screen", "test_devrev_export", "test_search_nouns", "test_durability", "test_demo",
    "test_import_killed", "test_chatwoot_reports", "test_chatwoot_sessions", "test_recordings",
)  # fmt: skip
# The commands and servers that tests start are compiled once, not at each start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for servers, databases and clocks as much as they compute."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is collected stays: it is not looked through for garbage, then or later."""
    gc.disable()
    try:
        _compile_a_share(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _compile_a_share(config: pytest.Config) -> None:
    """In a fresh checkout each worker begins at another test module, so that they compile different ones for each other."""
    worker, workers = (int(os.environ.get(f"PYTEST_XDIST_WORKER{of}", "1").removeprefix("gw")) for of in ("", "_COUNT"))
    if workers == 1 or config.args != config.getini("testpaths"):
        return
    modules = sorted(".".join(path.relative_to(config.rootpath).with_suffix("").parts) for path in Path(__file__).parent.rglob("test_*.py"))
    begin = len(modules) * worker // workers
    for name in modules[begin:] + modules[:begin]:
        with suppress(Exception, pytest.skip.Exception):  # collecting it tells what is wrong
            importlib.import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(autouse=True, scope="session")
def certificates_are_read_once() -> Iterator[None]:
    """httpx reads the machine's certificates for each client, which takes far longer than a request to a test's server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The contracts, recordings and schemas that lie beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the contracts in {folder}, which is not here")
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """One embedded PostgreSQL for all xdist workers: the first starts it, the last one to leave stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    data = Path(tempfile.gettempdir()) / f"parley-tests-{run}"
    try:
        with attach_or_own(data, command="pytest", durable=False) as cluster:
            yield cluster
    finally:
        _remove_when_unused(data)


@pytest.fixture(scope="session")
def template(server: Cluster) -> str:
    """The name of a migrated database that others are copied from."""
    with _alone(server):
        _run(_make_template(server))
    return TEMPLATE


@pytest.fixture
def database(server: Cluster, template: str) -> Iterator[str]:
    """The DSN of a migrated database that only this test sees. It connects as parley_owner."""
    with _copy_of(server, template) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_database(server: Cluster, template: str) -> Iterator[str]:
    """Like `database`, shared by the tests of one module: for data that is costly to load."""
    with _copy_of(server, template) as dsn:
        yield dsn


@pytest.fixture
def empty_database(server: Cluster) -> Iterator[str]:
    """The DSN of a database without any migration."""
    with _copy_of(server, "template1") as dsn:
        yield dsn


@contextmanager
def _copy_of(server: Cluster, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _run(_execute(server, copy_statement(name, template)))
    try:
        yield server.dsn_of(name)
    finally:
        _run(_drop(server, name))


def copy_statement(name: str, template: str) -> str:
    """By the files: through the log, as PostgreSQL does it unasked, a copy takes half as long again."""
    return f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'


async def _drop(server: Cluster, name: str) -> None:
    """An autovacuum worker inside belongs to the superuser, so that we may not end it: wait until it has left."""
    for _ in range(50):
        try:
            await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')
            return
        except asyncpg.InsufficientPrivilegeError:
            await asyncio.sleep(0.2)


async def _make_template(server: Cluster) -> None:
    """Migrate beside, then rename: other workers see the whole template or none."""
    if await _execute(server, f"SELECT FROM pg_database WHERE datname = '{TEMPLATE}'") == "SELECT 1":
        return
    migrate: Callable[[str], Awaitable[object]] = importlib.import_module("parley.store.migrate").migrate
    await _execute(server, f"DROP DATABASE IF EXISTS {TEMPLATE}_new WITH (FORCE)")
    await _execute(server, f"CREATE DATABASE {TEMPLATE}_new")
    await migrate(server.dsn_of(f"{TEMPLATE}_new"))
    await _execute(server, f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")


async def _execute(server: Cluster, statement: str) -> str:
    connection = await asyncpg.connect(server.dsn)
    try:
        return await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _alone(server: Cluster) -> Iterator[None]:
    """Only one worker at a time runs the block."""
    with (server.socket_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(work: Coroutine[object, object, object]) -> None:
    """Run to the end in a thread of its own, since the test's event loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _remove_when_unused(data: Path) -> None:
    if (data / "postgres").exists() and not (data / "postgres" / "postmaster.pid").exists():
        shutil.rmtree(data, ignore_errors=True)
