"""How a worker's C library gives memory back.

An answer of some hundred kilobytes is copied a few times on its way. By default glibc takes each such piece from the system and
gives it back at once, and the page faults of that were half of what a page of ready-made conversations cost.
"""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h
_KEPT_BYTES = 16 << 20


def keep_freed_memory() -> None:
    """Up to 16 MB stay with the process. Where the C library has no mallopt nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
