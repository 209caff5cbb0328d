"""What a webhook may be: where it delivers to, the headers that it sends along, and the secret that signs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .problems import InvalidValue

STATUSES = ("active", "inactive", "unverified")
MOST_HEADERS = 8
SECRET_BYTES = range(8, 33)
NEW_SECRET_BYTES = 32
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff]")
_LONGEST_URL = 2048
_LONGEST_HEADER = 2048


def check_url(url: str, field: str = "url") -> None:
    """Raises InvalidValue unless this is an http or https address of a host, without a name or password in it."""
    if len(url) > _LONGEST_URL or _UNPRINTABLE.search(url):
        raise InvalidValue(field, f"{field} takes up to {_LONGEST_URL} characters, without spaces or control characters")
    try:
        parts = urlsplit(url)
        _ = parts.port  # refuses a port that is no number
    except ValueError as error:
        raise InvalidValue(field, f"{field} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidValue(field, f"{field} must be an http or https URL with a host")
    if "@" in parts.netloc:
        raise InvalidValue(field, f"{field} must not hold a user name or password")


def check_header(name: str, value: str, field: str) -> None:
    """Raises InvalidValue for a header that HTTP could not carry."""
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidValue(f"{field}.name", "a header's name takes ASCII letters, digits, hyphens and underscores")
    if len(value) > _LONGEST_HEADER or not value.isprintable() or not value.isascii():
        raise InvalidValue(f"{field}.value", f"a header's value takes up to {_LONGEST_HEADER} printable ASCII characters")


def check_secret(secret: bytes, field: str = "secret") -> None:
    """Raises InvalidValue unless the secret is long enough, and not too long."""
    if len(secret) not in SECRET_BYTES:
        raise InvalidValue(field, f"{field} takes {SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} bytes, in base64")
