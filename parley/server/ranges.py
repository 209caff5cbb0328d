"""Which part of a file a request asks for (RFC 9110, section 14): one range of bytes; anything else means the whole."""

from __future__ import annotations

import re
from typing import NamedTuple

from starlette.datastructures import Headers

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


class Span(NamedTuple):
    """``length`` bytes from ``start`` on."""

    start: int
    length: int
    is_part: bool = True


def span_of(headers: Headers, size: int, etag: str) -> Span | None:
    """None for a range that the file does not have."""
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or match[1] == match[2] == "" or headers.get("if-range", etag) != etag:
        return Span(0, size, is_part=False)
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        return Span(size - length, length) if length else None
    start, end = int(first), min(int(last or size - 1), size - 1)
    if last and int(last) < int(first):
        return Span(0, size, is_part=False)
    return Span(start, end - start + 1) if start <= end else None
