"""docs/coverage-devrev.md: every path of DevRev's official document, and how much of it we answer.

Made from that document and ours: a field that the official request or answer has and ours has not is missing.
"""

from __future__ import annotations

from parley.reference import document
from parley.server.reference import APIS

from . import ROOT
from ._fields import Schema, answer_fields, names, request_fields

PAGE = ROOT / "docs" / "coverage-devrev.md"
_HEAD = """# DevRev's paths

Written by `python -m tests.coverage` from DevRev's official document (beta, January 2026) and our own. **served**: every field of
the request is taken and every field of the answer's objects can be sent. **partly**: the fields named are not; a request that has
one is refused by name. **not served**: 404, `route not found`.
"""


def render(official: Schema) -> str:
    ours = document.build("/", APIS)
    rows = [_row(path, official, ours) for path in sorted(official["paths"])]
    served = [row for row in rows if "| not served |" not in row]
    whole = sum("| served |" in row for row in served)
    summary = f"{len(rows)} paths: {whole} served, {len(served) - whole} partly, {len(rows) - len(served)} not served.\n"
    return "\n".join([_HEAD, summary, "| path | | missing |", "|---|---|---|", *rows, ""])


def _row(path: str, official: Schema, ours: Schema) -> str:
    if path not in ours["paths"]:
        return f"| `{path}` | not served | |"
    theirs, mine = official["paths"][path]["post" if "post" in official["paths"][path] else "get"], ours["paths"][path]
    asked = request_fields(theirs, official) - request_fields(mine.get("post", mine.get("get")), ours)
    told = answer_fields(theirs, official) - answer_fields(mine.get("post", mine.get("get")), ours)
    missing = [f"request: {names(asked)}"] * bool(asked) + [f"answer: {names(told)}"] * bool(told)
    return f"| `{path}` | {'partly' if missing else 'served'} | {'; '.join(missing)} |"
