"""What somebody types into a search box: words, "quoted phrases" and ``field:value`` filters.

All must hold. A word or phrase counts wherever it stands, also inside a longer word, whatever its case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problems import InvalidValue

# Longer words and phrases are cut (official document, search-core-request).
LONGEST_TERM = 50
_MOST_TERMS = 20
_TOKEN = re.compile(
    r'(?P<field>[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*):(?!//)(?P<value>"[^"]*"|[^\s"]+)'
    r'|"(?P<phrase>[^"]*)"'
    r'|(?P<word>[^\s"]+)'
)
# Nothing that is stored holds a control character worth searching for, or half a surrogate pair.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Query:
    """``terms`` are in the order given, none twice; ``fields`` are names and values as written, without quotes."""

    terms: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The words alone, for comparing with a whole name."""
        return " ".join(self.terms).lower()


def parse(text: str) -> Query:
    """Raises InvalidValue for more terms than one search takes. A quote without its twin counts as a space."""
    terms: list[str] = []
    fields: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(_NOT_TEXT.sub(" ", text)):
        if match["field"]:
            fields.append((match["field"], match["value"].strip('"')))
        elif term := (match["phrase"] or match["word"] or "").strip():
            terms.append(term[:LONGEST_TERM].rstrip())
    if len(terms) + len(fields) > _MOST_TERMS:
        raise InvalidValue("query", f"query takes up to {_MOST_TERMS} words, phrases and filters")
    return Query(tuple(dict.fromkeys(terms)), tuple(fields))
