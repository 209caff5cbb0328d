"""One owner per data folder: a lock that dies with its process, and a note that tells others who holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from parley.server.embedded.errors import DataFolderBusy


class Note(msgspec.Struct, omit_defaults=True):
    """What the owner writes into its lock file. `socket_dir` appears once the database answers."""

    pid: int = 0
    command: str = ""
    socket_dir: str = ""


class Ownership:
    """The lock on one data folder, held. Made by `hold` only."""

    def __init__(self, fd: int, command: str) -> None:
        self._fd = fd
        self._note = Note(os.getpid(), command)
        self._write(self._note)

    def announce(self, socket_dir: Path) -> None:
        """Tell guests where the database listens."""
        self._write(msgspec.structs.replace(self._note, socket_dir=str(socket_dir)))

    def retract(self) -> None:
        """Tell guests to come no more."""
        self._write(self._note)

    def _write(self, note: Note | None) -> None:
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, msgspec.json.encode(note) if note else b"", 0)

    def release(self) -> None:
        self._write(None)
        os.close(self._fd)


@contextmanager
def hold(data: Path, command: str, wait_s: float) -> Iterator[Ownership]:
    """Own the folder for the block; DataFolderBusy when another process still does after `wait_s` seconds."""
    fd = _locked(data / "owner.lock", wait_s)
    if fd is None:
        note = read_note(data)
        raise DataFolderBusy(data, note.pid, note.command, Path(note.socket_dir) if note.socket_dir else None)
    ownership = Ownership(fd, command)
    try:
        yield ownership
    finally:
        ownership.release()


def read_note(data: Path) -> Note:
    """The owner's note; empty when there is none, it is half written, or its writer is gone."""
    try:
        note = msgspec.json.decode((data / "owner.lock").read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return Note()
    return note if _alive(note.pid) else Note()


class Guests:
    """Who uses the database without owning it: each holds a shared lock, so that the last one can stop it."""

    def __init__(self, data: Path) -> None:
        self._path = data / "guests.lock"

    @contextmanager
    def join(self) -> Iterator[None]:
        fd = _open(self._path)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH)
            yield
        finally:
            os.close(fd)

    def present(self) -> bool:
        fd = _try_lock(self._path)
        if fd is not None:
            os.close(fd)
        return fd is None


def _locked(path: Path, wait_s: float) -> int | None:
    deadline = time.monotonic() + wait_s
    while (fd := _try_lock(path)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return fd


def _try_lock(path: Path) -> int | None:
    fd = _open(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, but there
        pass
    return True
