"""Who may see the demo's token: only somebody at this machine who names it as the host and uses no proxy."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from parley.web.caller import base_url, is_local
from parley.web.demo import Demo, read_demo


def request(host: str = "localhost:8080", peer: str | None = "127.0.0.1", **headers: str) -> Request:
    sent = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "server": ("127.0.0.1", 8080),
        "client": (peer, 50000) if peer else None,
    }
    return Request(scope)


@pytest.mark.parametrize("host", ["localhost:8080", "localhost", "LocalHost:1", "127.0.0.1:8080", "[::1]:8080", "[::1]"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_that_names_loopback_is_local(host: str, peer: str) -> None:
    assert is_local(request(host, peer))


@pytest.mark.parametrize("host", ["parley.example", "localhost.evil.example", "127.0.0.1.nip.example", "", "10.0.0.1:8080", "localhostx"])
def test_another_host_name_is_not(host: str) -> None:
    assert not is_local(request(host))


@pytest.mark.parametrize("peer", ["10.0.0.7", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.7", "unix:", None])
def test_another_peer_is_not(peer: str | None) -> None:
    assert not is_local(request(peer=peer))


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "x_forwarded_host", "x_forwarded_proto", "x_real_ip", "via"])
def test_a_request_through_a_proxy_is_not(header: str) -> None:
    assert not is_local(request(**{header: "127.0.0.1"}))


@pytest.mark.parametrize("host", ['x"; rm -rf ~; "', "a b", "x/<script>", "$(id)", "`id`", ""])
def test_a_host_that_is_none_is_not_repeated(host: str) -> None:
    assert base_url(request(host), "") == "http://localhost:8080"


def test_the_address_is_the_one_that_was_asked_unless_the_operator_says_another() -> None:
    assert base_url(request("parley.example:8443"), "") == "http://parley.example:8443"
    assert base_url(request("parley.example"), "https://chat.example") == "https://chat.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"account_id": 1, "users": {}}',
        '{"account_id": "x", "users": {"administrator": {"token": "prl_0123456789abcdef"}}}',
        '{"account_id": 1, "users": {"administrator": {"token": "prl_$(reboot)_0123456789"}}}',
    ],
)
def test_a_demo_file_that_cannot_be_used_is_no_demo(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.json").write_text(text)
    assert read_demo(tmp_path / "demo.json") is None


def test_no_demo_file_is_no_demo(tmp_path: Path) -> None:
    assert read_demo(None) is None
    assert read_demo(tmp_path / "demo.json") is None


def test_a_demo_is_the_administrators(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(
        '{"account_id": 7, "users": {"administrator": {"token": "prl_0123456789abcdef"}, "agent": {"token": "prl_other"}}}'
    )
    assert read_demo(tmp_path / "demo.json") == Demo(7, "prl_0123456789abcdef")
