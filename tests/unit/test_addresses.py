"""Where a request to a user's URL may not go, however the address is written (issue 5, outgoing safety)."""

from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.domain.problems import InvalidValue
from parley.outgoing.addresses import is_refused, parse_networks, read_literal
from parley.outgoing.client import Outgoing

PUBLIC = [
    "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "168.63.129.17",
    "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1",
    "223.255.255.255", "2001:200::1", "2003::1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:1.1.1.1", "::ffff:0:1.1.1.1",
]  # fmt: skip
REFUSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "unique local": ["fc00::1", "fd12:3456:789a::1", "fdff::1"],
    "link-local": ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fe80::1%eth0", "fe80::1%1"],
    "scoped": ["2606:4700:4700::1111%eth0", "ff02::1%lo"],
    "site-local": ["fec0::1", "feff::1"],
    "metadata": ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast and reserved": ["255.255.255.255", "240.0.0.1", "192.0.0.1", "192.88.99.1", "4000::1", "e000::1", "100::1", "5f00::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1"],
    "compatible": ["::127.0.0.1", "::7f00:1", "::10.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::1.1.1.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "64:ff9b:1:ffff::1.1.1.1"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1", "2002:101:101::"],
    "Teredo": ["2001::1", "2001:0:53aa:64c:0:0:80ff:fffe"],
    "no address": ["", "example.com", "1.2.3", "127.1", "0x7f000001", "1.1.1.1 ", "1.1.1.1/32", "[::1]"],
}
LITERALS = {
    "127.0.0.1": ["127.0.0.1"],
    "127.1": ["127.0.0.1"],
    "127.0.1": ["127.0.0.1"],
    "2130706433": ["127.0.0.1"],
    "0x7f000001": ["127.0.0.1"],
    "0x7f.0.0.1": ["127.0.0.1"],
    "0X7F.1": ["127.0.0.1"],
    "0177.0.0.1": ["127.0.0.1"],
    "017700000001": ["127.0.0.1"],
    "0": ["0.0.0.0"],
    "10.1": ["10.0.0.1"],
    "127.0.0.1.": ["127.0.0.1"],
    "127.0.0.1..": ["127.0.0.1"],
    "127。0。0。1": ["127.0.0.1"],
    "１２７．０．０．１": ["127.0.0.1"],
    "①②⑦.⓪.⓪.①": ["127.0.0.1"],
    "[::1]": ["::1"],
    "::ffff:7f00:1": ["::ffff:127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "LocalHost.": ["127.0.0.1", "::1"],
    "any.localhost": ["127.0.0.1", "::1"],
    "1.1.1.1": ["1.1.1.1"],
    "example.com": [],
    "localhost.example.com": [],
    "notlocalhost": [],
    "1.1.1.1.example.com": [],
    "": [],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    assert not is_refused(address)


@pytest.mark.parametrize(("kind", "address"), [(kind, one) for kind, found in REFUSED.items() for one in found])
def test_no_other_address_is(kind: str, address: str) -> None:
    assert is_refused(address), kind


def test_named_networks_are_let_through_and_no_others() -> None:
    allowed = parse_networks(" loopback, 10.1.0.0/16,fd00:1::/32, ")
    for address in ("127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "::ffff:10.1.2.3", "::10.1.2.3", "fd00:1::5", "1.1.1.1"):
        assert not is_refused(address, allowed), address
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fd00:2::5", "169.254.169.254", "0.0.0.0", "::", "fe80::1", "fd00:1::5%eth0"):
        assert is_refused(address, allowed), address


def test_a_machine_behind_nat64_names_it_and_still_reaches_nothing_private_through_it() -> None:
    allowed = parse_networks("64:ff9b::/96")
    assert not is_refused("64:ff9b::1.1.1.1", allowed)
    assert is_refused("64:ff9b::10.0.0.1", allowed)
    assert is_refused("64:ff9b::169.254.169.254", allowed)
    assert is_refused("10.0.0.1", allowed)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "localhost", "10.0.0.0/33", "10.0.0.0-10.0.0.9", "10.0.0.0/8;loopback"])
def test_what_is_no_network_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_networks(text)


@pytest.mark.parametrize(("host", "addresses"), LITERALS.items())
def test_a_literal_is_read_as_a_resolver_would(host: str, addresses: list[str]) -> None:
    assert read_literal(host) == addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:3000/x", "https://a.localhost/", "http://127.1", "http://2130706433/", "http://0x7f.1/",
        "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:a00:1]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://[::]/",
        "http://169.254.169.254/latest/meta-data", "http://127.0.0.1./", "http://１２７.0.0.1/", "http://127。1/", "http://0/", "HTTP://10.1:80/",
        "http://127.0.0.1\\@example.com/", "http://example.com:99999/", "http://a@127.0.0.1/", "ftp://example.com/", "http:///x", "x",
    ],
)  # fmt: skip
def test_a_url_that_is_set_names_no_refused_address(url: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Outgoing().check_url(url, "webhook_url")
    assert refused.value.field == "webhook_url"
    assert "webhook_url" in refused.value.message


def test_a_url_that_is_set_may_name_a_host_or_a_public_or_an_allowed_address() -> None:
    for url in ("https://hooks.example/a?b=ü", "http://hooks.example.:8080/", "http://1.1.1.1/", "http://[2606:4700:4700::1111]/"):
        Outgoing().check_url(url)
    local = Outgoing(parse_networks("loopback"))
    for url in ("http://localhost:9/x", "http://127.0.0.1:9/x", "http://[::1]/"):
        local.check_url(url)
    with pytest.raises(InvalidValue, match="private or local"):
        local.check_url("http://10.0.0.1/")


HIDDEN = st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "100.64.0.0/10"]).flatmap(
    lambda network: st.ip_addresses(v=4, network=network)
)


@given(HIDDEN)
@settings(max_examples=50, deadline=None)
def test_an_address_is_refused_in_every_writing(address: ipaddress.IPv4Address) -> None:
    number, (a, b, c, d) = int(address), address.packed
    writings = [
        str(address), str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.0{b:o}.{c}.{d}", f"{address}.", f"[::ffff:{address}]", f"[::ffff:{a:02x}{b:02x}:{c:02x}{d:02x}]", f"[::{address}]",
        f"[64:ff9b::{address}]", f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]",
    ]  # fmt: skip
    for host in writings:
        with pytest.raises(InvalidValue):
            Outgoing().check_url(f"http://{host}/")


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_gets_an_answer(text: str) -> None:
    for url in (text, f"http://{text}", f"http://[{text}]/", f"https://{text}.example/"):
        with contextlib.suppress(InvalidValue):
            Outgoing().check_url(url)
