"""One operation of an API: how it is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .notation import Field, Shape, Union, fields

JSON = "application/json"
FORM_DATA = "multipart/form-data"


class Parameter(NamedTuple):
    """A value in the path, the query or a header."""

    where: str
    field: Field


class Answer(NamedTuple):
    """One status. ``type`` is a word of the notation, None where the body is not JSON; ``media`` None means no body."""

    status: int
    text: str
    type: str | None
    media: str | None = JSON
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """``curl`` reads $PARLEY_URL, $PARLEY_TOKEN and $PARLEY_ACCOUNT; ``body`` names a shape, which may come as
    any of ``media``."""

    method: str
    path: str
    id: str
    summary: str
    text: str
    curl: str
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    body: str | None = None
    is_open: bool = False
    media: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True)
class Api:
    """A family of operations. ``prefix`` keeps its shapes apart from those of others; ``security`` names its scheme."""

    name: str
    prefix: str
    text: str
    operations: tuple[Operation, ...]
    shapes: tuple[Shape | Union, ...]
    security: str | None = None


def parameters(where: str, table: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(where, field) for field in fields(table))
