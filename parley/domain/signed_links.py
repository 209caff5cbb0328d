"""Links that carry their own permission: signed with the server's secret, for one file, until a moment.

Who holds a link may do what it says, so none is made for somebody who may not do it already.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlencode

from .problems import Forbidden, NotFound

_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class File:
    """What a link is for. ``version`` 0 means the current one."""

    tenant_id: int
    attachment_id: int
    version: int = 0

    @property
    def key(self) -> str:
        return f"{self.tenant_id}/{self.attachment_id}/{self.version}"

    @classmethod
    def parse(cls, text: str) -> File:
        """Raises NotFound for what ``key`` never said."""
        parts = text.split("/")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 and int(part) <= _MAX_ID for part in parts):
            raise NotFound("there is no such file")
        return cls(*map(int, parts))


@dataclass(frozen=True, slots=True)
class Announced:
    """What a direct upload will bring: bytes, their MD5 in base64, and the media type."""

    byte_size: int
    checksum: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Links:
    """``key`` is the server's secret ``links``; the two lifetimes are seconds."""

    key: bytes = field(repr=False)
    upload_s: int = 3600
    download_s: int = 3600

    def upload_fields(self, file: File, content_type: str, now: datetime) -> dict[str, str]:
        """What the form has to carry before its file."""
        expires = str(int(now.timestamp()) + self.upload_s)
        signed = self._sign("upload", file.key, expires, content_type)
        return {"key": file.key, "Content-Type": content_type, "expires": expires, "signature": signed}

    def check_upload(self, fields: dict[str, str], now: datetime) -> File:
        """Raises Forbidden for a form that is not as it was signed, or too late."""
        parts = [fields.get(name, "") for name in ("key", "expires", "Content-Type")]
        if not hmac.compare_digest(self._sign("upload", *parts).encode(), fields.get("signature", "").encode()):
            raise Forbidden("the form is not as it was prepared")
        _refuse_late(parts[1], now)
        return File.parse(parts[0])

    def direct_path(self, file: File, announced: Announced, now: datetime) -> str:
        """Path and query to which the bytes themselves are sent."""
        query = {
            "size": str(announced.byte_size),
            "checksum": announced.checksum,
            "type": announced.content_type,
            "expires": str(int(now.timestamp()) + self.upload_s),
        }
        signed = self._sign("direct", file.key, *query.values())
        return f"/uploads/{file.key}?{urlencode(query | {'signature': signed})}"

    def check_direct(self, key: str, query: Mapping[str, str], now: datetime) -> tuple[File, Announced]:
        """Raises NotFound for a link that we did not make, Forbidden for one that is too late."""
        parts = [query.get(name, "") for name in ("size", "checksum", "type", "expires")]
        if not hmac.compare_digest(self._sign("direct", key, *parts).encode(), query.get("signature", "").encode()):
            raise NotFound("there is no such upload")
        _refuse_late(parts[3], now)
        return File.parse(key), Announced(int(parts[0]), parts[1], parts[2])

    def signed_id(self, file: File) -> str:
        """A name for an upload that nobody can guess; whoever has it may attach the file. It lasts as long as the file."""
        place = base64.urlsafe_b64encode(file.key.encode()).decode()
        return f"{place}--{self._sign('file', file.key)}"

    def check_signed_id(self, text: str) -> File:
        """Raises NotFound for what ``signed_id`` never said."""
        place, _, signed = text.partition("--")
        try:
            key = base64.b64decode(place.encode(), altchars=b"-_", validate=True).decode()
        except ValueError as error:
            raise NotFound("there is no such upload") from error
        if not hmac.compare_digest(self._sign("file", key).encode(), signed.encode()):
            raise NotFound("there is no such upload")
        return File.parse(key)

    @lru_cache(maxsize=4096)  # noqa: B019 - of the one that the server has, and of a few in tests
    def download_path(self, file: File, name: str | None, expires_at: int) -> str:
        """Path and query of a download; ``expires_at`` in seconds since 1970. The name is for people only."""
        expires = str(expires_at)
        shown = quote("".join(letter for letter in name or "file" if letter.isprintable()), safe="")
        path = f"/attachments/{file.tenant_id}/{file.attachment_id}/{shown or 'file'}"
        return f"{path}?version={file.version}&expires={expires}&signature={self._sign('download', file.key, expires)}"

    def lasting(self, now: datetime) -> int:
        """An end that stays the same for a while, so that what shows a link does not change with every look at it."""
        return (int(now.timestamp()) // self.download_s + 2) * self.download_s

    def check_download(self, key: str, expires: str, signature: str, now: datetime) -> File:
        """Raises NotFound for a link that we did not make, Forbidden for one that is too late."""
        if not hmac.compare_digest(self._sign("download", key, expires).encode(), signature.encode()):
            raise NotFound("there is no such file")
        _refuse_late(expires, now)
        return File.parse(key)

    def _sign(self, *parts: str) -> str:
        return hmac.new(self.key, json.dumps(parts).encode(), sha256).hexdigest()


def _refuse_late(expires: str, now: datetime) -> None:
    """Call it for a signed moment only: those are digits."""
    if now.timestamp() > int(expires):
        raise Forbidden("the link has expired")
