"""Every small noun's statements are prepared on the real schema, and return what its row type takes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley import store
from parley.store.nouns import Noun


def nouns() -> dict[str, Noun[object]]:
    found: dict[str, Noun[object]] = {}
    for module in pkgutil.iter_modules(store.__path__):
        for value in vars(importlib.import_module(f"parley.store.{module.name}")).values():
            if isinstance(value, Noun):
                found[f"{value.table} as {value.row.__name__}"] = value
    return found


@pytest.fixture
async def owner(module_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(module_database)
    yield connection
    await connection.close()


@pytest.mark.parametrize("name", nouns())
async def test_a_noun_fits_its_table(owner: asyncpg.Connection, name: str) -> None:
    noun = nouns()[name]
    await owner.execute("SET ROLE parley_app")
    first, *filtered = [await owner.prepare(text) for text in noun.statements()]
    fields = list(noun.row._fields)  # type: ignore[attr-defined]
    assert [one.name for one in first.get_attributes()][2:] == fields
    assert all([one.name for one in statement.get_attributes()] == fields for statement in filtered)
    columns = {row[0] for row in await owner.fetch("SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass", noun.table)}
    needed = {"id", "created_by", "modified_by", *noun.writable, *noun.json, *noun.orders}
    assert needed <= columns
