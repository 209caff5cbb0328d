"""The cluster's files: where they are, how they are made, and the settings we own in them.

DIR/owner.lock      who owns the folder (ownership.py)
DIR/postgres.log    the database's log, and postgres.log.1 before it
DIR/postgres        the cluster, or a link to /var/lib/parley/clusters/*/postgres
run, beside it      the socket's folder, or a link to a short one: a socket's path may have 100 bytes or so
"""

from __future__ import annotations

import locale
import os
import secrets
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from parley.server.embedded import binaries as programs
from parley.server.embedded.binaries import Binaries
from parley.server.embedded.errors import InitFailed, WrongMajor
from parley.server.embedded.osuser import OSUser, current

LONGEST_SOCKET_PATH = 103
"""Bytes; macOS allows 103 and Linux 107."""

SOCKET_NAME = ".s.PGSQL.5432"
BUILTIN_LOCALE_MAJOR = 17
IO_METHOD_MAJOR = 18

SETTINGS = """\
# Written by Parley at every start. Your own settings belong into postgresql.conf, below its last line.
cluster_name = 'parley'
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 64
max_logical_replication_workers = 0
timezone = 'UTC'

# Small at rest.
shared_buffers = 64MB
huge_pages = off
work_mem = 8MB
maintenance_work_mem = 64MB
effective_cache_size = 1GB
max_wal_size = 1GB

# An SSD or something like it; short queries.
random_page_cost = 1.1
jit = off

# Tables that mostly grow: look often, so that index-only scans find pages all-visible.
autovacuum_max_workers = 2
autovacuum_naptime = 15s
autovacuum_vacuum_insert_scale_factor = 0.02
autovacuum_analyze_scale_factor = 0.02

log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a: '
log_lock_waits = on
log_checkpoints = off
track_io_timing = on
"""

UNSAFE_SETTINGS = """
# For tests only: a crash of the machine loses everything.
fsync = off
autovacuum = off
full_page_writes = off
synchronous_commit = off
"""


@dataclass(frozen=True)
class Folder:
    """The paths of one data folder. `home` holds the cluster: that folder, or where its user can reach."""

    data: Path
    home: Path

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"


def create_data_folder(data: Path) -> Path:
    """The data folder, made if need be: others may pass through it to the cluster, but not list it."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    return data.resolve()


def place(data: Path, user: OSUser) -> Folder:
    """Where the cluster of this data folder is, or will be."""
    link = data / "postgres"
    if link.is_symlink():
        return Folder(data, link.resolve().parent)
    if link.exists() or user.reaches(data):
        return Folder(data, data)
    return Folder(data, programs.SYSTEM_HOME / "clusters" / secrets.token_hex(8))


def prepare(folder: Folder, binaries: Binaries, user: OSUser, *, durable: bool) -> None:
    """Make the cluster if there is none, and bring its settings up to date."""
    if folder.cluster.exists():
        _check_major(folder.cluster, binaries)
    else:
        _initialise(folder, binaries, user, durable=durable)
    _write_settings(folder.cluster, binaries, user, durable=durable)


def socket_folder(folder: Folder, user: OSUser) -> Path:
    """A folder that only `user` may enter, its path short enough; the same at every start while it exists."""
    run = folder.home / "run"
    if run.is_symlink() and not _is_private(run, user):  # its target was cleaned away, or is not ours
        run.unlink()
    if not run.exists():
        if len(os.fsencode(run / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            run.symlink_to(tempfile.mkdtemp(prefix="parley-", dir="/tmp"))
        else:
            run.mkdir(mode=0o700)
        _give(run, user)
    return run.resolve()


def _is_private(folder: Path, user: OSUser) -> bool:
    if not folder.is_dir():
        return False
    status = folder.stat()
    return status.st_uid == user.uid and not status.st_mode & 0o077


def _give(path: Path, user: OSUser) -> None:
    if user.uid != os.geteuid():
        os.chown(path, user.uid, user.gid)


def _check_major(cluster: Path, binaries: Binaries) -> None:
    made_by = (cluster / "PG_VERSION").read_text().strip()
    if made_by != str(binaries.major):
        raise WrongMajor(
            f"{cluster} was made by PostgreSQL {made_by}, but this machine runs PostgreSQL {binaries.major}: "
            f"export with a Parley that has PostgreSQL {made_by} and import into a new data folder"
        )


def _initialise(folder: Folder, binaries: Binaries, user: OSUser, *, durable: bool) -> None:
    """Run initdb beside, then rename: a cluster cut short in the making is never taken for a whole one."""
    folder.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    partial = folder.home / "postgres.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    _give(partial, user)
    _initdb(partial, binaries, user, durable=durable)
    conf = partial / "postgresql.conf"
    replace_file(conf, conf.read_text() + "\ninclude_if_exists = 'parley.conf'\n", user)
    partial.rename(folder.cluster)
    if folder.home != folder.data:
        (folder.data / "postgres").symlink_to(folder.cluster)


def _initdb(target: Path, binaries: Binaries, user: OSUser, *, durable: bool) -> None:
    command: list[str | Path] = [
        binaries.program("initdb"),
        "--pgdata",
        target,
        "--username=postgres",
        "--auth=peer",
        "--encoding=UTF8",
    ]
    command += ["--data-checksums", "--locale=C", f"--lc-ctype={_unicode_ctype()}"]
    if binaries.major >= BUILTIN_LOCALE_MAJOR:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    result = user.run(command if durable else [*command, "--no-sync"])
    if result.returncode != 0:
        raise InitFailed(f"initdb could not make {target}:\n{result.stderr.strip()}")


def _unicode_ctype() -> str:
    """A libc locale that knows letters beyond ASCII: with plain C, pg_trgm would drop every one of them."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            try:
                return locale.setlocale(locale.LC_CTYPE, name) and name
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise InitFailed("this system has no UTF-8 locale (C.UTF-8 or en_US.UTF-8), and search over text needs one")


def _write_settings(cluster: Path, binaries: Binaries, user: OSUser, *, durable: bool) -> None:
    settings = SETTINGS if durable else SETTINGS + UNSAFE_SETTINGS
    if binaries.major >= IO_METHOD_MAJOR:  # no idle I/O workers
        settings += "\nio_method = sync\n"
    if sys.platform == "linux":
        settings += "effective_io_concurrency = 16\n"
    replace_file(cluster / "parley.conf", settings, user)
    replace_file(cluster / "pg_hba.conf", "local all all peer map=parley\n", user)
    replace_file(cluster / "pg_ident.conf", _who_may_be_whom(user), user)


def _who_may_be_whom(user: OSUser) -> str:
    """For peer authentication: who runs PostgreSQL may be its superuser, who runs Parley its owner role."""
    pairs = {(user.name, "postgres"), (user.name, "parley_owner"), (current().name, "parley_owner")}
    return "".join(f'parley "{system}" {role}\n' for system, role in sorted(pairs))


def replace_file(path: Path, text: str, user: OSUser) -> None:
    """Write beside, then rename: never half a file, and root follows no link that the cluster's user laid."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    _give(new, user)
    new.rename(path)
