"""Sizes of pictures, read from the first bytes of their files."""

from __future__ import annotations

from struct import pack

import pytest

from parley.domain.pictures import size_of

PNG = b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", 640, 501) + b"\x08\x06"
FRAME = b"\xff\xc2" + pack(">HBHHB", 11, 8, 300, 400, 3)
# A camera's data, padding, a quantisation table, and only then the frame.
JPEG = b"\xff\xd8\xff\xe1" + pack(">H", 5000) + b"e" * 4998 + b"\xff\xff\xdb" + pack(">H", 4) + b"qq" + FRAME + b"rest"


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (PNG, (640, 501)),
        (b"GIF89a" + pack("<HH", 7, 9) + b"\x00", (7, 9)),
        (b"GIF87a" + pack("<HH", 1, 2), (1, 2)),
        (JPEG, (400, 300)),
        (b"\xff\xd8" + FRAME + b"rest", (400, 300)),
        (b"", None),
        (b"plain text", None),
        (PNG[:20], None),
        (PNG[:16] + pack(">II", 0, 5), None),
        (PNG[:16] + pack(">II", 2**31, 5), None),
        (b"GIF89a\x01", None),
        (JPEG[:4000], None),
        (b"\xff\xd8\xff\xc4" + pack(">H", 2) + b"nonsense", None),
        (b"\xff\xd8" + b"\xff" * 40, None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", None),
    ],
)
def test_size_of(head: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(head) == size
