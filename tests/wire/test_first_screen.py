"""The pages that a browser is shown: the first screen, the docs, what is not there. The lines on them really run."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live, serving

ACCOUNT = 1
PAGES = ("/", "/docs", "/nothing-here")


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, frozen=2))


@pytest.fixture(scope="module")
def demo(world: devrev_world.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose data folder holds what `parley demo` leaves behind."""
    folder = tmp_path_factory.mktemp("demo")
    administrator = {"email": "ada@acme.example", "password": "secret", "token": world.tokens["ada"]}
    known = {"account_id": ACCOUNT, "users": {"administrator": administrator}}
    (folder / "demo.json").write_text(json.dumps(known))
    with serving(world.dsn, folder) as server:
        yield server


def show(server: Live, path: str = "/", **headers: str) -> httpx.Response:
    sent = {"accept": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(server.url + path, headers=sent)


def code(page: httpx.Response, kind: str) -> list[str]:
    """The text of each code block of a kind, as a browser would copy it."""
    return [html.unescape(text) for text in re.findall(rf'<code class="{kind}">(.*?)</code>', page.text, re.DOTALL)]


def shell(line: str, folder: Path, **variables: str) -> str:
    done = subprocess.run(["bash", "-euc", line], cwd=folder, env=os.environ | variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def python(snippet: str, folder: Path, **variables: str) -> str:
    command = [sys.executable, "-I", "-c", snippet]
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def check_shell_output(lines: list[str], run: Callable[[str], str]) -> None:
    listed, exported, chatwoot = (json.loads(run(line)) for line in lines)
    assert 1 <= len(listed["conversations"]) <= 2
    assert {one["stage"]["name"] for one in listed["conversations"]} == {"needs_response"}
    assert len(exported["conversations"]) == 2
    assert all(one["messages"] is not None for one in exported["conversations"])
    assert chatwoot["data"]["payload"]
    assert {one["status"] for one in chatwoot["data"]["payload"]} == {"open"}


def check_python_output(snippets: list[str], run: Callable[[str], str], folder: Path) -> None:
    listed, exported, chatwoot = map(run, snippets)
    assert re.match(r"CONV-\d+", listed)
    whole = json.loads((folder / "conversations.json").read_bytes())
    assert len(whole["conversations"]) == devrev_world.COUNT
    assert "bytes are in conversations.json" in exported
    assert "'all_count'" in chatwoot
    assert len(chatwoot.splitlines()) > 1


def test_the_lines_work_as_they_are_shown_at_this_machine(demo: Live, world: devrev_world.World, tmp_path: Path) -> None:
    page = show(demo)
    assert world.tokens["ada"] in page.text
    check_shell_output(code(page, "curl"), lambda line: shell(line, tmp_path))
    check_python_output(code(page, "python"), lambda snippet: python(snippet, tmp_path), tmp_path)


def test_the_lines_work_elsewhere_with_a_token_from_the_environment(demo: Live, world: devrev_world.World, tmp_path: Path) -> None:
    page = show(demo, x_forwarded_for="192.0.2.7")
    mine = {"PARLEY_TOKEN": world.tokens["ada"], "PARLEY_ACCOUNT": str(ACCOUNT)}
    check_shell_output(code(page, "curl"), lambda line: shell(line, tmp_path, **mine))
    check_python_output(code(page, "python"), lambda snippet: python(snippet, tmp_path, **mine), tmp_path)


def test_python_snippets_have_at_most_ten_lines(demo: Live) -> None:
    snippets = code(show(demo), "python")
    assert len(snippets) == 3
    assert all(len(snippet.splitlines()) <= 10 for snippet in snippets)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "parley.example"},
        {"host": "localhost.parley.example"},
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_host": "localhost"},
        {"forwarded": "for=127.0.0.1"},
    ],
)
def test_nobody_else_is_shown_the_token(demo: Live, world: devrev_world.World, headers: dict[str, str]) -> None:
    page = show(demo, **headers)
    assert page.status_code == 200
    assert world.tokens["ada"] not in page.text
    assert "$PARLEY_TOKEN" in page.text
    assert "demo.json" in page.text


def test_a_stranger_learns_nothing_of_any_tenant(demo: Live) -> None:
    for path in PAGES:
        text = show(demo, path, host="parley.example").text
        assert devrev_world.SLUG not in text
        assert "Ada" not in text


def test_without_a_demo_it_says_how_to_make_one(serve: Callable[..., Live], tmp_path: Path) -> None:
    page = show(serve())
    assert "There is no demo tenant here yet" in page.text
    assert code(page, "shell") == [f"parley demo --data {tmp_path}"]
    assert code(page, "curl")[0].count("$PARLEY_TOKEN") == 1


def test_a_stranger_is_not_told_where_the_data_is(serve: Callable[..., Live], tmp_path: Path) -> None:
    page = show(serve(), host="parley.example")
    assert code(page, "shell") == ["parley demo --data DATA"]
    assert str(tmp_path) not in page.text


