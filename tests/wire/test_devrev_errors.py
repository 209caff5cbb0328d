"""Everything that can be wrong with a request: status, type, the type's own keys, and the headers of every answer."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import devrev_world, held
from .conftest import Live

DON = devrev_world.don
COVERAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage-devrev.md"
BOTH = ("conversations.list", "conversations.export")


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


@pytest.fixture(scope="module")
def client(live: Live, world: devrev_world.World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["ada"]}, timeout=30) as client:
        yield client


def check(answer: httpx.Response, status: int, **expected: object) -> dict[str, Any]:
    """The whole body but our own words; ``held.py`` holds its schema."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= answer.headers.keys()
    body: dict[str, Any] = answer.json()
    assert body["detail"]
    told = {key: value for key, value in body.items() if key not in ("detail", "message", "reason", "reference_id")}
    assert told == expected
    return body


BAD_BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "unknown field": ({"created_date": {}}, {"type": "invalid_field", "field_name": "created_date"}),
    "unknown nested field": (
        {"modified_date": {"type": "range"}},
        {"type": "invalid_field", "field_name": "modified_date.type"},
    ),
    "unknown field in a list": (
        {"tags_v2": [{"id": "TAG-1"}, {"name": "x"}]},
        {"type": "invalid_field", "field_name": "tags_v2[1].name"},
    ),
    "unknown custom field": (
        {"custom_fields": {"tnt__nope": [1]}},
        {"type": "invalid_field", "field_name": "custom_fields.tnt__nope"},
    ),
    "custom field without a namespace": (
        {"custom_fields": {"tier": ["gold"]}},
        {"type": "invalid_field", "field_name": "custom_fields.tier"},
    ),
    "unfilterable custom field": (
        {"custom_fields": {"tnt__secret": ["x"]}},
        {"type": "value_not_permitted", "field_name": "custom_fields.tnt__secret"},
    ),
    "custom field value no list": (
        {"custom_fields": {"tnt__tier": "gold"}},
        {"type": "unexpected_json_type", "field_name": "custom_fields.tnt__tier", "actual": "string", "expected": "array"},
    ),
    "string for a list": (
        {"owned_by": "DEVU-1"},
        {"type": "unexpected_json_type", "field_name": "owned_by", "actual": "string", "expected": "array"},
    ),
    "null": ({"state": None}, {"type": "unexpected_json_type", "field_name": "state", "actual": "null", "expected": "array"}),
    "number in a list": (
        {"tags": ["TAG-1", 5]},
        {"type": "unexpected_json_type", "field_name": "tags[1]", "actual": "number", "expected": "string"},
    ),
    "number for a flag": (
        {"is_spam": 1},
        {"type": "unexpected_json_type", "field_name": "is_spam", "actual": "number", "expected": "bool"},
    ),
    "array for an object": (
        {"stage": []},
        {"type": "unexpected_json_type", "field_name": "stage", "actual": "array", "expected": "object"},
    ),
    "bad enum": (
        {"sla_summary": {"stage": ["running", "late"]}},
        {
            "type": "invalid_enum_value",
            "field_name": "sla_summary.stage[1]",
            "value": "late",
            "allowed_values": ["breached", "completed", "paused", "running", "warning"],
        },
    ),
    "bad date filter type": (
        {"actual_close_date": {"type": "since"}},
        {
            "type": "invalid_enum_value",
            "field_name": "actual_close_date.type",
            "value": "since",
            "allowed_values": ["preset", "range"],
        },
    ),
    "missing type": (
        {"actual_close_date": {"after": "2024-01-01T00:00:00Z"}},
        {"type": "missing_required_field", "field_name": "actual_close_date.type"},
    ),
    "missing days": (
        {"sla_summary": {"target_time": {"type": "preset", "preset_type": "last_n_days"}}},
        {"type": "missing_required_field", "field_name": "sla_summary.target_time.days"},
    ),
    "missing preset type": (
        {"actual_close_date": {"type": "preset", "days": 3}},
        {"type": "missing_required_field", "field_name": "actual_close_date.preset_type"},
    ),
    "days out of range": (
        {"actual_close_date": {"type": "preset", "preset_type": "last_n_days", "days": 2**32}},
        {"type": "value_not_permitted", "field_name": "actual_close_date.days"},
    ),
    "no time": (
        {"modified_date": {"after": "yesterday"}},
        {"type": "value_not_permitted", "field_name": "modified_date.after"},
    ),
    "no such day": (
        {"modified_date": {"before": "2023-02-30T00:00:00Z"}},
        {"type": "value_not_permitted", "field_name": "modified_date.before"},
    ),
    "no id": ({"owned_by": ["ada"]}, {"type": "invalid_id", "field_name": "owned_by[0]"}),
    "broken DON": ({"tags": ["don:core:dvrv-us-1:tag/1"]}, {"type": "invalid_id", "field_name": "tags[0]"}),
    "DON of another service": (
        {"tags": [DON("tag/1", "identity")]},
        {"type": "invalid_id", "field_name": "tags[0]"},
    ),
    "DON of another dev org": (
        {"tags_v2": [{"id": DON("tag/1", slug="globex")}]},
        {"type": "invalid_id", "field_name": "tags_v2[0].id"},
    ),
    "id of another noun": (
        {"group": ["GROUP-1", "TAG-1"]},
        {"type": "unexpected_id_type", "field_name": "group[1]", "value": "TAG-1", "allowed_types": ["group"]},
    ),
    "DON of another noun": (
        {"members": [DON("tag/1")]},
        {
            "type": "unexpected_id_type",
            "field_name": "members[0]",
            "value": DON("tag/1"),
            "allowed_types": ["dev_user", "rev_user", "service_account", "sys_user"],
        },
    ),
    "a contact owns nothing": (
        {"owned_by": ["REVU-1"]},
        {
            "type": "unexpected_id_type",
            "field_name": "owned_by[0]",
            "value": "REVU-1",
            "allowed_types": ["dev_user", "service_account", "sys_user"],
        },
    ),
    "NUL in a text": ({"subtype": ["a\0b"]}, {"type": "value_not_permitted", "field_name": "subtype[0]"}),
    "NUL in a custom value": (
        {"custom_fields": {"tnt__tier": [{"a": "\0"}]}},
        {"type": "value_not_permitted", "field_name": "custom_fields.tnt__tier[0]"},
    ),
}
BAD_PAGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "limit 0": (BOTH[0], {"limit": 0}, {"type": "value_not_permitted", "field_name": "limit"}),
    "limit 1001": (BOTH[0], {"limit": 1001}, {"type": "value_not_permitted", "field_name": "limit"}),
    "limit a fraction": (BOTH[0], {"limit": 1.5}, {"type": "value_not_permitted", "field_name": "limit"}),
    "limit true": (
        BOTH[0],
        {"limit": True},
        {"type": "unexpected_json_type", "field_name": "limit", "actual": "bool", "expected": "number"},
    ),
    "first 5001": (BOTH[1], {"first": 5001}, {"type": "value_not_permitted", "field_name": "first"}),
    "first -1": (BOTH[1], {"first": -1}, {"type": "value_not_permitted", "field_name": "first"}),
    "first on list": (BOTH[0], {"first": 5}, {"type": "invalid_field", "field_name": "first"}),
    "mode on export": (BOTH[1], {"mode": "after"}, {"type": "invalid_field", "field_name": "mode"}),
    "sort on export": (BOTH[1], {"sort_by": []}, {"type": "invalid_field", "field_name": "sort_by"}),
    "bad mode": (
        BOTH[0],
        {"mode": "around"},
        {"type": "invalid_enum_value", "field_name": "mode", "value": "around", "allowed_values": ["after", "before"]},
    ),
    "two sort keys": (
        BOTH[0],
        {"sort_by": ["created_date:asc", "modified_date:asc"]},
        {"type": "value_not_permitted", "field_name": "sort_by"},
    ),
    "minus sort": (
        BOTH[0],
        {"sort_by": ["-modified_date"]},
        {
            "type": "value_not_permitted",
            "field_name": "sort_by[0]",
            "allowed_values": ["created_date:asc", "created_date:desc", "modified_date:asc", "modified_date:desc"],
        },
    ),
}


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_bad_field_is_named(case: str, path: str, client: httpx.Client) -> None:
    body, expected = BAD_BODIES[case]
    check(client.post(f"/{path}", json=body), 400, **expected)


