"""What a spreadsheet opens must not run."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from parley.chatwoot.csv_file import csv_file


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        (None, ""),
        (-5, "-5"),
        ("+351910000000", "+351910000000"),
        ("-1.5", "-1.5"),
        ("+351 910", "'+351 910"),
        ("=1+1", "'=1+1"),
        ("+1+cmd()", "'+1+cmd()"),
        ("-2+3", "'-2+3"),
        ("@sum(1)", "'@sum(1)"),
        ("\t=1", "'\t=1"),
    ],
)
def test_a_formula_is_quoted_and_a_number_is_none(cell: Any, written: str) -> None:
    text = bytes(csv_file("x", [[cell, "end"]]).body).decode()
    assert list(csv.reader(StringIO(text, newline=""))) == [[written, "end"]]


def test_a_byte_order_mark_comes_first_where_it_is_wanted() -> None:
    assert bytes(csv_file("x", [["a"]], marked=True).body) == b"\xef\xbb\xbfa\r\n"
