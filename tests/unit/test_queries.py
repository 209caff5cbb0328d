"""Every named query is prepared on the real schema as the role that runs it, is used, and returns what its row type takes."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

from parley.store import queries
from parley.store.database import SESSION

STORE = Path(queries.__file__).parent
NAMED = {f"{noun}.{name}": text for noun in queries.nouns() for name, text in queries.parse((STORE / f"{noun}.sql").read_text()).items()}
# Only the owner runs these: loads, imports, the doctor.
OWNERS_NOUNS = ("doctor", "load", "import_")
OWNERS_QUERIES = {"control.raise_ids"}
# These reach across tenants or outside them; all others name the tenant with every table (design.md, "Decided once", 1).
WITHOUT_TENANT = ("control.", "import_control.", "doctor.list_tenant_ids")
TABLE = re.compile(
    r"\b(?:FROM|JOIN|UPDATE|USING)\s+(\w+)(?:\s+(?:AS\s+)?(?!WHERE\b|SET\b|JOIN\b|ON\b|LEFT\b|CROSS\b|USING\b)(\w+))?", re.IGNORECASE
)


@pytest.fixture
async def owner(module_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(module_database, server_settings=SESSION)
    yield connection
    await connection.close()


async def test_every_query_is_prepared_as_the_role_that_runs_it(owner: asyncpg.Connection) -> None:
    for name, text in NAMED.items():
        role = "parley_owner" if name.startswith(OWNERS_NOUNS) or name in OWNERS_QUERIES else "parley_app"
        await owner.execute(f"SET ROLE {role}")
        try:
            await owner.prepare(text)
            # Unlike PREPARE, EXPLAIN asks whether the role may.
            await owner.execute(f"EXPLAIN (GENERIC_PLAN) {text}")
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name} as {role}: {error}")


async def test_every_query_returns_what_its_row_type_takes(owner: asyncpg.Connection) -> None:
    compared = 0
    for name, row_type in row_types():
        columns = [attribute.name for attribute in (await owner.prepare(NAMED[name])).get_attributes()]
        assert columns == field_names(row_type), f"{name} and {row_type.__name__}"
        compared += 1
    assert compared > 20


async def test_every_table_in_every_query_names_the_tenant(owner: asyncpg.Connection) -> None:
    found = await owner.fetch("SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'tenant_id' AND attnum > 0")
    with_tenant = {row[0] for row in found}
    for name, text in NAMED.items():
        if not name.startswith(WITHOUT_TENANT):
            for table, alias in TABLE.findall(text):
                assert table not in with_tenant or f"{alias or table}.tenant_id = $1" in text or f"{table} SET" in text, f"{name}: {table}"
            for table in re.findall(r"INSERT INTO (\w+)", text):
                assert table not in with_tenant or re.search(rf"INSERT INTO {table} (AS \w+ )?\(tenant_id,", text), f"{name}: {table}"


def test_every_query_is_used_by_a_function_beside_it() -> None:
    for name in NAMED:
        noun, _, query = name.partition(".")
        source = (STORE / f"{noun}.py").read_text()
        indirectly = noun == "doctor" and f'"{query.partition("_")[2]}"' in source
        assert f"_SQL.{query}" in source or indirectly, f"{name} is used nowhere in {noun}.py"


def row_types() -> Iterator[tuple[str, type]]:
    """Each query with the class that its function makes of a whole row: ``Class(*record)``, or handed on beside the query."""
    for noun in queries.nouns():
        module = importlib.import_module(f"parley.store.{noun}")
        functions = [node for node in ast.walk(ast.parse((STORE / f"{noun}.py").read_text())) if is_function(node)]
        for function in functions:
            asked = {node.attr for node in ast.walk(function) if is_query(node)}
            made = {getattr(module, name, None) for name in classes_made(function)}
            rows = [one for one in made if isinstance(one, type) and field_names(one)]
            if len(asked) == len(rows) == 1:
                yield f"{noun}.{asked.pop()}", rows[0]


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def is_query(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_SQL"


def classes_made(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            whole_row = [arg for arg in node.args if isinstance(arg, ast.Starred) and isinstance(arg.value, ast.Name)]
            if whole_row and len(node.args) == 1 and isinstance(node.func, ast.Name):
                yield node.func.id
            if any(is_query(arg) for arg in node.args):
                yield from (arg.id for arg in node.args if isinstance(arg, ast.Name))


def field_names(row_type: type) -> list[str]:
    if issubclass(row_type, msgspec.Struct):
        return list(row_type.__struct_fields__)
    return [field.name for field in fields(row_type)] if is_dataclass(row_type) else list(getattr(row_type, "_fields", ()))