@pytest.mark.parametrize("case", BAD_PAGES)
def test_a_bad_page_is_named(case: str, client: httpx.Client) -> None:
    path, body, expected = BAD_PAGES[case]
    check(client.post(f"/{path}", json=body), 400, **expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("created_date.after=2024-01-01T00:00:00Z", {"type": "invalid_field", "field_name": "created_date.after"}),
        ("actual_close_date.type=range", {"type": "invalid_field", "field_name": "actual_close_date.type"}),
        ("sla_summary.target_time.type=range", {"type": "invalid_field", "field_name": "sla_summary.target_time.type"}),
        ("stage=new", {"type": "invalid_field", "field_name": "stage"}),
        ("is_spam=yes", {"type": "unexpected_json_type", "field_name": "is_spam", "actual": "string", "expected": "bool"}),
        ("limit=ten", {"type": "unexpected_json_type", "field_name": "limit", "actual": "string", "expected": "number"}),
        ("limit=1&limit=2", {"type": "value_not_permitted", "field_name": "limit"}),
        ("tags_v2.id=TAG-1&tags_v2.id=TAG-2", {"type": "value_not_permitted", "field_name": "tags_v2.id"}),
        ("owned_by=ada", {"type": "invalid_id", "field_name": "owned_by[0]"}),
        ("custom_fields=gold", {"type": "value_not_permitted", "field_name": "custom_fields"}),
        ("state=a%00b", {"type": "value_not_permitted", "field_name": "state[0]"}),
    ],
)
def test_a_bad_query_is_named(query: str, expected: dict[str, Any], client: httpx.Client) -> None:
    for path in BOTH:
        check(client.get(f"/{path}?{query}"), 400, **expected)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b'{"a":1}{', b"\xff\xfe", b'{"state":["\\ud800"]}', b"[" * 100_000, b'{"limit":1e999}'],
)
def test_a_malformed_body_is_a_parse_error(body: bytes, client: httpx.Client) -> None:
    for path in BOTH:
        answer = client.post(f"/{path}", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
        check(answer, 400, type="parse_error")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_another_content_type_is_named(content_type: str, client: httpx.Client) -> None:
    answer = client.post("/conversations.list", content=b"{}", headers={"Content-Type": content_type} if content_type else {})
    check(answer, 400, type="invalid_content_type", value=content_type)


def test_a_body_over_the_limit_is_413(client: httpx.Client) -> None:
    big = json.dumps({"state": ["x" * 2_000_001]}).encode()
    answer = client.post("/conversations.list", content=big, headers={"Content-Type": "application/json"})
    check(answer, 413, type="request_entity_too_large")


@pytest.mark.parametrize("version", ["soon", "2022-13-01", "1999-01-01", "2999-01-01", "20221020"])
def test_an_implausible_version_is_refused(version: str, client: httpx.Client) -> None:
    answer = client.post("/conversations.list", json={}, headers={"X-Devrev-Version": version})
    check(answer, 400, type="invalid_api_version", value=version)


def test_a_plausible_version_and_none_are_accepted(client: httpx.Client) -> None:
    for headers in ({}, {"X-Devrev-Version": "2022-10-20"}, {"X-Devrev-Version": "2024-01-24"}):
        assert client.post("/conversations.list", json={}, headers=headers).status_code == 200


def test_every_version_gets_the_newest_form(client: httpx.Client) -> None:
    newest, today = client.post("/conversations.list", json={"limit": 3}).json(), datetime.now(UTC).date()
    for version in ("2020-01-01", "2022-10-20", str(today), str(today + timedelta(days=1))):
        answer = client.post("/conversations.list", json={"limit": 3}, headers={"X-Devrev-Version": version})
        assert answer.json()["conversations"] == newest["conversations"]
    for version in ("2019-12-31", str(today + timedelta(days=3))):
        answer = client.post("/conversations.list", json={"limit": 3}, headers={"X-Devrev-Version": version})
        assert (answer.status_code, answer.json()["type"]) == (400, "invalid_api_version")


def test_what_the_coverage_page_calls_not_served_is_no_route(client: httpx.Client) -> None:
    paths = re.findall(r"^\| `(/\S+)` \| not served \|", COVERAGE.read_text(), re.MULTILINE)
    assert len(paths) > 50
    for path in paths:
        for answer in (client.post(path, json={}), client.get(path)):
            assert (answer.status_code, answer.json()) == (404, {"message": "route not found"}), path


def test_what_the_coverage_page_calls_missing_is_refused_by_name(client: httpx.Client) -> None:
    rows = re.findall(r"^\| `(/\S+)` \| partly \| request: ([^;|]+)", COVERAGE.read_text(), re.MULTILINE)
    assert rows
    for path, missing in rows:
        for field in re.findall(r"`(\w+)`", missing):
            answer = client.post(path, json={field: "x"})
            assert (answer.status_code, answer.json()["field_name"]) == (400, field), path


def test_an_unknown_route_has_no_type(client: httpx.Client) -> None:
    answer = client.post("/conversations.count", json={})
    assert (answer.status_code, answer.json()) == (404, {"message": "route not found"})


# ---- who asks


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER  "])
def test_the_token_comes_with_and_without_bearer(prefix: str, live: Live, world: devrev_world.World) -> None:
    headers = {"Authorization": prefix + world.tokens["ada"]}
    assert httpx.post(f"{live.url}/conversations.list", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("given", [None, "", "Bearer", "prl_unknown", "Bearer prl_unknown", "Basic YTpi", "é".encode()])
def test_without_a_known_token_it_is_401(given: str | bytes | None, live: Live) -> None:
    headers = {} if given is None else {"Authorization": given}
    for path in BOTH:
        answer = httpx.post(f"{live.url}/{path}", json={"nonsense": 1}, headers=headers)
        check(answer, 401, type="unauthenticated")


def test_a_user_picks_a_tenant_by_id_or_slug(live: Live, world: devrev_world.World) -> None:
    headers = {"Authorization": world.tokens["ada"]}

    def ask(tenant: str, who: str = "ada") -> httpx.Response:
        headers = {"Authorization": world.tokens[who], "X-Parley-Tenant": tenant}
        return httpx.post(f"{live.url}/conversations.list", json={"limit": 1000}, headers=headers)

    home = httpx.post(f"{live.url}/conversations.list", json={"limit": 1000}, headers=headers).json()
    assert ask("1").json() == ask("acme").json() == home
    for stranger in ("2", "globex", "nowhere", "99", "9" * 30, "-1", "a'b"):
        check(ask(stranger), 403, type="forbidden")
    check(ask("2", "contact"), 403, type="forbidden")
    run(world.dsn, "INSERT INTO memberships (tenant_id, user_id, role, name) VALUES (2, 1, 'agent', 'Ada')")
    try:
        assert ask("globex").json() == {"conversations": []}, "an agent of no inbox sees none"
        run(world.dsn, "UPDATE memberships SET role = 'administrator' WHERE tenant_id = 2 AND user_id = 1")
        assert [one["id"] for one in ask("2").json()["conversations"]] == [DON("conversation/1", slug="globex")]
    finally:
        run(world.dsn, "DELETE FROM memberships WHERE tenant_id = 2 AND user_id = 1")


@pytest.mark.parametrize(
    ("change", "undo", "status", "kind"),
    [
        ("UPDATE tenants SET status = 'suspended' WHERE id = 1", "UPDATE tenants SET status = 'active' WHERE id = 1", 403, "forbidden"),
        ("UPDATE tokens SET revoked_at = now() WHERE owner_id = 1", "UPDATE tokens SET revoked_at = NULL", 401, "token_revoked"),
        ("UPDATE tokens SET expires_at = now()", "UPDATE tokens SET expires_at = NULL", 401, "token_expired"),
        (
            "UPDATE memberships SET state = 'locked' WHERE user_id = 1",
            "UPDATE memberships SET state = 'active' WHERE user_id = 1",
            403,
            "forbidden",
        ),
    ],
)
def test_who_may_no_longer_ask(change: str, undo: str, status: int, kind: str, client: httpx.Client, world: devrev_world.World) -> None:
    run(world.dsn, change)
    try:
        for path in BOTH:
            check(client.post(f"/{path}", json={}), status, type=kind)
    finally:
        run(world.dsn, undo)
    assert client.post("/conversations.list", json={}).status_code == 200


def run(dsn: str, sql: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(execute())


# ---- limits, the server's own failures, and anything at all


def test_the_rate_limit_is_told_and_kept(serve: Callable[..., Live], database: str) -> None:
    world = asyncio.run(devrev_world.build(database))
    live = serve(rate_limit="3")
    if time.time() % 60 > 55:
        time.sleep(6)  # the window must not turn in the middle of the test

    def ask(who: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return httpx.post(f"{live.url}/conversations.list", json=body or {}, headers={"Authorization": world.tokens[who]})

    answers = [ask("ada"), ask("ada", {"nonsense": 1}), ask("ada")]
    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
    refused = ask("ada")
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-limit"] == "3"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    wait_s = int(refused.headers["x-ratelimit-reset"]) - time.time()
    assert 0 < wait_s <= 60
    body = refused.json()
    assert body["type"] == "too_many_requests"
    assert body["retry_after"] == int(refused.headers["retry-after"])
    assert abs(body["retry_after"] - wait_s) < 3
    assert ask("bob").status_code == 200, "everybody has a limit of their own"


def test_a_request_id_is_given_back_or_made(client: httpx.Client) -> None:
    answer = client.post("/conversations.list", json={}, headers={"X-Request-Id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    made = {client.post("/conversations.list", json={}, headers={"X-Request-Id": "<b>"}).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2


def test_our_own_failure_is_a_500_with_a_reference(serve: Callable[..., Live], database: str) -> None:
    world = asyncio.run(devrev_world.build(database))
    live = serve()
    run(database, "ALTER TABLE conversation_tags RENAME TO gone")
    for path in BOTH:
        with held.failing():
            answer = httpx.post(f"{live.url}/{path}", json={}, headers={"Authorization": world.tokens["ada"]})
        assert answer.status_code == 500
        assert answer.json()["type"] == "internal_error"
        assert answer.json()["reference_id"] == answer.headers["x-request-id"]
        assert "gone" not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(
    {*devrev_world.Facts.__annotations__, "owned_by", "tags_v2", "custom_fields", "modified_date", "sla_summary", "cursor", "limit"}
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_no_json_at_all_makes_a_500(body: dict[str, Any], client: httpx.Client) -> None:
    for path in BOTH:
        answer = client.post(f"/{path}", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400), (body, answer.text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from([*FIELDS, "custom_fields[tnt__tier][0]", "custom_fields[", "stage.name"]), st.text(max_size=9)),
        max_size=3,
    )
)
def test_no_query_at_all_makes_a_500(pairs: list[tuple[str, str]], client: httpx.Client) -> None:
    for path in BOTH:
        answer = client.get(f"/{path}", params=pairs)
        assert answer.status_code in (200, 400), (pairs, answer.text)
