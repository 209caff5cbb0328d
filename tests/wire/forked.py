"""`parley serve` in a fork of a process that has imported it already: importing it anew takes most of a start.

The forking server is Python's own (multiprocessing). What runs is the whole command, from its arguments on.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["parley.cli.main", "parley.cli.serve", "parley.server.asgi", "parley.store.migrate", "granian", "uvloop"])


def start(words: list[str], environment: dict[str, str], log: Path) -> BaseProcess:
    """``parley words...`` in a session of its own; what it prints goes to ``log``."""
    process = _forking.Process(target=_run, args=(words, environment, log))
    process.start()
    return process


def _run(words: list[str], environment: dict[str, str], log: Path) -> None:
    from parley.cli.main import main

    os.setsid()
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    faulthandler.enable()
    os.environ.clear()
    os.environ.update(environment)
    multiprocessing.set_start_method("fork", force=True)  # as in a process of its own
    sys.argv = ["parley", *words]
    main()
