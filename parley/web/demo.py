"""What ``parley demo`` left behind for people to try: an account and a token."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo tenant as one who calls it needs it; the token is its administrator's."""

    account_id: int
    token: str


def read_demo(file: Path | None) -> Demo | None:
    """The demo of this data folder; None where none was loaded or the file cannot be understood."""
    if file is None:
        return None
    try:
        known = json.loads(file.read_text())
        demo = Demo(int(known["account_id"]), str(known["users"]["administrator"]["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return demo if _TOKEN.fullmatch(demo.token) else None
