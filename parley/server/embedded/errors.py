"""What can keep the embedded database from running. Every message is made for the person at the terminal.

EmbeddedError
  DataFolderBusy     another process owns the data folder
  NoPostgres         no PostgreSQL programs on this machine
  NoSuitableUser     no operating-system user may run them
  InitFailed         the cluster could not be made
  WrongMajor         the cluster was made by another major version of PostgreSQL
  StartFailed        PostgreSQL ended instead of starting
  BootstrapFailed    its roles and database could not be made
"""

from __future__ import annotations

from pathlib import Path


class EmbeddedError(Exception):
    """The embedded database cannot be used."""


class DataFolderBusy(EmbeddedError):
    """Another process owns the data folder. `socket_dir` is None until its database answers."""

    def __init__(self, data: Path, pid: int, command: str, socket_dir: Path | None) -> None:
        super().__init__(f"{data} is in use by process {pid or 'unknown'} ({command or 'just starting'})")
        self.data = data
        self.pid = pid
        self.command = command
        self.socket_dir = socket_dir


class NoPostgres(EmbeddedError):
    """No PostgreSQL programs were found that are new enough."""


class NoSuitableUser(EmbeddedError):
    """No operating-system user fits to run PostgreSQL."""


class InitFailed(EmbeddedError):
    """The cluster could not be made."""


class WrongMajor(EmbeddedError):
    """The cluster was made by another major version of PostgreSQL."""


class StartFailed(EmbeddedError):
    """PostgreSQL ended instead of starting; the message carries the tail of its log."""


class BootstrapFailed(EmbeddedError):
    """The roles and the database could not be made in a running cluster."""
