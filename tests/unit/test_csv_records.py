"""CSV in pieces is read as the standard library reads it whole."""

from __future__ import annotations

import csv
import io
import random

import pytest

from parley.domain.csv_records import LONGEST, Reader, Record, line


def read(data: bytes, size: int) -> list[Record]:
    reader = Reader()
    found = [record for start in range(0, len(data), size) for record in reader.feed(data[start : start + size])]
    return found + reader.end()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_any_pieces_give_the_same_records(size: int) -> None:
    shuffled = random.Random(size)
    rows = [["".join(shuffled.choice('aé",\n\r ') for _ in range(shuffled.randrange(6))) for _ in range(3)] for _ in range(200)]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    data = "".join(line(row) for row in rows).encode()
    assert [record.cells for record in read(data, size)] == rows
    assert [row for row in csv.reader(io.StringIO(data.decode(), newline="")) if any(cell.strip() for cell in row)] == rows


def test_a_mark_at_the_start_blank_lines_and_a_missing_end_do_no_harm() -> None:
    assert read("\ufeffname,email\r\n\r\n  \nAda,a@x".encode(), 4) == [Record(["name", "email"]), Record(["Ada", "a@x"])]
    assert read(b"a\xff,b\n", 2) == [Record(["a\ufffd", "b"])]


def test_what_is_no_record_says_so_and_the_next_one_is_read() -> None:
    broken, fine = read(b'"a"b,c\nx,y\n', 3)
    assert broken.cells == ['"a"b,c']
    assert broken.problem.startswith("no CSV")
    assert fine == Record(["x", "y"])


def test_quotes_that_never_end_are_refused() -> None:
    with pytest.raises(ValueError, match="ends inside quotes"):
        read(b'a,"b\nc,d\n', 5)
    with pytest.raises(ValueError, match="is a quote missing"):
        read(b'a,"b' + b"x" * LONGEST, 65536)
