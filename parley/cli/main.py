"""The `parley` command. A command's module is imported when the command is asked for, so that `parley version` is instant."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

# Where each command lives: a module of this package, and in it a function (one command) or `app` (a group of them).
COMMANDS = {
    "serve": ("serve", "serve"),
    "demo": ("demo", "demo"),
    "import": ("import_", "app"),
    "tenant": ("tenant", "app"),
    "user": ("user", "app"),
    "token": ("token", "app"),
    "webhooks": ("webhooks", "app"),
    "events": ("events", "app"),
    "platform-app": ("platform_app", "app"),
    "migrate": ("migrate", "migrate"),
    "doctor": ("doctor", "doctor"),
    "version": ("version", "version"),
}


class Commands(TyperGroup):
    """The group of all commands; errors that were foreseen end as one line on stderr and exit code 1."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            from .failures import explain

            line = explain(error)
            if line is None:
                raise
            typer.echo(f"parley: {line}", err=True)
            sys.exit(1)


app = typer.Typer(
    name="parley",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def parley() -> None:
    """A self-hosted conversation server that speaks DevRev's and Chatwoot's APIs."""


def main() -> None:
    app(prog_name="parley")


def _load(name: str) -> Any:
    module, member = COMMANDS[name]
    found = getattr(import_module(f"{__package__}.{module}"), member)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)
