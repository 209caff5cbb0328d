"""Requests to users' URLs over real sockets: only checked addresses are connected to, and nothing takes longer or more than it may."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter, sleep

import pytest

from parley import __version__
from parley.outgoing.addresses import parse_networks
from parley.outgoing.client import Answer, Outgoing
from parley.outgoing.problems import NoAnswer, Refused, TimedOut, Unreachable, Untrusted
from tests.receiver import OK, Received, receiving, redirect, say

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux listens on every address of 127.0.0.0/8")
# The one stands for the public internet, the other for what must not be reached: both are this machine, and both listen.
PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
ALLOWED = parse_networks(f"{PUBLIC}/32")
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


class Names:
    """A resolver whose answers change from one question to the next, as a hostile name server's do; the last one stays."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {f"{name}.example": list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        found = self.answers[host]
        return found.pop(0) if len(found) > 1 else found[0]


@asynccontextmanager
async def outgoing(names: Names | None = None, trust: ssl.SSLContext | None = None) -> AsyncIterator[Outgoing]:
    client = Outgoing(ALLOWED, lookup=names or Names(hook=[[PUBLIC]], inside=[[PRIVATE]]), trust=trust)
    try:
        yield client
    finally:
        await client.close()


async def post(client: Outgoing, url: str, *, timeout_s: float = 5, redirects: int = 0, most_bytes: int = 1024) -> Answer:
    return await client.post(
        url, b'{"a":1}', {"content-type": "application/json"}, timeout_s=timeout_s, redirects=redirects, most_bytes=most_bytes
    )


async def test_a_post_arrives_whole_and_its_answer_comes_back() -> None:
    async with (
        receiving(say(b"HTTP/1.1 202 Fine\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nyes!"), host=PUBLIC) as there,
        outgoing() as client,
    ):
        answer = await client.post(
            there.url("hook.example", "/h%20a?b=%C3%BC"), b"\x00body", {"X-One": "1", "Content-Length": "0"}, timeout_s=5
        )
    assert (answer.status, answer.headers["retry-after"], answer.body, answer.is_cut) == (202, "7", b"yes!", False)
    assert 0 < answer.latency_ms < 5000
    (request,) = there.received
    assert (request.line, request.body) == ("POST /h%20a?b=%C3%BC HTTP/1.1", b"\x00body")
    assert request.headers["host"] == f"hook.example:{there.port}"
    assert request.headers["user-agent"] == f"Parley/{__version__}"
    assert (request.headers["x-one"], request.headers["content-length"]) == ("1", "5")


async def test_connections_are_kept_and_cookies_are_not() -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 2\r\n\r\nok"
    names = Names(hook=[[PUBLIC]])
    async with receiving(say(cookie), host=PUBLIC) as there, outgoing(names) as client:
        for _ in range(3):
            await post(client, there.url("hook.example"))
    assert (there.connections, len(there.received), names.asked) == (1, 3, ["hook.example"])
    assert all("cookie" not in one.headers for one in there.received)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(host=PUBLIC) as there, receiving(host=PUBLIC) as proxy, outgoing() as client:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(PUBLIC, ""))
        await post(client, there.url("hook.example"))
    assert (len(there.received), proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    "host",
    [
        PRIVATE,
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "１２７.0.0.1",
        "0.0.0.0",
    ],
)
async def test_no_way_of_writing_an_address_gets_by(host: str) -> None:
    """With the machine's own resolver."""
    client = Outgoing()
    async with receiving() as there:
        with pytest.raises(Refused):
            await post(client, there.url(host))
        assert there.connections == 0
    await client.close()


async def test_named_networks_are_reached_and_by_default_none_is() -> None:
    local = Outgoing(parse_networks("loopback"))
    async with receiving() as there:
        assert (await post(local, there.url())).status == 200
        assert (await post(local, there.url("localhost"))).status == 200
        closed = Outgoing()
        with pytest.raises(Refused):
            await post(closed, there.url())
    await local.close()
    await closed.close()


