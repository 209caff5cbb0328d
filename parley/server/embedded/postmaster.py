"""The running PostgreSQL: start it, adopt one left behind, wait for it, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from parley.server.embedded.binaries import Binaries
from parley.server.embedded.errors import StartFailed
from parley.server.embedded.folder import SOCKET_NAME, Folder, replace_file
from parley.server.embedded.osuser import OSUser

POLL_S = 0.02
FAST_STOP_S = 60.0
"""How long a fast shutdown may take to write its checkpoint before we stop the hard way."""

ORPHANS_LEAVE_S = 30.0
"""How long the backends of a killed postmaster may need to notice and leave."""

LOG_KEPT_BYTES = 10 * 1024 * 1024
STILL_IN_USE = "shared memory block"


class Postmaster:
    """A postmaster that runs on `cluster`: our child, or one that an earlier owner left behind."""

    def __init__(self, cluster: Path, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.cluster = cluster
        self.pid = pid
        self._child = child

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return _runs_on(self.pid, self.cluster)

    def wait_ready(self) -> bool:
        """Wait until it answers; False when it ended instead. An interrupted wait stops what we started."""
        try:
            _until(lambda: self._ready() or not self.alive())
        except BaseException:
            if self._child is not None:
                self.stop()
            raise
        return self.alive()

    def reload(self) -> None:
        """Have it read its settings again."""
        self._signal(signal.SIGHUP)

    def _ready(self) -> bool:
        status = self._status()
        return status[:1] == [str(self.pid)] and status[-1:] == ["ready"]

    def socket_dir(self) -> Path:
        """Where it listens; only of a ready one."""
        return Path(self._status()[4])

    def stop(self) -> None:
        """End all sessions and shut down cleanly; after a minute, the hard way, and the log recovers it."""
        self._signal(signal.SIGINT)
        if not _until(lambda: not self.alive(), FAST_STOP_S):
            self._signal(signal.SIGQUIT)
            _until(lambda: not self.alive(), FAST_STOP_S)

    def _signal(self, number: signal.Signals) -> None:
        if self.alive():
            os.kill(self.pid, number)

    def _status(self) -> list[str]:
        return _status_lines(self.cluster)


def adopt(cluster: Path) -> Postmaster | None:
    """The ready postmaster that an earlier owner left, if any; waits while it starts or stops."""
    lines = _status_lines(cluster)
    if not lines or not lines[0].isdigit():
        return None
    postmaster = Postmaster(cluster, int(lines[0]))
    if not postmaster.wait_ready():
        return None
    postmaster.reload()
    return postmaster


def start(folder: Folder, binaries: Binaries, user: OSUser, socket_dir: Path) -> Postmaster:
    """Start PostgreSQL and wait until it answers, however long it takes; StartFailed when it ends instead."""
    _disown_stale_files(folder, user, socket_dir)
    _rotate(folder.log)
    deadline = time.monotonic() + ORPHANS_LEAVE_S
    while True:
        log_start = folder.log.stat().st_size if folder.log.exists() else 0
        postmaster = _spawn(folder, binaries, user, socket_dir)
        if postmaster.wait_ready():
            return postmaster
        said = _tail(folder.log, log_start)
        if STILL_IN_USE not in said or time.monotonic() > deadline:
            raise StartFailed(f"PostgreSQL did not start on {folder.cluster}:\n{said}")
        time.sleep(POLL_S * 5)


def _spawn(folder: Folder, binaries: Binaries, user: OSUser, socket_dir: Path) -> Postmaster:
    """Its own session, so that a Ctrl-C meant for us does not stop it under our feet."""
    command = [binaries.program("postgres"), "-D", folder.cluster, "-k", socket_dir]
    with folder.log.open("ab") as log:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **user.popen_options(),
        )
    return Postmaster(folder.cluster, child.pid, child)


def _status_lines(cluster: Path) -> list[str]:
    """postmaster.pid: process id, data folder, start, port, socket folder, address, shared memory, status."""
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _runs_on(pid: int, cluster: Path) -> bool:
    """Whether the process is alive and a postmaster of this cluster, not a newcomer with a recycled id."""
    if not _exists(pid):
        return False
    if not Path("/proc/self/cwd").exists():  # macOS: trust the id
        return True
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except OSError:
        return False


def _disown_stale_files(folder: Folder, user: OSUser, socket_dir: Path) -> None:
    """Keep PostgreSQL from taking a recycled or unreaped process id in its lock files for a rival.

    postmaster.pid must stay: it names the shared memory by which PostgreSQL notices backends that outlived a
    killed postmaster. An id that is its parent's, so ours, it knows to be stale.
    """
    (socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    lines = _status_lines(folder.cluster)
    if lines and lines[0].isdigit():
        text = "\n".join([str(os.getpid()), *lines[1:], ""])
        replace_file(folder.cluster / "postmaster.pid", text, user)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.rename(log.with_name(f"{log.name}.1"))


def _tail(log: Path, start: int, lines: int = 20) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _until(true: Callable[[], bool], seconds: float | None = None) -> bool:
    deadline = None if seconds is None else time.monotonic() + seconds
    while not true():
        if deadline is not None and time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
