"""``parley doctor``."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from typing import Annotated

import typer

from ..jobs import doctor as examiner
from ..server import config
from ..server.blobs import open_blobs
from . import show
from .database import unmigrated
from .options import DEFAULT_DATA, Data, Json


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is wrong; others may read and write meanwhile.")] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Check that everything derived (counts, search, clocks) agrees with what it comes from. Exit code 1 when something stays wrong."""
    with unmigrated(data, "doctor") as dsn:
        blobs = open_blobs(config.load(os.environ, data=str(data)))
        found = asyncio.run(examiner.repair(dsn, blobs) if repair else examiner.examine(dsn, blobs))
    if as_json:
        show.json({"findings": [asdict(one) for one in found]})
    elif not found:
        typer.echo("All is well.")
    else:
        rows = [(one.name, one.tenant_id or "all", one.count, "repaired" if one.repaired else "wrong") for one in found]
        show.table(("what", "tenant", "how many", "state"), rows)
    if any(not one.repaired for one in found):
        if not as_json and not repair:
            show.note("parley doctor --repair mends what can be mended.")
        raise typer.Exit(1)
