"""Owning a data folder's database, or attaching to it while another process owns it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from parley.server.embedded import binaries, folder, osuser, postmaster
from parley.server.embedded.errors import BootstrapFailed, DataFolderBusy
from parley.server.embedded.ownership import Guests, Ownership, hold, read_note

POLL_S = 0.05


@dataclass(frozen=True)
class Cluster:
    """A running cluster, and how to reach it."""

    socket_dir: Path
    user: str = "parley_owner"
    database: str = "parley"

    @property
    def dsn(self) -> str:
        return self.dsn_of(self.database)

    def dsn_of(self, database: str) -> str:
        """The libpq URL of a database in this cluster; the port is there so that PGPORT has no say."""
        return f"postgresql://{self.user}@/{quote(database)}?host={quote(str(self.socket_dir))}&port=5432"


@contextmanager
def own(data: Path, *, command: str, durable: bool = True, wait_s: float = 10.0) -> Iterator[Cluster]:
    """Run the database of a data folder for the block, as its only owner.

    `command` is shown to whoever finds the folder busy. With `durable=False` a crash of the machine may lose
    everything: for tests. DataFolderBusy when another process still owns it after `wait_s` seconds; any other
    EmbeddedError when the database cannot run.
    """
    data = folder.create_data_folder(data)
    with hold(data, command, wait_s) as ownership, _running(data, ownership, durable=durable) as cluster:
        yield cluster


@contextmanager
def attach_or_own(data: Path, *, command: str, durable: bool = True, wait_s: float = 60.0) -> Iterator[Cluster]:
    """Use the database of a data folder for the block: as a guest of its living owner, else as its owner.

    DataFolderBusy when the owner's database does not answer within `wait_s` seconds.
    """
    with ExitStack() as stack:
        yield _attach_or_own(stack, folder.create_data_folder(data), command, durable, wait_s)


def _attach_or_own(stack: ExitStack, data: Path, command: str, durable: bool, wait_s: float) -> Cluster:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return stack.enter_context(own(data, command=command, durable=durable, wait_s=0))
        except DataFolderBusy as busy:
            if busy.socket_dir and _enter_as_guest(stack, data):
                return Cluster(busy.socket_dir)
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)


def _enter_as_guest(stack: ExitStack, data: Path) -> bool:
    """Become a guest until the stack closes; False when the owner was leaving already."""
    with ExitStack() as visit:
        visit.callback(_stop_if_last, data)
        visit.enter_context(Guests(data).join())
        if not read_note(data).socket_dir:
            return False
        stack.push(visit.pop_all())
    return True


def _stop_if_last(data: Path) -> None:
    """Stop the database that its owner left running for us, when nobody else uses it."""
    with suppress(DataFolderBusy), hold(data, "last guest", wait_s=0):
        server = postmaster.adopt((data / "postgres").resolve())
        if server:
            _turn_off(server, data)


@contextmanager
def _running(data: Path, ownership: Ownership, *, durable: bool) -> Iterator[Cluster]:
    user = osuser.for_cluster(data / "postgres")
    programs = binaries.find(user)
    where = folder.place(data, user)
    folder.prepare(where, programs, user, durable=durable)
    server = postmaster.adopt(where.cluster) or postmaster.start(where, programs, user, folder.socket_folder(where, user))
    try:
        cluster = Cluster(server.socket_dir())
        _bootstrap(programs, user, cluster)
        ownership.announce(cluster.socket_dir)
        yield cluster
    finally:
        ownership.retract()
        _turn_off(server, data)


def _bootstrap(programs: binaries.Binaries, user: osuser.OSUser, cluster: Cluster) -> None:
    sql = (files("parley") / "store" / "bootstrap.sql").read_text()
    psql: list[str | Path] = [programs.program("psql"), "--no-psqlrc", "--quiet", "--port=5432"]
    where = [f"--host={cluster.socket_dir}", "--username=postgres", "--dbname=postgres"]
    result = user.run([*psql, *where], stdin=sql)
    if result.returncode != 0:
        raise BootstrapFailed(f"roles and database could not be made:\n{result.stderr.strip()}")


def _turn_off(server: postmaster.Postmaster, data: Path) -> None:
    """Stop the database unless guests still use it: the last of them stops it then."""
    if not Guests(data).present():
        server.stop()
