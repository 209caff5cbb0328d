"""docs/cli.md, made from the commands themselves: ``python -m parley.cli.reference > docs/cli.md``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from .main import app

_HEAD = """\
# The command line

Every command reads its database from `PARLEY_DATABASE_URL` when that is set, else from the data folder (`--data`, or
`PARLEY_DATA`), whose own PostgreSQL it starts, or uses as a guest while `parley serve` runs it. Commands that print `--json`
print one JSON value on stdout and nothing else there; progress and notes go to stderr. Exit codes: 0 done, 1 refused or
failed (one line on stderr says why), 2 the command line was not understood.

This page is made by `python -m parley.cli.reference > docs/cli.md`; a test fails when it is not in step.
"""


def document() -> str:
    """The page: each command with its options."""
    root = get_command(app)
    return _HEAD + "".join(_section(path, command) for path, command in commands(root, "parley"))


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be run, by its words."""
    context = typer.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _section(path: str, command: Any) -> str:
    arguments = " ".join(_placeholder(one) for one in command.params if one.param_type_name == "argument")
    lines = [f"\n## `{' '.join((path, arguments)).strip()}`\n\n{command.help}\n"]
    rows = [_row(one) for one in command.params if one.name != "help"]
    if rows:
        lines += ["\n| option | default | what it does |\n|---|---|---|\n", *rows]
    return "".join(lines)


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        shown, default = _placeholder(parameter), "required"
    else:
        value = "" if parameter.is_flag else f" {_placeholder(parameter)}"
        shown, default = f"--{parameter.opts[-1].lstrip('-')}{value}", _default(parameter)
    shown = shown.replace("|", "\\|")  # the table's own bars
    return f"| `{shown}` | {default} | {parameter.help or ''} |\n"


def _placeholder(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = getattr(parameter.default, "value", parameter.default)
    return "" if value in (None, False, "") or value == () or value == [] else f"`{value}`"


if __name__ == "__main__":
    typer.echo(document(), nl=False)
