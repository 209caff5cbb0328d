"""What went wrong, as one line for the person at the terminal; anything else is a bug and keeps its traceback."""

from __future__ import annotations


def explain(error: Exception) -> str | None:
    """The line to show, or None for an error that nobody foresaw."""
    import asyncpg

    from ..domain.problems import Problem
    from ..server.config import ConfigError
    from ..server.embedded import EmbeddedError
    from ..store.migrate import DatabaseTooNew, UnfitDatabase

    if isinstance(error, Problem | ConfigError | EmbeddedError | DatabaseTooNew | UnfitDatabase):
        return str(error)
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"the database refused: {error}"
    if isinstance(error, OSError):
        return f"cannot reach the database or a file: {error}"
    return None
