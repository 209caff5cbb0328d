"""What a label may be called."""

from __future__ import annotations

import re

from .problems import InvalidValue

# Letters and digits of any script, then hyphens and underscores too: at least two characters (Chatwoot's RegexHelper).
_TITLE = re.compile(r"[^\W_]+[\w-]+")


def label_title(given: str, field: str = "title") -> str:
    """The title in lower case. Raises InvalidValue for one that no label may have."""
    title = given.lower()
    if not _TITLE.fullmatch(title):
        raise InvalidValue(
            field, f"{field.capitalize()} takes letters, digits, - and _, begins with a letter or digit and has at least two"
        )
    return title
