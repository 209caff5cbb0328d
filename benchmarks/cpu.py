"""CPU of processes, from /proc (Linux): user and system time of all their threads, in ticks of a hundredth of a second."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def spent(pid: int) -> float:
    """Seconds since the process began."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def during(pid: int, work: Callable[[], object]) -> float:
    """Seconds of CPU that a process takes while ``work`` runs."""
    began = spent(pid)
    work()
    return spent(pid) - began
