"""An answer that is a CSV file to download."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from starlette.responses import Response

# What a spreadsheet would run as a formula; a number with its sign, as of a telephone, is none.
_FORMULA, _NUMBER = ("=", "+", "-", "@", "\t", "\r"), re.compile(r"[+-][0-9.]+")


def csv_file(name: str, rows: Iterable[Sequence[Any]], *, marked: bool = False) -> Response:
    """A text that a spreadsheet would take for a formula gets a quote before it. ``marked``: begins with a byte order mark."""
    text = StringIO()
    text.write("\ufeff" if marked else "")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([f"'{cell}" if _is_formula(cell) else cell for cell in row])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _is_formula(cell: Any) -> bool:
    return isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
