"""``parley serve``: the server, with its own database unless PARLEY_DATABASE_URL names another."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ..server import config


def serve(
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database.", envvar="PARLEY_DATA")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests.")] = None,
) -> None:
    """Serve both APIs and the pages until Ctrl-C; starts and stops the embedded database."""
    try:
        settings = config.load(os.environ, data=data and str(data), host=host, port=port, workers=workers)
    except config.ConfigError as error:
        raise SystemExit(f"parley: {error}") from error
    _refuse_busy_port(settings)
    if settings.database_url:
        _run(settings, settings.database_url)
    else:
        _run_with_embedded(settings)


def _run_with_embedded(settings: config.Config) -> None:
    from ..server.embedded import DataFolderBusy, EmbeddedError, own

    try:
        with own(Path(settings.data), command="parley serve") as cluster:
            _run(settings, cluster.dsn)
    except (DataFolderBusy, EmbeddedError) as error:
        raise SystemExit(f"parley: {error}") from error


def _run(settings: config.Config, dsn: str) -> None:
    from ..store import migrate

    try:
        asyncio.run(migrate.migrate(dsn))
    except (migrate.DatabaseTooNew, migrate.UnfitDatabase, OSError) as error:
        raise SystemExit(f"parley: {error}") from error
    shared = _export(settings, dsn)
    try:
        _greet(settings)
        _granian(settings).serve()
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def _export(settings: config.Config, dsn: str) -> str:
    """Workers read their settings from the environment, as the main process did; returns the folder of shared metrics."""
    for setting in config.SETTINGS:
        value = getattr(settings, setting.name)
        os.environ.pop(f"{setting.variable}_FILE", None)
        if value != "":
            os.environ[setting.variable] = str(value)
    os.environ["PARLEY_DATABASE_URL"] = dsn
    folder = tempfile.mkdtemp(prefix="parley-metrics-")
    if settings.workers > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def _granian(settings: config.Config) -> Any:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    return Granian(
        "parley.server.asgi:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        respawn_failed_workers=True,
        log_level=LogLevels(settings.log_level if settings.log_level != "info" else "warning"),
    )


def _refuse_busy_port(settings: config.Config) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SystemExit(f"parley: cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error


def _greet(settings: config.Config) -> None:
    """Where the server is, and for a demo folder who may log in and a line to try on each wire."""
    url = settings.public_url or f"http://{_reachable(settings.host)}:{settings.port}"
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    console.print(f"Parley is at {url}   (API docs: {url}/docs)")
    for line in _demo_lines(Path(settings.data) / "demo.json", url):
        console.print(line)


def _reachable(host: str) -> str:
    """The host as it stands in a URL of this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]" if ":" in host else host


def _demo_lines(file: Path, url: str) -> list[str]:
    """Logins and curl lines; where the demo was not loaded or its file cannot be read, what to do instead."""
    try:
        known = json.loads(file.read_text())
        token, account_id = known["users"]["administrator"]["token"], known["account_id"]
        logins = [f"  {role:<14} {user['email']}  password {user['password']}" for role, user in known["users"].items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ["No demo tenant here: `parley demo` makes one, `parley tenant create` a real one."]
    json_body = "-H 'Content-Type: application/json' -d"
    return [
        *logins,
        f"""  curl -s {url}/conversations.list -H 'Authorization: {token}' {json_body} '{{"limit": 2}}'""",
        f"""  curl -s {url}/conversations.export -H 'Authorization: {token}' {json_body} '{{"first": 2}}'""",
        f"  curl -s {url}/api/v1/accounts/{account_id}/conversations -H 'api_access_token: {token}'",
    ]
