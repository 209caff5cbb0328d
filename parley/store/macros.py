"""Macros: steps that an agent carries out on a conversation at once."""

from __future__ import annotations

from typing import NamedTuple

from .nouns import Noun


class Macro(NamedTuple):
    """A macro; ``actions`` is JSON text, the people are ``kind:id``."""

    id: int
    name: str
    visibility: str
    actions: str
    created_by: str | None
    modified_by: str | None


MACROS = Noun(
    table="macros",
    kind="macro",
    row=Macro,
    columns="n.id, n.name, n.visibility, n.actions, n.created_by, n.modified_by",
    writable=frozenset({"name", "visibility", "actions"}),
    filters={"seen_by": "(n.visibility = 'global' OR n.created_by = {}::text)", "ids": "n.id = ANY ({}::bigint[])"},
    json=frozenset({"actions"}),
)
