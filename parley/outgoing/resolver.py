"""From a host's name to addresses that may be connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import Network, is_refused
from .problems import Refused

Lookup = Callable[[str, int], Sequence[str]]
_LOOKUPS_AT_ONCE = 32


def look_up(host: str, port: int) -> Sequence[str]:
    """Every address that the machine's resolver knows for the host. Raises OSError."""
    return [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def refused(host: str) -> Refused:
    return Refused(f"{host} is not allowed: it does not lead to a public address")


class Resolver(AbstractResolver):
    """Looks hosts up in threads of its own: a slow name server holds up nothing else in this process."""

    def __init__(self, allowed: Sequence[Network], lookup: Lookup) -> None:
        self._allowed = allowed
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, "outgoing-lookup")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Both families, whatever is asked for. Raises Refused if one of the addresses is not allowed, OSError if there is none."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, host, port)
        if any(is_refused(one, self._allowed) for one in found):
            raise refused(host)
        return [_result(host, one, port) for one in dict.fromkeys(found)]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST)
