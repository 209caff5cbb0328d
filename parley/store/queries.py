"""Named queries. ``<noun>.sql`` holds them, each under one comment line::

    -- get_contacts: contacts by id
    SELECT ...

``load("contacts").get_contacts`` is the statement's text. A test PREPAREs every one on the real schema.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from types import SimpleNamespace

_NAME = re.compile(r"^-- (\w+): .+$", re.MULTILINE)


@cache
def load(noun: str) -> SimpleNamespace:
    """All queries of ``store/<noun>.sql`` by name."""
    return SimpleNamespace(**parse(resources.files(__package__).joinpath(f"{noun}.sql").read_text()))


def parse(text: str) -> dict[str, str]:
    """Splits a file of named queries; a comment after the name line stays in its query."""
    parts = _NAME.split(text)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def nouns() -> list[str]:
    """Every file of named queries."""
    return sorted(
        entry.name.removesuffix(".sql")
        for entry in resources.files(__package__).iterdir()
        if entry.name.endswith(".sql") and entry.name != "bootstrap.sql"
    )
