"""A request's body as one object, whatever it came as: JSON, a form, or a form with files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from ..actions import uploads
from ..actions.context import Context
from ..domain.problems import BodyTooLarge, InvalidValue, MalformedBody, UnexpectedJsonType, UnsupportedContentType
from .rails import nest

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FILES, _MOST_FIELDS = 50, 1000
_PIECE = 65_536


class Payload(NamedTuple):
    """``data`` is what an Idempotency-Key compares; a form with files has none, and takes no key."""

    given: dict[str, Any]
    data: bytes | None


def has_files(request: Request) -> bool:
    return _media(request) == MULTIPART


async def read(request: Request, most: int) -> Payload:
    """JSON or a plain form. Raises BodyTooLarge, MalformedBody, UnsupportedContentType, UnexpectedJsonType."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise BodyTooLarge(f"the body may have at most {most} bytes")
    media = _media(request)
    if not data.strip():
        return Payload({}, b"")
    if media == FORM:
        return Payload(nest(_pairs(bytes(data))), bytes(data))
    if media not in ("", "application/json", "text/json", "text/plain"):
        raise UnsupportedContentType(media)
    return Payload(_object(bytes(data)), bytes(data))


async def read_with_files(request: Request, context: Context, tenant_id: int) -> Payload:
    """A form whose files are put into the blob store as they are read. Raises BodyTooLarge, MalformedBody."""
    most = context.files.max_bytes + context.max_body_bytes

    async def body() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise BodyTooLarge(f"the body may have at most {most} bytes")
            yield chunk

    limits = {"max_files": MOST_FILES, "max_fields": _MOST_FIELDS, "max_part_size": context.max_body_bytes}
    parser = MultiPartParser(request.headers, body(), **limits)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise MalformedBody(f"the body is not a well-formed form: {error}") from error
    try:
        pairs = [(key, await _keep(context, tenant_id, key, value)) for key, value in form.multi_items()]
    finally:
        await form.close()
    return Payload(nest(pairs), None)


async def _keep(context: Context, tenant_id: int, key: str, value: UploadFile | str) -> uploads.Kept | str:
    """A field as it is; a file as its place in the blob store. A file field that was left empty is an empty string.

    Raises InvalidValue for a file whose name or type holds a null character, which the database cannot keep.
    """
    if isinstance(value, str):
        return value
    if not value.filename:
        return ""
    if "\x00" in f"{value.filename}{value.content_type}":
        raise InvalidValue(key.partition("[")[0], f"{key} holds a null character in a file's name or type")

    async def chunks() -> AsyncIterator[bytes]:
        while piece := await value.read(_PIECE):
            yield piece

    return await uploads.keep(context, tenant_id, value.filename, value.content_type, chunks())


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _object(data: bytes) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody("the body is not JSON") from error
    if not isinstance(given, dict):
        raise UnexpectedJsonType("body", type(given).__name__, "object")
    return given


def _pairs(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedBody("the body is not a well-formed form") from error
