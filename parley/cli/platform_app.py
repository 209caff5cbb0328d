"""``parley platform-app``: make the apps that manage accounts and users over Chatwoot's platform API."""

from __future__ import annotations

from typing import Annotated

import typer

from ..actions import platform
from . import show
from .database import run
from .options import DEFAULT_DATA, Data, Json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def platform_app() -> None:
    """Make platform apps, which manage accounts and users over Chatwoot's platform API."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="A name to recognise it by.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a platform app and print its token: it is shown once and stored hashed."""
    app_id, token = run(data, "platform-app create", lambda database: platform.create_app(database, name))
    if as_json:
        show.json({"platform_app": {"id": app_id, "name": name}, "token": token})
    else:
        typer.echo(token)
        show.note(f"The token of platform app {app_id}, for api_access_token: of /platform/api/v1. Keep it: it is not shown again.")
