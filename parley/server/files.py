"""Where files come in and go out: by links that carry their own permission, so neither path asks for a token.

What people uploaded is never run here: only pictures, sound and video are shown in place, under a policy that runs nothing.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import md5
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ..actions import uploads
from ..actions.context import Context
from ..domain import problems
from ..domain.problems import Problem
from ..domain.signed_links import Announced
from ..store import files
from ..store.files import Download
from .multipart import Form
from .ranges import Span, span_of

_log = logging.getLogger("parley.files")
UPLOADS = "/devrev-uploads"
DIRECT_UPLOADS = "/uploads/{tenant_id}/{attachment_id}/{version}"
DOWNLOADS = "/attachments/{tenant_id}/{attachment_id}/{file_name:path}"
# Room for the form around the file.
_FORM_BYTES = 300_000
_STATUS: dict[type[Problem], int] = {
    problems.BodyTooLarge: 413,
    problems.Conflict: 409,
    problems.Forbidden: 403,
    problems.NotFound: 404,
    problems.Unavailable: 503,
    problems.UnsupportedContentType: 400,
}
# What a browser shows without running anything of it.
_SHOWN = re.compile(r"(image/(png|jpeg|gif|webp|avif|bmp)|audio/[\w.+-]+|video/[\w.+-]+)", re.IGNORECASE)
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def routes(context: Context) -> list[BaseRoute]:
    async def upload(request: Request) -> Response:
        """Takes the file of a form whose other fields artifacts.prepare handed out."""
        _refuse_large(request, context.files.max_bytes + _FORM_BYTES)
        form = Form(request.headers.get("content-type", ""), request.stream())
        file = context.files.links.check_upload(await form.fields(), context.clock())
        await uploads.store(context, file, form.file())
        return Response(status_code=204)

    async def direct_upload(request: Request) -> Response:
        """Takes the bytes that Chatwoot's direct_uploads announced."""
        path = request.path_params
        key = f"{path['tenant_id']}/{path['attachment_id']}/{path['version']}"
        file, announced = context.files.links.check_direct(key, request.query_params, context.clock())
        _refuse_large(request, announced.byte_size)
        try:
            await uploads.store(context, file, _as_announced(request.stream(), announced))
        except problems.InvalidValue as problem:
            return JSONResponse({"message": problem.message}, 422)
        return Response(status_code=204)

    async def download(request: Request) -> Response:
        """The bytes of a file, whole or a range of them; where they are elsewhere, the way there."""
        path, query = request.path_params, request.query_params
        key = f"{path['tenant_id']}/{path['attachment_id']}/{query.get('version', '0')}"
        file = context.files.links.check_download(key, query.get("expires", ""), query.get("signature", ""), context.clock())
        async with context.database.read(file.tenant_id) as connection:
            found = await files.find_download(connection, file.tenant_id, file.attachment_id, file.version)
        if found is None or found.blob_key is None:
            return _elsewhere(found)
        return await _answer(context, request, found)

    return [
        Route(UPLOADS, _told(upload), methods=["POST"]),
        Route(DIRECT_UPLOADS, _told(direct_upload), methods=["PUT"]),
        Route(DOWNLOADS, _told(download), methods=["GET"]),
    ]


def _told(view: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await view(request)
        except Problem as problem:
            return JSONResponse({"message": problem.message}, _STATUS.get(type(problem), 400))
        except ClientDisconnect:
            raise
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            return JSONResponse({"message": "something failed on our side"}, 500)

    return answer


async def _as_announced(chunks: AsyncIterator[bytes], announced: Announced) -> AsyncIterator[bytes]:
    """Passes the bytes on. Raises InvalidValue where they are others in the end, so that nothing is kept."""
    size, digest = 0, md5(usedforsecurity=False)
    async for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
        if size > announced.byte_size:
            break
        yield chunk
    if size != announced.byte_size or base64.b64encode(digest.digest()).decode() != announced.checksum:
        raise problems.InvalidValue("checksum", "the bytes are not those that were announced")


def _refuse_large(request: Request, most: int) -> None:
    """Before a byte is read, where the request says how large it is."""
    given = request.headers.get("content-length", "")
    if given.isdecimal() and int(given) > most:
        raise problems.BodyTooLarge("the file is too large")


def _elsewhere(found: Download | None) -> Response:
    url = found.external_url if found else None
    if url is None or not url.startswith(("http://", "https://")):
        raise problems.NotFound("the file's bytes are not here")
    return Response(status_code=302, headers={"location": quote(url, safe=":/?#[]@!$&'()*+,;=%-._~"), "cache-control": "no-store"})


async def _answer(context: Context, request: Request, found: Download) -> Response:
    assert found.blob_key is not None
    size, etag = found.byte_size or 0, f'"{found.digest}"'
    headers = _headers(found, etag)
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    span = span_of(request.headers, size, etag)
    if span is None:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    headers["content-length"] = str(span.length)
    if span.is_part:
        headers["content-range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    status = 206 if span.is_part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    body = await _first(context.files.blobs.read(found.blob_key, span.start, span.length), span)
    return StreamingResponse(body, status, headers)


async def _first(chunks: AsyncIterator[bytes], span: Span) -> AsyncIterator[bytes]:
    """Reads the first piece already, so that bytes which are gone are told before the answer's head. Raises NotFound."""
    head = await anext(chunks, b"")
    if span.length and not head:
        raise problems.NotFound("the file's bytes are not here")

    async def whole() -> AsyncIterator[bytes]:
        yield head
        async for chunk in chunks:
            yield chunk

    return whole()


def _headers(found: Download, etag: str) -> dict[str, str]:
    media = found.content_type or ""
    if not media.isascii() or not media.isprintable() or not media:
        media = "application/octet-stream"
    how = "inline" if _SHOWN.fullmatch(media) else "attachment"
    name = quote(found.file_name or "file", safe="")
    return {
        "content-type": media,
        "content-disposition": f"{how}; filename*=UTF-8''{name}",
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "etag": etag,
        # The link is a secret: it stays out of shared caches and out of the next page's referrer.
        "cache-control": "private, max-age=3600",
        "referrer-policy": "no-referrer",
    }
