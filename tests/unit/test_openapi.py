"""The API's description: valid, and in step with the routes, the readers and the problems of every face."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import jsonschema
import pytest
import schemathesis
from starlette.routing import BaseRoute, Mount, Route

from parley.actions.context import Context
from parley.chatwoot import decode as chatwoot_decode
from parley.chatwoot import errors as chatwoot_errors
from parley.chatwoot.tree import Tree
from parley.devrev import dons, errors, filters
from parley.devrev import query as devrev_query
from parley.devrev.routes import ByPath
from parley.reference import document, ids, notation
from parley.server.app import create_app
from parley.server.reference import APIS
from parley.store.database import Database
from parley.store.order import PAGE_ORDERS

DOCUMENT = document.build("/", APIS)
SCHEMAS = DOCUMENT["components"]["schemas"]
PAGES = {"/", "/docs", "/static"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def operation(method: str, path: str) -> dict[str, Any]:
    return next(found for verb, where, found in operations() if (verb, where) == (method, path))


def query_names(method: str, path: str) -> set[str]:
    return {one["name"] for one in operation(method, path)["parameters"] if one["in"] == "query"}


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.removeprefix("#/components/schemas/")
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@pytest.fixture
async def served() -> list[BaseRoute]:
    """The routes of the whole app; nobody asks them here, so the pool never connects."""
    database = Database(asyncpg.create_pool("postgresql://nobody@localhost/none"))
    routes = create_app(Context(database=database, cursor_key=b"k" * 32)).routes
    return [one for route in routes for one in (route.routes if isinstance(route, ByPath | Tree) else [route])]


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(DOCUMENT).validate()


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_shape_is_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_shape_is_referred_to_and_every_reference_leads_to_one() -> None:
    assert set(references(DOCUMENT)) == set(SCHEMAS)


async def test_it_tells_of_every_route_and_of_no_other(served: list[BaseRoute]) -> None:
    routes = {
        (method, re.sub(r":\w+}", "}", route.path))
        for route in served
        if isinstance(route, Route) and route.include_in_schema
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes == {(method, path) for method, path, _ in operations()}


async def test_only_pages_for_people_stay_out_of_it(served: list[BaseRoute]) -> None:
    hidden = {route.path for route in served if isinstance(route, Mount) or (isinstance(route, Route) and not route.include_in_schema)}
    hidden -= set(DOCUMENT["paths"])  # another method of the same path
    assert hidden == PAGES


def test_path_parameters_are_those_of_the_path() -> None:
    for _, path, found in operations():
        declared = {one["name"] for one in found.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))


def test_operation_ids_are_unique_and_every_operation_has_a_curl_line() -> None:
    ids = [found["operationId"] for _, _, found in operations()]
    assert len(set(ids)) == len(ids)
    for _, path, found in operations():
        literal = re.sub(r"\\{\w+\\}", r"[\\w$-]+", re.escape(path))
        assert re.search(rf'"\$PARLEY_URL{literal}[?"]', found["x-codeSamples"][0]["source"])


@pytest.mark.parametrize(
    ("shape", "readers"),
    [
        ("devrev-list-request", filters.LIST),
        ("devrev-export-request", filters.EXPORT),
    ],
)
def test_a_body_has_the_fields_that_its_readers_take(shape: str, readers: dict[str, Any]) -> None:
    assert set(SCHEMAS[shape]["properties"]) == set(readers)


@pytest.mark.parametrize(("path", "own"), [("/conversations.list", filters.LIST), ("/conversations.export", filters.EXPORT)])
def test_a_query_has_the_keys_that_get_reads(path: str, own: dict[str, Any]) -> None:
    readable = devrev_query._LISTS | devrev_query._SCALARS | {"custom_fields"}
    assert query_names("GET", path) == {name for name in readable if name.partition(".")[0] in own}


def test_ids_name_the_kinds_that_their_reader_takes() -> None:
    for field in ("account", "applies_to_parts", "brand", "channels", "group", "members", "owned_by_agent", "rev_orgs", "tags"):
        pattern = SCHEMAS["devrev-list-request"]["properties"][field]["items"]["pattern"]
        for kind in dons.KINDS.values():
            text = f"{kind.prefix}-1"
            assert bool(re.fullmatch(pattern, text)) == accepts(field, text), (field, text)


def test_ids_have_the_words_of_the_faces_table() -> None:
    prefixes = {kind.prefix: f"{kind.service}:{kind.word}" for kind in dons.KINDS.values()}
    assert ids.WORDS.items() <= prefixes.items()


@pytest.mark.parametrize("kind", [kind for kind in dons.KINDS.values() if kind.prefix in ids.WORDS], ids=lambda kind: kind.type)
def test_the_pattern_of_an_id_takes_its_don(kind: dons.Kind) -> None:
    pattern = ids.pattern(kind.prefix)
    assert re.search(pattern, dons.Dons("acme").don(kind.type, 7))
    assert re.search(pattern, dons.display_id(kind.type, 7))
    assert not re.search(pattern, dons.Dons("acme").don("ticket" if kind.type != "ticket" else "issue", 7))


def accepts(field: str, text: str) -> bool:
    try:
        filters.LIST[field](field, [text], "acme")
    except Exception:
        return False
    return True


def test_bounds_are_those_of_the_readers() -> None:
    listed, exported = (SCHEMAS[f"devrev-{name}-request"]["properties"] for name in ("list", "export"))
    assert (listed["limit"]["minimum"], listed["limit"]["maximum"]) == (1, filters.LIST_LIMIT)
    assert (exported["first"]["minimum"], exported["first"]["maximum"]) == (1, filters.EXPORT_LIMIT)
    assert set(listed["sort_by"]["items"]["enum"]) == set(filters.SORTS)


def test_devrev_refusals_are_all_told() -> None:
    told: dict[int, set[str]] = {}
    for status, answer in operation("POST", "/timeline-entries.create")["responses"].items():
        told[int(status)] = types(answer["content"]["application/json"]["schema"])
    for row in errors.TABLE.values():
        assert row.type in told[row.status], row


def types(schema: dict[str, Any]) -> set[str]:
    schema = SCHEMAS[next(references(schema))]
    kind = schema.get("properties", {}).get("type", {})
    return {kind["const"]} if "const" in kind else set(kind.get("enum", ()))


def test_chatwoot_parameters_are_those_that_are_read() -> None:
    path = "/api/v1/accounts/{account_id}/conversations"
    enums = {one["name"]: set(one["schema"]["enum"]) for one in operation("GET", path)["parameters"] if "enum" in one["schema"]}
    assert enums["assignee_type"] == set(chatwoot_decode.ASSIGNEES)
    assert enums["status"] == {*chatwoot_decode.STATUSES, "all"}
    assert enums["conversation_type"] == set(chatwoot_decode.CONVERSATION_TYPES)
    assert enums["sort_by"] == {*PAGE_ORDERS, *chatwoot_decode.SORT_ALIASES}
    assert query_names("GET", f"{path}/meta") == query_names("GET", path) - {"page", "sort_by"}


def test_chatwoot_reads_no_parameter_that_is_not_told() -> None:
    import inspect

    read = set(re.findall(r'given\.(?:text|values|all_values|number)\("(\w+)"\)', inspect.getsource(chatwoot_decode)))
    assert read == query_names("GET", "/api/v1/accounts/{account_id}/conversations")


def test_chatwoot_refusals_of_a_list_have_their_status_told() -> None:
    told = {int(status) for status in operation("GET", "/api/v1/accounts/{account_id}/conversations")["responses"]}
    asked = {answer.status for answer in chatwoot_errors.ANSWERS.values()}
    writes_only = {413, 415, 422, 429}
    assert asked - writes_only <= told


@pytest.mark.parametrize(
    ("word", "schema"),
    [
        ("[text](..16)", {"type": "array", "items": {"type": "string"}, "maxItems": 16}),
        ("{[int]}", {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}}),
        ("<a b>?", {"type": ["string", "null"], "enum": ["a", "b", None]}),
        ("thing?", {"anyOf": [{"$ref": "#/components/schemas/x-thing"}, {"type": "null"}]}),
        ("a | b", {"anyOf": [{"$ref": "#/components/schemas/x-a"}, {"$ref": "#/components/schemas/x-b"}]}),
        ("int32(0..3)", {"type": "integer", "format": "int32", "minimum": 0, "maximum": 3}),
        ('"s"', {"type": "string", "const": "s"}),
    ],
)
def test_the_notation_reads_as_documented(word: str, schema: dict[str, Any]) -> None:
    assert notation.type_schema(word, "x") == schema


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="broken line"):
        notation.fields("    broken line")
