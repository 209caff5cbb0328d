"""``parley version``."""

from __future__ import annotations

from importlib.metadata import version as installed_version

import typer

from .options import Json


def version(as_json: Json = False) -> None:
    """Print the version of Parley."""
    number = installed_version("parley")
    typer.echo(f'{{"version":"{number}"}}' if as_json else f"parley {number}")
