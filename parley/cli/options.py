"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", envvar="PARLEY_DATA", help="Folder of the embedded database; not used with PARLEY_DATABASE_URL."),
]
DEFAULT_DATA = Path("data")

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
TenantRef = Annotated[str, typer.Option("--tenant", metavar="ID", help="The tenant: its id or its slug.")]
