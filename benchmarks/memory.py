"""Memory of processes, from /proc (Linux)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
MB = 1024 * 1024


def tree(root: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def pss(pids: Iterable[int]) -> int:
    """Bytes of proportional set size: shared pages are counted once in all."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += _kilobytes(_PROC / str(pid) / "smaps_rollup", "Pss")
    return total


def resident(pid: int) -> int:
    return _kilobytes(_PROC / str(pid) / "status", "VmRSS")


def peak_resident(pid: int) -> int:
    """The most that was resident since ``forget_peak``."""
    return _kilobytes(_PROC / str(pid) / "status", "VmHWM")


def forget_peak(pid: int) -> None:
    (_PROC / str(pid) / "clear_refs").write_text("5")


def command(pid: int) -> str:
    with suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def _parents() -> Iterator[tuple[int, int]]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name in parentheses may hold anything; the parent is the second word behind it.
                yield int(folder.name), int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def _kilobytes(path: Path, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0
