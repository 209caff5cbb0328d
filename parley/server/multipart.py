"""A form that is read as it comes: first its small fields, then its one file in pieces, never the whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from ..domain.problems import InvalidValue, MalformedBody, UnsupportedContentType

FILE = "file"
_FIELD_BYTES, _FIELDS = 8192, 32


class _Piece(NamedTuple):
    """What the parser found: the ``begin`` of a part (with its name), ``data`` of it, its ``end``, or the form's ``close``."""

    kind: str
    name: str = ""
    data: bytes = b""


class Form:
    """Ask ``fields`` first, then ``file`` to its end. Fields behind the file are not looked at, as S3 does."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        """Raises UnsupportedContentType for anything but multipart/form-data with a boundary."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise UnsupportedContentType(content_type)
        self._pieces = _parsed(boundary, body)

    async def fields(self) -> dict[str, str]:
        """Everything before the file. Raises MalformedBody, and InvalidValue where there is no file."""
        found: dict[str, bytearray] = {}
        async for piece in self._pieces:
            if piece.kind == "begin" and piece.name == FILE:
                return {name: value.decode("utf-8", "replace") for name, value in found.items()}
            value = found.setdefault(piece.name, bytearray())
            value += piece.data
            if len(value) > _FIELD_BYTES or len(found) > _FIELDS:
                raise MalformedBody("the form's fields are too large")
        raise InvalidValue(FILE, "the form has no file")

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes; ends only with a form that was sent to its end. Raises MalformedBody otherwise."""
        inside = True
        async for piece in self._pieces:
            if inside and piece.kind == "data":
                yield piece.data
            inside = inside and piece.kind != "end"


async def _parsed(boundary: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[_Piece]:
    """What each chunk of the body holds. Raises MalformedBody for what is no form, or is cut off."""
    found = _Found()
    try:
        parser = MultipartParser(boundary, found.callbacks())  # type: ignore[arg-type]
        async for chunk in body:
            if chunk:
                parser.write(chunk)
                for piece in found.take():
                    yield piece
    except FormParserError as error:
        raise MalformedBody("the body is not a well-formed form") from error
    if not found.closed:
        raise MalformedBody("the form was not sent to its end")


class _Found:
    """Gathers what the parser calls back with, until it is taken."""

    def __init__(self) -> None:
        self.closed = False
        self._pieces: list[_Piece] = []
        self._name = ""
        self._header, self._value = bytearray(), bytearray()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": lambda: self._pieces.append(_Piece("begin", self._name)),
            "on_part_data": lambda data, start, end: self._pieces.append(_Piece("data", self._name, data[start:end])),
            "on_part_end": lambda: self._pieces.append(_Piece("end", self._name)),
            "on_end": self._end,
        }

    def take(self) -> list[_Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _part_begin(self) -> None:
        self._name = ""

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._name = parse_options_header(self._value.decode("latin-1"))[1].get(b"name", b"").decode("utf-8", "replace")
        self._header.clear()
        self._value.clear()

    def _end(self) -> None:
        self.closed = True
