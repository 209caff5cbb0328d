"""CSV as it comes in pieces: records of cells, quoted ones over several lines (RFC 4180)."""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder
from typing import NamedTuple

LONGEST = 1_000_000


class Record(NamedTuple):
    """``cells`` of one row; ``problem`` says why they cannot be told apart, and the one cell is then the row as it came."""

    cells: list[str]
    problem: str = ""


class Reader:
    """Takes bytes and gives records; what is no UTF-8 becomes the replacement character, blank lines are left out."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8-sig")(errors="replace")
        self._line = ""
        self._open = ""

    def feed(self, piece: bytes) -> list[Record]:
        """The records that end in this piece. Raises ValueError for one that is longer than ``LONGEST`` characters."""
        text = self._line + self._decoder.decode(piece)
        *lines, self._line = text.split("\n")
        found = [record for line in lines if (record := self._close(line)) is not None]
        if len(self._open) + len(self._line) > LONGEST:
            raise ValueError(f"a row has more than {LONGEST} characters: is a quote missing?")
        return found

    def end(self) -> list[Record]:
        """The last record, where no line end follows. Raises ValueError where the file ends inside quotes."""
        rest, self._line = self._line + self._decoder.decode(b"", final=True), ""
        record = self._close(rest)
        if self._open:
            raise ValueError("the file ends inside quotes")
        return [] if record is None else [record]

    def _close(self, line: str) -> Record | None:
        """A record ends with the line in which its quotes are even."""
        text = f"{self._open}\n{line}" if self._open else line
        if text.count('"') % 2:
            self._open = text
            return None
        self._open = ""
        text = text.removesuffix("\r")
        return _parsed(text) if text.strip() else None


def _parsed(text: str) -> Record:
    try:
        return Record(next(csv.reader([text], strict=True)))
    except csv.Error as error:
        return Record([text], f"no CSV: {error}")


def line(cells: list[str]) -> str:
    """One record as text."""
    return ",".join(_quoted(cell) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\r\n') else cell
