"""Custom field keys: stored as (namespace, raw key), shown on the DevRev wire as one name.

A wire name is ``<namespace>__<escaped key>``. A namespace never holds two underscores, so the first ``__`` splits.
The escape keeps wire names inside ``[A-Za-z0-9_]``: any other character becomes ``_u<hex>_``, and an underscore
that would be read as the start of such an escape is escaped itself. Every key survives the way out and back.
"""

from __future__ import annotations

import re

TENANT_NAMESPACE = "tnt"
SUBTYPE_NAMESPACE = "ctype"

_TO_ESCAPE = re.compile(r"[^A-Za-z0-9_]|_(?=u[0-9a-f]{1,6}(?:_|[^A-Za-z0-9_]))")
_ESCAPED = re.compile(r"_u([0-9a-f]{1,6})_")
_NAMESPACE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


def wire_name(namespace: str, key: str) -> str:
    """``("tnt", "order total")`` -> ``tnt__order_u20_total``."""
    return f"{namespace}__" + _TO_ESCAPE.sub(lambda m: f"_u{ord(m[0]):x}_", key)


def split_wire_name(name: str) -> tuple[str, str] | None:
    """The (namespace, raw key) of a wire name, or None when it has no namespace."""
    namespace, mark, key = name.partition("__")
    if not mark or not key or not _NAMESPACE.fullmatch(namespace):
        return None
    return namespace, _ESCAPED.sub(_unescape, key)


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF else match[0]
