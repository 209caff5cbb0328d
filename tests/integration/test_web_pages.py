"""The pages when something is wrong, and behind an address of the operator's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from parley.actions.context import Context
from parley.server.reference import APIS
from parley.store.database import Database
from parley.web import routes


@pytest.fixture
async def context(database: str) -> Context:
    return Context(database=await Database.open(database, max_connections=2), cursor_key=b"k" * 32)


async def show(context: Context, path: str, client: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=routes.routes(context, APIS)), client=(client, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as browser:
        return await browser.get(path, headers={"accept": "text/html"})


async def test_the_first_screen_stands_when_the_database_does_not(context: Context) -> None:
    assert "does not answer" not in (await show(context, "/")).text
    await context.database.close()
    page = await show(context, "/")
    assert page.status_code == 200
    assert "does not answer" in page.text
    assert "/readyz" in page.text


async def test_a_page_that_fails_says_so_in_the_same_look_and_tells_no_reason(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    broken: Any = "a path that is none"
    page = await show(replace(context, demo_file=broken), "/")
    await context.database.close()
    assert page.status_code == 500
    assert "This page could not be made" in page.text
    assert "Traceback" not in page.text
    assert "AttributeError" in caplog.text


async def test_the_operators_address_stands_in_the_lines(context: Context) -> None:
    behind_a_proxy = replace(context, public_url="https://chat.example")
    for path in ("/", "/docs"):
        page = await show(behind_a_proxy, path, client="192.0.2.9")
        assert "https://chat.example/conversations.list" in page.text
        assert "localhost" not in page.text
    described = (await show(behind_a_proxy, "/openapi.json")).json()
    await context.database.close()
    assert described["servers"] == [{"url": "https://chat.example"}]
