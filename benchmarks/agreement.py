"""Whether two JSON answers say the same: key order aside, cursors apart (they hold the clock and are signed)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

APART = ("next_cursor", "prev_cursor")


def differences(ours: Any, theirs: Any, path: str = "$") -> Iterator[str]:
    """Where they differ, each as one line."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs} - set(APART)):
            if key not in ours or key not in theirs:
                yield f"{path}.{key}: only in {'ours' if key in ours else 'the baseline'}"
            else:
                yield from differences(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} items against {len(theirs)}"
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
    elif ours != theirs or isinstance(ours, bool) is not isinstance(theirs, bool):
        yield f"{path}: {ours!r} against {theirs!r}"
