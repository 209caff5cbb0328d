"""Requests to URLs that users set: only to checked addresses, with caps on time and size, and nothing taken from the environment.

The check is where the connection is made, twice: a resolver's answers are refused together if one of them is not allowed, and each
socket is made for an address that is checked again, so that a literal, a redirect or a name server's second answer gets no further.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from .. import __version__
from ..domain import webhooks
from ..domain.problems import InvalidValue
from .addresses import Network, is_refused, read_literal
from .problems import NoAnswer, Refused, TimedOut, Unreachable, Untrusted
from .resolver import Lookup, Resolver, look_up, refused

MOST_ANSWER_BYTES = 65_536
# Shorter than the five seconds of most servers, so that a post seldom meets a connection that is just being closed.
_IDLE_S = 4.0
_LOOKUP_KEPT_S = 10
_OURS = {"User-Agent": f"Parley/{__version__}", "Accept-Encoding": "identity"}


class Answer(NamedTuple):
    """``headers`` has lower-case names; ``body`` is whole unless ``is_cut``; ``latency_ms`` is from the start to its last byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_cut: bool
    latency_ms: float


@dataclass(slots=True)
class _Request:
    url: URL
    content: bytes
    headers: Mapping[str, str]
    redirects: int
    most_bytes: int
    has_new_connection: bool = False


# A connection is made in the task of its request, or in one that this starts.
_CURRENT: ContextVar[_Request] = ContextVar("outgoing_request")


class Outgoing:
    """One per process; its connections begin with the first request and end with ``close``.

    ``allowed`` are networks that may be reached though they are not public. How many requests run at once is the caller's matter, so
    that waiting for one host takes none of another's time. ``lookup`` and ``trust`` are for tests with hosts and certificates of their own.
    """

    def __init__(self, allowed: Sequence[Network] = (), *, lookup: Lookup = look_up, trust: ssl.SSLContext | None = None) -> None:
        self._allowed = tuple(allowed)
        self._lookup = lookup
        self._trust = trust
        self._resolver: Resolver | None = None
        self._session: aiohttp.ClientSession | None = None

    def check_url(self, url: str, field: str = "url") -> None:
        """Raises InvalidValue for what is no URL, or names an address that would be refused; a host's name is looked up when it is used."""
        webhooks.check_url(url, field)
        try:
            host = URL(url).raw_host or ""
        except ValueError as error:
            raise InvalidValue(field, f"{field} is not a URL: {error}") from error
        if any(is_refused(one, self._allowed) for one in read_literal(host)):
            raise InvalidValue(field, f"{field} must not lead to a private or local address")

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        redirects: int = 0,
        most_bytes: int = MOST_ANSWER_BYTES,
    ) -> Answer:
        """Sends once and reads up to ``most_bytes`` of the answer; ``timeout_s`` covers everything from the lookup to the last byte.

        Without ``redirects`` one is an answer like any other. Headers that frame the request are ours, whatever is in ``headers``.
        Raises NoAnswer.
        """
        sent = {name: value for name, value in headers.items() if name.lower() not in webhooks.FRAMING_HEADERS}
        started = perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._post(_Request(URL(url), content, sent, redirects, most_bytes))
        except TimeoutError as error:
            raise TimedOut(f"no complete answer within {timeout_s:g} s") from error
        except ValueError as error:
            raise Refused(f"cannot be sent: {error}") from error
        return answer._replace(latency_ms=(perf_counter() - started) * 1000)

    async def close(self) -> None:
        """Ends the connections; a request that still runs fails."""
        if self._session is not None and self._resolver is not None:
            await self._session.close()
            await self._resolver.close()
            self._session = self._resolver = None

    async def _post(self, request: _Request) -> Answer:
        """The other side may close an idle connection just as we use it: only then the request is sent again, at once."""
        _CURRENT.set(request)
        try:
            return await self._send(request)
        except aiohttp.ClientConnectionError as error:
            if request.has_new_connection:
                raise _told(error, request.url) from error
        except aiohttp.ClientError as error:
            raise _told(error, request.url) from error
        try:
            return await self._send(request)
        except aiohttp.ClientError as error:
            raise _told(error, request.url) from error

    async def _send(self, request: _Request) -> Answer:
        async with self._open().post(
            request.url,
            data=request.content,
            headers=request.headers,
            allow_redirects=request.redirects > 0,
            max_redirects=request.redirects + 1,
        ) as answer:
            body, is_cut = await _read(answer, request.most_bytes)
            return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body, is_cut, 0.0)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._resolver = Resolver(self._allowed, self._lookup)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=self._resolver,
                    socket_factory=self._socket,
                    ssl=self._trust or True,
                    ttl_dns_cache=_LOOKUP_KEPT_S,
                    limit=0,
                    keepalive_timeout=_IDLE_S,
                ),
                headers=_OURS,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _socket(self, wanted: Any) -> socket.socket:
        """The last door: ``wanted`` is what will be connected to, and nothing is looked up after this."""
        family, kind, protocol, _, address = wanted
        if is_refused(address[0], self._allowed):
            raise refused(address[0])
        _CURRENT.get().has_new_connection = True
        return socket.socket(family, kind, protocol)


async def _read(answer: aiohttp.ClientResponse, most_bytes: int) -> tuple[bytes, bool]:
    """What comes up to the cap, and whether there was more; an answer that breaks off counts as far as it came."""
    body = bytearray()
    try:
        while len(body) < most_bytes and (chunk := await answer.content.read(most_bytes - len(body))):
            body += chunk
        is_cut = len(body) == most_bytes and not answer.content.at_eof()
    except aiohttp.ClientPayloadError:
        is_cut = True
    if is_cut:
        answer.close()
    return bytes(body), is_cut


def _told(error: aiohttp.ClientError, url: URL) -> NoAnswer:
    """In a sentence without addresses, which the messages of the library and of the system have."""
    host = url.host or "the host"
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Untrusted(f"the certificate of {host} is not valid for it")
        case aiohttp.ClientSSLError():
            return Untrusted(f"{host} does not speak TLS as it should")
        case aiohttp.ClientConnectorDNSError():
            return Unreachable(f"there is no host {host}")
        case aiohttp.ClientConnectorError():
            return Unreachable(f"cannot connect to {host}: {os.strerror(error.errno).lower() if error.errno else 'no answer'}")
        case aiohttp.TooManyRedirects():
            return Unreachable(f"{host} redirects too often")
        case aiohttp.RedirectClientError():
            return Unreachable(f"{host} redirects to what is no http or https URL")
        case aiohttp.InvalidURL():
            return Refused(f"{host} is not a host that can be asked")
        case aiohttp.ClientResponseError():
            return Unreachable(f"{host} does not answer in HTTP")
        case _:
            return Unreachable(f"{host} closed the connection without an answer")