async def test_a_host_with_one_refused_address_is_refused_and_its_address_is_not_told() -> None:
    for found in ([PUBLIC, PRIVATE], [PRIVATE, PUBLIC], ["::1"], ["10.1.2.3"], [PUBLIC, "fe80::1%eth0"], [PUBLIC, "64:ff9b::7f00:1"]):
        async with receiving(host=PUBLIC) as there, outgoing(Names(mixed=[found])) as client:
            with pytest.raises(Refused) as refused:
                await post(client, there.url("mixed.example"))
        assert there.connections == 0
        assert refused.value.message == "mixed.example is not allowed: it does not lead to a public address"


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked() -> None:
    """DNS rebinding: public when it is checked, private from then on. Both addresses listen on the same port."""
    names = Names(rebind=[[PUBLIC], [PRIVATE]])
    async with (
        receiving(say(CLOSING), host=PUBLIC) as public,
        receiving(host=PRIVATE, port=public.port) as private,
        outgoing(names) as client,
    ):
        assert (await post(client, public.url("rebind.example"))).status == 200
        assert names.asked == ["rebind.example"]  # once: to check and to connect
        other = Outgoing(ALLOWED, lookup=names)
        with pytest.raises(Refused):
            await post(other, public.url("rebind.example"))
        await other.close()
    assert (public.connections, private.connections) == (1, 0)


