"""The operating-system user that PostgreSQL runs as: root may not run it."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.server.embedded.errors import NoSuitableUser

UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class OSUser:
    """A user known to the system; peer authentication needs the name, files need the ids."""

    name: str
    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        """Arguments for `subprocess` that make a program run as this user, blind to our own environment."""
        options: dict[str, Any] = {
            "cwd": "/",
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        }
        if self.uid != os.geteuid():
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def run(self, command: Sequence[str | Path], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user; PermissionError when the user may not execute it."""
        return subprocess.run(
            [str(word) for word in command],
            input=stdin,
            capture_output=True,
            text=True,
            **self.popen_options(),
        )

    def reaches(self, folder: Path) -> bool:
        """Whether this user may enter the folder; tried as the user, since modes do not tell all."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder]).returncode == 0


def current() -> OSUser:
    """The user that runs Parley."""
    return _from_uid(os.geteuid())


def for_cluster(cluster: Path) -> OSUser:
    """Who runs PostgreSQL on this cluster folder: its owner if it exists, else we, or a stand-in for root."""
    me = current()
    owner = _from_uid(cluster.stat().st_uid) if cluster.exists() else None
    if me.uid == 0:
        return owner if owner and owner.uid != 0 else _unprivileged()
    if owner and owner.uid != me.uid:
        raise NoSuitableUser(f"{cluster} belongs to {owner.name}; run Parley as root or as {owner.name}, not as {me.name}")
    return me


def _from_uid(uid: int) -> OSUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise NoSuitableUser(f"user id {uid} has no entry in /etc/passwd, and PostgreSQL needs a name; add one") from None
    return OSUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _unprivileged() -> OSUser:
    for name in UNPRIVILEGED:
        try:
            return _from_uid(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise NoSuitableUser("PostgreSQL refuses to run as root, and neither 'postgres' nor 'nobody' exists here")
