"""`parley` in a fork of a process that has imported it already: importing it anew takes most of a start.

The forking server is Python's own (multiprocessing). What runs is the whole command, from its arguments on, in a process of its own.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

COMMAND_S = 180

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(
    [
        "parley.cli.main", "parley.cli.serve", "parley.cli.demo", "parley.cli.doctor", "parley.cli.token", "parley.cli.webhooks",
        "parley.server.asgi", "parley.store.migrate", "granian", "uvloop",
    ]
)  # fmt: skip


def start(words: list[str], environment: dict[str, str], log: Path) -> BaseProcess:
    """``parley words...`` in a session of its own; what it prints goes to ``log``."""
    process = _forking.Process(target=_serve, args=(words, environment, log))
    process.start()
    return process


def run(words: list[str], environment: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """``parley words...`` to its end; TimeoutExpired after three minutes. As ``subprocess.run`` with its output captured."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0").write_text(stdin)
        process = _forking.Process(target=_command, args=(words, environment, folder))
        process.start()
        process.join(COMMAND_S)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, COMMAND_S)
        assert process.exitcode is not None
        return subprocess.CompletedProcess(words, process.exitcode, (folder / "1").read_text(), (folder / "2").read_text())


def _serve(words: list[str], environment: dict[str, str], log: Path) -> None:
    os.setsid()
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    faulthandler.enable()
    _become(words, environment)


def _command(words: list[str], environment: dict[str, str], folder: Path) -> None:
    """Its standard files are those in ``folder`` that are called 0, 1 and 2."""
    for number, mode in enumerate(("rb", "wb", "wb")):
        with (folder / str(number)).open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing has put /dev/null in its place
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the forking server ignores it
    _become(words, environment)


def _become(words: list[str], environment: dict[str, str]) -> None:
    from parley.cli.main import main

    os.environ.clear()
    os.environ.update(environment)
    multiprocessing.set_start_method("fork", force=True)  # as in a process of its own
    sys.argv = ["parley", *words]
    main()
