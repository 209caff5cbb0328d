"""A file that is taken belongs to something: what that is called on this wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..domain.problems import AttachmentTaken
from .encode_atoms import don
from .endpoints import Call


@contextmanager
def parents_named(call: Call) -> Iterator[None]:
    """Turns the parent of an AttachmentTaken, ``conversation:12/message:55`` or ``user:1``, into its DON."""
    try:
        yield
    except AttachmentTaken as problem:
        outer, _, message = problem.parent.partition("/message:")
        parent = don(call.names, outer) + (f":comment/{message}" if message else "")
        raise AttachmentTaken(problem.field, parent, is_same=problem.is_same) from problem
