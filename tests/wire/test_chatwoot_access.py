"""Every Chatwoot route asked as each kind of caller: docs/access-chatwoot.md says what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from parley.chatwoot.families import endpoints
from parley.chatwoot.routes import READS
from parley.store import control
from tests.wire.chatwoot_world import ADA, FULL, World, build, run
from tests.wire.conftest import Live

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access-chatwoot.md"
CALLERS = (
    "administrator", "agent", "outside", "custom role", "bot", "read-only", "contact", "platform app", "another account", "nobody",
)  # fmt: skip
ABSENT = 987654
# Who has nothing to do with any conversation; they ask with a body that works.
REFUSED = ("outside", "custom role", "contact", "another account", "nobody")
EXAMPLES = {f"{one.method} {one.template}": one.example for one in endpoints()}


def served() -> list[str]:
    """Every route as the page spells it."""
    return [*(f"GET {path}" for path in READS), *(f"{one.method} {one.template}" for one in endpoints())]


def written() -> dict[str, dict[str, str]]:
    """The table of the page: what each caller gets, by route."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {route.strip("`"): dict(zip(CALLERS, said, strict=True)) for route, *said in cells}


TABLE = written()


@pytest.fixture(scope="module")
def client(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=30) as one:
        yield one


@pytest.fixture(autouse=True)
def as_it_was(live: Live) -> Iterator[None]:
    """Some routes end the token that asks, and wrong sign-ins are counted."""
    yield
    run(_restore(live.dsn))


async def _restore(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE tokens SET revoked_at = NULL; DELETE FROM login_attempts")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def tokens(live: Live) -> dict[str, str]:
    world = run(build(live.dsn, live.url))
    more = run(_more(world))
    named = world.tokens
    return {
        "administrator": named["admin"],
        "agent": named["agent"],
        "outside": named["idle"],
        "custom role": named["powerless"],
        "bot": named["bot"],
        "read-only": more["read-only"],
        "contact": named["contact"],
        "platform app": more["platform app"],
        "another account": named["foreign"],
        "nobody": "",
    }


async def _more(world: World) -> dict[str, str]:
    connection = await asyncpg.connect(world.dsn)
    try:
        app = await connection.fetchval("INSERT INTO platform_apps (name) VALUES ('Portal') RETURNING id")
        return {
            "read-only": await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=ADA, scope="read"),
            "platform app": await control.insert_token(connection, tenant_id=None, owner_kind="platform_app", owner_id=app, scope="write"),
        }
    finally:
        await connection.close()


def address(route: str, caller: str) -> tuple[str, str]:
    """Things that are not there, so that nothing is changed by who may; but who belongs to no inbox asks for a real conversation."""
    method, path = route.split(" ", 1)
    conversation = FULL if caller in REFUSED else ABSENT
    known = {"account_id": 1, "conversation_id": conversation}
    return method, re.sub(r"\{(\w+)\}", lambda match: str(known.get(match[1], ABSENT)), path)


def got(client: httpx.Client, route: str, caller: str, token: str) -> str:
    method, path = address(route, caller)
    body = {} if method == "GET" else {"json": EXAMPLES[route] if caller in REFUSED and "{conversation_id}" in route else {}}
    headers = {"x-forwarded-for": f"192.0.2.{CALLERS.index(caller)}"} | ({"api_access_token": token} if token else {})
    answer = client.request(method, path, headers=headers, **body)  # type: ignore[arg-type]
    assert answer.status_code < 500, answer.text
    return str(answer.status_code) if answer.status_code in (401, 403) else "yes"


def test_the_page_has_every_route_and_no_other() -> None:
    assert sorted(TABLE) == sorted(served())


@pytest.mark.parametrize("route", sorted(TABLE))
def test_each_caller_gets_what_the_page_says(client: httpx.Client, tokens: dict[str, str], route: str) -> None:
    """Nobody first: what is refused is refused before anything changes."""
    assert {caller: got(client, route, caller, tokens[caller]) for caller in reversed(CALLERS)} == TABLE[route]
