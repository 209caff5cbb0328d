"""Which addresses a request to a user's URL may go to: public ones, and those of networks that the operator named.

The tables are written out, after IANA's special-purpose registries: what ``ipaddress`` calls private or global differs between
Python 3.11 and 3.13, and the addresses at which clouds hand out credentials are not all private.
"""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_REFUSED_4 = _networks(
    "0.0.0.0/8",  # this network; 0.0.0.0 itself is the machine
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private
    "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata
    "127.0.0.0/8",  # loopback
    "168.63.129.16/32",  # Azure's metadata, among public addresses
    "169.254.0.0/16",  # link-local, and most clouds' metadata
    "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
    "192.88.99.0/24",  # relays of 6to4
    "198.18.0.0/15",  # benchmarks
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)  # fmt: skip
# Of IPv6 only global unicast is public; loopback, link-local, site-local, ULA, multicast and 64:ff9b:1::/48 lie outside of it.
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = _networks(
    "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
    "2001:db8::/32", "3fff::/20",  # documentation
    "2002::/16",  # 6to4, which holds an IPv4 address
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# IPv4-compatible (long out of use), IPv4-mapped and IPv4-translated: the IPv4 address in the last 32 bits is where it leads to.
_EMBEDDED = tuple(ipaddress.IPv6Network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"))
_OWN_6 = frozenset({ipaddress.IPv6Address("::"), ipaddress.IPv6Address("::1")})


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, or ``loopback``, separated by commas. Raises ValueError."""
    found: list[Network] = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        found += LOOPBACK if one == "loopback" else [ipaddress.ip_network(one)]
    return tuple(found)


def is_refused(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether nothing may be sent to this address, as a resolver writes it; ``allowed`` lets named networks through."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return True
        if address in _NAT64 and is_refused(str(_inner(address)), allowed):
            return True
        if address not in _OWN_6 and any(address in network for network in _EMBEDDED):
            address = _inner(address)
    return not (_is_public(address) or any(address in network for network in allowed))


def read_literal(host: str) -> list[str]:
    """The addresses that a host stands for without asking a name server; none for a name that has to be looked up.

    ``localhost`` is such a host, and so are 127.1, 2130706433, 0x7f.0.0.1, digits of other scripts, and all of these with dots behind.
    """
    plain = unicodedata.normalize("NFKC", host).replace("\u3002", ".").strip("[]").rstrip(".").lower()
    if plain == "localhost" or plain.endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    try:
        # The resolver itself, told not to ask anyone: it knows every way of writing an address that it would take.
        found = socket.getaddrinfo(plain, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return []
    return [str(address[0]) for *_, address in found]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    return address in _PUBLIC_6 and not any(address in network for network in _REFUSED_6)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
