"""``parley migrate``."""

from __future__ import annotations

import asyncio

import typer

from ..store import migrate as migrations
from . import show
from .database import unmigrated
from .options import DEFAULT_DATA, Data, Json


def migrate(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Bring the database to this version of Parley; `parley serve` does so by itself."""
    with unmigrated(data, "migrate") as dsn:
        applied = asyncio.run(migrations.migrate(dsn))
    if as_json:
        show.json({"applied": applied})
    else:
        typer.echo("\n".join(f"applied {name}" for name in applied) or "Nothing to do: the database is up to date.")