async def test_an_answer_is_looked_up_again_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that led to a public address may not lead inside later, in the same client either."""
    names = Names(rebind=[[PUBLIC], [PRIVATE]])
    async with (
        receiving(say(CLOSING), host=PUBLIC) as public,
        receiving(host=PRIVATE, port=public.port) as private,
        outgoing(names) as client,
    ):
        monkeypatch.setattr("parley.outgoing.client._LOOKUP_KEPT_S", 0)
        await post(client, public.url("rebind.example"))
        with pytest.raises(Refused):
            await post(client, public.url("rebind.example"))
    assert (public.connections, private.connections) == (1, 0)


async def test_a_redirect_is_an_answer_unless_it_is_asked_for() -> None:
    async with receiving() as private, receiving(redirect(private.url()), host=PUBLIC) as public, outgoing() as client:
        answer = await post(client, public.url("hook.example"))
    assert (answer.status, answer.headers["location"], private.connections) == (307, private.url(), 0)


@pytest.mark.parametrize("target", [PRIVATE, "inside.example", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
async def test_each_hop_of_a_redirect_is_checked(target: str) -> None:
    async with (
        receiving() as private,
        receiving(redirect(private.url(target)), host=PUBLIC) as second,
        receiving(redirect(second.url("hook.example")), host=PUBLIC) as first,
        outgoing(Names(hook=[[PUBLIC]], inside=[[PRIVATE]], localhost=[[PRIVATE]])) as client,
    ):
        with pytest.raises(NoAnswer):
            await post(client, first.url("hook.example"), redirects=3)
    assert (first.connections, second.connections, private.connections) == (1, 1, 0)


async def test_redirects_are_followed_as_often_as_asked_and_only_to_http() -> None:
    async with receiving(host=PUBLIC) as last, receiving(redirect(last.url("hook.example")), host=PUBLIC) as first, outgoing() as client:
        assert (await post(client, first.url("hook.example"), redirects=1)).body == b"ok"
        assert last.received[0].body == b'{"a":1}'
    async with receiving(redirect("/hook"), host=PUBLIC) as circle, outgoing() as client:
        with pytest.raises(Unreachable, match="too often"):
            await post(client, circle.url("hook.example"), redirects=3)
        assert len(circle.received) == 4
    async with receiving(redirect("file:/etc/passwd"), host=PUBLIC) as there, outgoing() as client:
        with pytest.raises(Unreachable, match="no http"):
            await post(client, there.url("hook.example"), redirects=3)


async def drip_head(_request: Received, writer: asyncio.StreamWriter) -> None:
    for byte in OK * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_body(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def say_nothing(_request: Received, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize("reply", [drip_head, drip_body, say_nothing])
async def test_a_slow_answer_ends_with_the_time(reply: Callable[..., object]) -> None:
    async with receiving(reply, host=PUBLIC) as there, outgoing() as client:  # type: ignore[arg-type]
        started = perf_counter()
        with pytest.raises(TimedOut, match=r"within 0\.4 s"):
            await post(client, there.url("hook.example"), timeout_s=0.4)
        assert perf_counter() - started < 1.5


async def test_a_connection_that_hangs_ends_with_the_time() -> None:
    """A listener that accepts nothing, with its queue full: the system leaves further connections hanging."""
    with socket.socket() as full:
        full.bind((PUBLIC, 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        async with outgoing() as client:
            started = perf_counter()
            with pytest.raises(TimedOut):
                await post(client, f"http://hook.example:{full.getsockname()[1]}/", timeout_s=0.4)
            assert perf_counter() - started < 1.5
        for one in waiting:
            one.close()


async def test_a_slow_name_server_ends_with_the_time() -> None:
    def slow(_host: str, _port: int) -> Sequence[str]:
        sleep(1)
        return [PUBLIC]

    client = Outgoing(ALLOWED, lookup=slow)
    started = perf_counter()
    with pytest.raises(TimedOut):
        await post(client, "http://hook.example:9/", timeout_s=0.2)
    assert perf_counter() - started < 0.8
    await client.close()


async def test_of_a_huge_answer_only_the_first_bytes_are_read() -> None:
    written = 0

    async def flood(_request: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while written < 1_000_000_000:
            writer.write(b"x" * 65_536)
            await writer.drain()
            written += 65_536

    async with receiving(flood, host=PUBLIC) as there, outgoing() as client:
        answer = await post(client, there.url("hook.example"), most_bytes=1024)
        assert (answer.body, answer.is_cut) == (b"x" * 1024, True)
        await asyncio.sleep(0.1)
        await post(client, there.url("hook.example"), most_bytes=1024)
    assert there.connections == 2  # the rest is not read: the connection ends
    assert written < 50_000_000


async def test_a_packed_answer_is_not_unpacked() -> None:
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    async with receiving(say(packed), host=PUBLIC) as there, outgoing() as client:
        assert (await post(client, there.url("hook.example"))).body == b"\x1f\x8b\x08\x00"
    assert there.received[0].headers["accept-encoding"] == "identity"


async def test_an_answer_that_breaks_off_counts_as_far_as_it_came() -> None:
    async def break_off(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async with receiving(break_off, host=PUBLIC) as there, outgoing() as client:
        answer = await post(client, there.url("hook.example"))
    assert (answer.status, answer.body, answer.is_cut) == (500, b"half", True)


async def test_a_kept_connection_that_is_closed_as_it_is_used_costs_nothing() -> None:
    """Only such a one is tried again, and once: whoever closes every connection gets one request each time."""

    async def once_per_connection(request: Received, writer: asyncio.StreamWriter) -> None:
        if [one.connection for one in there.received].count(request.connection) > 1:
            writer.close()
        else:
            writer.write(OK)

    async with receiving(once_per_connection, host=PUBLIC) as there, outgoing() as client:
        assert [(await post(client, there.url("hook.example"))).status for _ in range(2)] == [200, 200]
        assert [one.connection for one in there.received] == [1, 1, 2]

    async def close(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with receiving(close, host=PUBLIC) as rude, outgoing() as client:
        with pytest.raises(Unreachable, match=r"hook\.example closed the connection without an answer"):
            await post(client, rude.url("hook.example"))
        assert len(rude.received) == 1


async def test_what_goes_wrong_is_told_in_a_sentence_without_addresses() -> None:
    with socket.socket() as free:
        free.bind((PUBLIC, 0))
        port = free.getsockname()[1]
    async with receiving(say(b"SSH-2.0-x\r\n\r\n"), host=PUBLIC) as ssh, outgoing() as client:
        for url, kind, message in [
            (f"http://hook.example:{port}/", Unreachable, "cannot connect to hook.example: connection refused"),
            ("http://nowhere.example/", Unreachable, "there is no host nowhere.example"),
            (ssh.url("hook.example"), Unreachable, "hook.example does not answer in HTTP"),
            (f"http://{'x' * 70}.example/", NoAnswer, None),
        ]:
            with pytest.raises(kind) as told:
                await post(client, url)
            assert message is None or told.value.message == message
            assert PUBLIC not in told.value.message
        with pytest.raises(Refused, match="cannot be sent"):
            await client.post(ssh.url("hook.example"), b"", {"X": "a\r\nY: b"}, timeout_s=5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for hook.example, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "hook.pem"
    name = ["-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*command, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


async def test_tls_is_with_the_host_and_not_with_its_address(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    names = Names(hook=[[PUBLIC]], other=[[PUBLIC]])
    trust = ssl.create_default_context(cafile=str(certificate))
    async with receiving(host=PUBLIC, tls=tls) as there:
        async with outgoing(names, trust) as client:
            assert (await post(client, there.url("hook.example", scheme="https"))).status == 200
            with pytest.raises(Untrusted, match=r"certificate of other\.example"):
                await post(client, there.url("other.example", scheme="https"))
        async with outgoing(names) as client:
            with pytest.raises(Untrusted, match=r"certificate of hook\.example"):
                await post(client, there.url("hook.example", scheme="https"))
    assert asked == ["hook.example", "other.example", "hook.example"]
    assert len(there.received) == 1