def test_it_tells_the_state_of_the_server(demo: Live) -> None:
    state = re.sub(r"<[^>]+>|\s+", " ", re.search(r'<dl class="state">(.*?)</dl>', show(demo).text, re.DOTALL)[1])  # type: ignore[index]
    assert re.search(r"Server\s+answers, version \d+\.\d+", state)
    assert re.search(r"Database\s+answers", state)
    assert re.search(r"Demo data\s+loaded", state)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_safe_and_whole_in_themselves(demo: Live, path: str) -> None:
    page = show(demo, path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", page.text)
    assert all(url.startswith(("/", "#")) for url in re.findall(r'(?:href|src)="([^"]*)"', page.text))


def test_a_page_with_a_token_is_never_kept(demo: Live) -> None:
    assert show(demo).headers["cache-control"] == "no-store"


def test_the_style_sheet_asks_nobody_else(demo: Live) -> None:
    (path,) = set(re.findall(r'rel="stylesheet" href="([^"]+)"', show(demo).text))
    sheet = show(demo, path)
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert not re.search(r"@import|url\(|https?:", sheet.text)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_link_leads_somewhere(demo: Live, path: str) -> None:
    page = show(demo, path)
    anchors = set(re.findall(r'\sid="([^"]+)"', page.text))
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page.text))
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    for link in {link for link in links if link.startswith("/")}:
        assert show(demo, link).status_code == 200, link


def test_ids_on_a_page_are_unique(demo: Live) -> None:
    ids = re.findall(r'\sid="([^"]+)"', show(demo, "/docs").text)
    assert len(ids) == len(set(ids))


def test_the_docs_tell_every_operation_and_every_field(demo: Live) -> None:
    page, described = show(demo, "/docs").text, httpx.get(f"{demo.url}/openapi.json").json()
    for item in described["paths"].values():
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in page
    told = set(re.findall(r"<td><code>([^<]+)</code>", page))
    for shape in described["components"]["schemas"].values():
        assert set(shape.get("properties", ())) <= told


def test_every_curl_line_of_the_docs_works(demo: Live, world: devrev_world.World, tmp_path: Path, as_it_was: Callable[[], None]) -> None:
    lines = code(show(demo, "/docs"), "curl")
    mine = {"PARLEY_TOKEN": world.tokens["ada"], "PARLEY_ACCOUNT": str(ACCOUNT), "INBOX": "none", "SOURCE": "none", "UUID": "none"}
    assert len(lines) == sum(map(len, httpx.get(f"{demo.url}/openapi.json").json()["paths"].values()))
    for line in lines:
        as_it_was()
        said = shell(line.replace("curl -s", "curl -s -w '%{http_code}'", 1), tmp_path, **mine)
        # An example names things by small numbers: they may not be there, or be needed, or not in a state for it.
        about_the_thing = said[-3:] == "400" and json.loads(said[:-3])["type"] in ("invalid_id", "value_not_permitted")
        # A user's token is no platform app's, and nobody signs in with an example's password.
        not_ours = said[-3:] == "401" and ("/platform/" in line or "/auth/" in line)
        not_set_up = said[-3:] == "403" and "unread_counts" in line
        of_the_shape = re.search(r"can't be blank|expected \w+, got|must be one of|takes (at|\d)", said)
        about_the_thing = about_the_thing or (said[-3:] == "422" and of_the_shape is None)
        fine = about_the_thing or not_ours or not_set_up
        assert fine or said[-3:] in ("200", "201", "202", "204", "404", "409"), f"{line}\n{said}"


@pytest.fixture
def as_it_was(world: devrev_world.World) -> Iterator[Callable[[], None]]:
    """Some lines end tokens or take people out: the next one begins with Ada's as it was."""
    with asyncio.Runner() as loop:
        connection = loop.run(asyncpg.connect(world.dsn))

        def mend() -> None:
            tokens = "UPDATE tokens SET revoked_at = NULL, expires_at = NULL"
            people = "UPDATE memberships SET state = 'active', left_at = NULL, role = 'administrator' WHERE user_id = 1"
            loop.run(connection.execute(f"{tokens}; {people}"))

        yield mend
        loop.run(connection.close())


def test_nothing_here_is_a_page_for_a_browser_and_json_for_others(demo: Live) -> None:
    page = show(demo, "/nothing<b>here")
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert "<b>" not in page.text
    plain = httpx.get(f"{demo.url}/nothing-here")
    assert (plain.status_code, plain.json()) == (404, {"message": "route not found"})


def test_static_files_stay_in_their_folder(demo: Live) -> None:
    for path in ("/static/", "/static/../routes.py", "/static/%2e%2e/routes.py", "/static/nothing.css"):
        assert show(demo, path).status_code in (404, 405), path
