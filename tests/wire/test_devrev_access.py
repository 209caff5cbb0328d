"""Every DevRev route asked as each kind of caller: docs/access-devrev.md says what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from parley.devrev import dons, families, routes
from parley.devrev.endpoints import requests
from parley.reference import ids
from parley.store import control
from tests.wire import devrev_world
from tests.wire.conftest import Live

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access-devrev.md"
CALLERS = ("administrator", "agent", "bot", "read-only", "contact", "another dev org", "nobody")


def written() -> dict[str, dict[str, str]]:
    """The table of the page: what each caller gets, by path."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `/")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {path.strip("`"): dict(zip(CALLERS, said, strict=True)) for path, *said in cells}


TABLE = written()


def served() -> set[str]:
    return {*routes.READS, *(one.path for family in families.FAMILIES for one in family.endpoints)}


@pytest.fixture(scope="module")
def client(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=30) as one:
        yield one


@pytest.fixture(scope="module")
def tokens(module_database: str, live: Live) -> dict[str, str]:
    world = asyncio.run(devrev_world.build(module_database))

    async def read_only() -> str:
        connection = await asyncpg.connect(module_database)
        try:
            return await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=devrev_world.ADA, scope="read")
        finally:
            await connection.close()

    named = world.tokens
    return {
        "administrator": named["ada"],
        "agent": named["bob"],
        "bot": named["bot"],
        "read-only": asyncio.run(read_only()),
        "contact": named["contact"],
        "another dev org": named["globex"],
        "nobody": "",
    }


def test_the_page_has_every_route_and_no_other() -> None:
    assert set(TABLE) == served()


@pytest.mark.parametrize("path", sorted(TABLE))
def test_each_caller_gets_what_the_page_says(client: httpx.Client, tokens: dict[str, str], path: str) -> None:
    """A body with an unknown field: whoever may ask is told about the field, and nothing is ever written."""
    for caller, token in tokens.items():
        answer = client.post(path, json={"no_such_field": 1}, headers={"Authorization": token} if token else {})
        got = {400: "yes", 401: "401", 403: "403"}[answer.status_code]
        assert got == TABLE[path][caller], f"{caller}: {answer.text}"
        if got == "yes":
            assert (answer.json()["type"], answer.json()["field_name"]) == ("invalid_field", "no_such_field")


def id_fields() -> Iterator[tuple[str, str, Any]]:
    """Each field of each request that takes an id, with an id of the dev org acme in it."""
    names = dons.Dons(devrev_world.SLUG)
    for family in families.FAMILIES:
        for name, shape in requests(family).items():
            for field in shape.fields:
                word = field.type.strip("[]?").partition("(")[0].rstrip("]")
                if word.startswith("id:"):
                    prefix = ids.PERSON[0] if word == "id:person" else word.removeprefix("id:").split("/")[0]
                    don = names.don(dons.type_of_prefix(prefix), 1)
                    yield f"/{name}", field.name, [don] if field.type.startswith("[") else don


@pytest.mark.parametrize(("path", "field", "value"), [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in id_fields()])
def test_an_id_of_another_dev_org_is_no_id(client: httpx.Client, tokens: dict[str, str], path: str, field: str, value: Any) -> None:
    if TABLE[path]["another dev org"] != "yes":
        pytest.skip("not even for its own")
    answer = client.post(path, json={field: value}, headers={"Authorization": tokens["another dev org"]})
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_id"), answer.text
    assert answer.json()["field_name"].startswith(field)
