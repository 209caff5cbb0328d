"""How many pixels a picture has, read from the first bytes of its file: PNG, GIF and JPEG."""

from __future__ import annotations

from struct import unpack_from

# A JPEG may carry a preview and camera data before it says its size.
HEAD_BYTES = 256 * 1024
_PNG, _GIF, _JPEG = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"\xff\xd8"
# Frame headers; the other markers from C0 to CF hold tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length behind them.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST = 2**31 - 1


def size_of(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None for what is no such picture, or tells no size within ``head``."""
    found = None
    if head.startswith(_PNG) and head[12:16] == b"IHDR" and len(head) >= 24:
        found = unpack_from(">II", head, 16)
    elif head.startswith(_GIF) and len(head) >= 10:
        found = unpack_from("<HH", head, 6)
    elif head.startswith(_JPEG):
        found = _jpeg(head)
    return (found[0], found[1]) if found and 0 < min(found) <= max(found) <= _MOST else None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """Walks from segment to segment to the first frame header."""
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker == 0xFF:  # padding
            place += 1
        elif marker in _FRAMES:
            height, width = unpack_from(">HH", head, place + 5)
            return width, height
        elif marker in _BARE:
            place += 2
        else:
            place += 2 + unpack_from(">H", head, place + 2)[0]
    return None
