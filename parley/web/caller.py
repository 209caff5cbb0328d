"""Who looks at a page: the address they used, and whether they sit at this machine."""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import Request

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
# Only proxies set these; with one in between, the peer's address says nothing of who asks.
PROXY_HEADERS = {"forwarded", "via", "x-real-ip"}
_HOST = re.compile(r"\[?[A-Za-z0-9.:_-]{1,255}\]?(:\d{1,5})?")


def base_url(request: Request, public_url: str) -> str:
    """Where this server is for the caller, without a trailing slash; a Host header that is no host name is not repeated."""
    host = request.headers.get("host", "")
    if public_url or not _HOST.fullmatch(host):
        return public_url or "http://localhost:8080"
    return f"{request.url.scheme}://{host}"


def is_local(request: Request) -> bool:
    """True for a request from loopback that names loopback as its host and came through no proxy."""
    proxied = any(name in PROXY_HEADERS or name.startswith("x-forwarded") for name in request.headers)
    return not proxied and _names_loopback(request) and _comes_from_loopback(request)


def _names_loopback(request: Request) -> bool:
    """Keeps other sites out, whose names may be made to resolve to 127.0.0.1 (DNS rebinding)."""
    host = request.headers.get("host", "")
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower() in LOOPBACK_NAMES


def _comes_from_loopback(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
