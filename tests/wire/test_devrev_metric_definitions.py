"""metric-definitions.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

STOCK = ["First response", "Resolution", "Next response", "Spare"]


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def make(devrev: Devrev, name: str, applies_to: tuple[str, ...] = ("conversation",)) -> str:
    body = {"name": name, "applies_to": list(applies_to), "description": "why"}
    return str(devrev.call("metric-definitions.create", body, expect=201)["metric_definition"]["display_id"])


def names(devrev: Devrev, **asked: object) -> list[str]:
    return [one["name"] for one in devrev.call("metric-definitions.list", asked)["metric_definitions"]]


def test_a_metrics_life(devrev: Devrev, live: Live) -> None:
    made = devrev.call("metric-definitions.create", {"name": "Refund", "applies_to": ["ticket"], "description": "d"}, expect=201)
    metric = made["metric_definition"]
    assert (metric["name"], metric["created_by"]["display_id"]) == ("Refund", "DEVU-1")
    assert devrev.call("metric-definitions.get", {"id": metric["id"]}) == made
    assert devrev.call("metric-definitions.get", {"name": "Refund"}) == made
    assert devrev.get("metric-definitions.get", "name=Refund").json() == made
    assert devrev.call("metric-definitions.get", {"name": "Refund", "id": "METRIC-1"}, expect=404)["type"] == "not_found"
    body = {"id": metric["display_id"], "name": "Refunds", "status": "inactive", "description": "more"}
    changed = devrev.call("metric-definitions.update", body)["metric_definition"]
    assert changed["name"] == "Refunds"
    assert changed["modified_date"] > metric["modified_date"]
    assert names(devrev, status=["inactive"], include_custom_metrics=True) == ["Refunds"]
    answer = devrev.post("metric-definitions.delete", {"id": metric["id"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert devrev.call("metric-definitions.get", {"id": metric["id"]}, expect=404)["type"] == "not_found"
    number = int(metric["display_id"].partition("-")[2])
    assert asyncio.run(traces(live.dsn, number)) == ["created", "updated", "deleted", 1]


async def traces(dsn: str, number: int) -> list[object]:
    """The kinds of the metric's events, and how many tombstones it has."""
    connection = await asyncpg.connect(dsn)
    try:
        kinds = await connection.fetch(
            "SELECT kind FROM events WHERE tenant_id = 1 AND kind LIKE 'metric_definition.%' AND data ->> 'id' = $1 ORDER BY id",
            str(number),
        )
        count = "SELECT count(*) FROM tombstones WHERE tenant_id = 1 AND noun = 'metric_definition' AND id = $1"
        return [*(row[0].partition(".")[2] for row in kinds), await connection.fetchval(count, number)]
    finally:
        await connection.close()


def test_filters(devrev: Devrev) -> None:
    made = make(devrev, "Filtered", ("issue", "ticket"))
    assert names(devrev) == STOCK, "custom metrics have to be asked for"
    assert names(devrev, include_custom_metrics=False) == STOCK
    assert names(devrev, include_custom_metrics=True) == [*STOCK, "Filtered"]
    assert names(devrev, include_custom_metrics=True, applies_to_type=["ticket", "incident"]) == ["Filtered"]
    assert names(devrev, applies_to_type=["conversation"]) == STOCK
    assert names(devrev, type=["value"]) == []
    assert names(devrev, type=["time", "value"], status=["active"]) == STOCK
    assert names(devrev, status=["inactive"]) == []
    shown = devrev.get("metric-definitions.list", "include_custom_metrics=true&applies_to_type=issue").json()
    assert [one["display_id"] for one in shown["metric_definitions"]] == [made]
    devrev.call("metric-definitions.delete", {"id": made}, expect=204)


def test_pages_go_both_ways(devrev: Devrev) -> None:
    first = devrev.call("metric-definitions.list", {"limit": 3, "sort_by": ["created_date:desc"]})
    assert [one["name"] for one in first["metric_definitions"]] == STOCK[:0:-1]
    assert "prev_cursor" not in first
    rest = devrev.call("metric-definitions.list", {"limit": 3, "sort_by": ["created_date:desc"], "cursor": first["next_cursor"]})
    assert [one["name"] for one in rest["metric_definitions"]] == STOCK[:1]
    assert "next_cursor" not in rest
    back = {"limit": 3, "sort_by": ["created_date:desc"], "mode": "before", "cursor": rest["prev_cursor"]}
    assert devrev.call("metric-definitions.list", back)["metric_definitions"] == first["metric_definitions"]


def test_a_name_is_unique(devrev: Devrev) -> None:
    made = make(devrev, "Twice")
    assert devrev.call("metric-definitions.create", {"name": "Twice", "applies_to": ["issue"]}, expect=409)["type"] == "conflict"
    assert devrev.call("metric-definitions.update", {"id": made, "name": "Resolution"}, expect=409)["type"] == "conflict"
    devrev.call("metric-definitions.delete", {"id": made}, expect=204)


def test_a_stock_metric_stays_as_it_is(devrev: Devrev) -> None:
    for path, body in (("update", {"id": "METRIC-4", "name": "Other"}), ("delete", {"id": "METRIC-4"})):
        answer = devrev.call(f"metric-definitions.{path}", body, expect=400)
        assert (answer["type"], answer["field_name"]) == ("value_not_permitted", "id")
    assert names(devrev) == STOCK


def test_what_an_sla_uses_stays(devrev: Devrev) -> None:
    made = make(devrev, "Held")
    policy = {"name": "p", "selector": {"applies_to": "conversation"}, "metrics": [{"metric": made, "target": 5}]}
    sla = devrev.call("slas.create", {"name": "Holds", "policies": [policy]}, expect=201)["sla"]
    assert devrev.call("metric-definitions.delete", {"id": made}, expect=409)["type"] == "conflict"
    devrev.call("slas.update", {"id": sla["id"], "policies": []}, expect=201)
    devrev.call("metric-definitions.delete", {"id": made}, expect=204)


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("create", {}, 400, "missing_required_field", "applies_to"),
        ("create", {"applies_to": ["ticket"]}, 400, "missing_required_field", "name"),
        ("create", {"applies_to": [], "name": "x"}, 400, "value_not_permitted", "applies_to"),
        ("create", {"applies_to": ["part"], "name": "x"}, 400, "invalid_enum_value", "applies_to[0]"),
        ("create", {"applies_to": "ticket", "name": "x"}, 400, "unexpected_json_type", "applies_to"),
        ("create", {"applies_to": ["ticket"], "name": "x" * 65}, 400, "value_not_permitted", "name"),
        ("create", {"applies_to": ["ticket"], "name": "x", "type": "time"}, 400, "invalid_field", "type"),
        ("create", {"applies_to": ["ticket"], "name": "x", "description": "d" * 1025}, 400, "value_not_permitted", "description"),
        ("get", {}, 400, "missing_required_field", "id"),
        ("get", {"id": "METRIC-999"}, 404, "not_found", None),
        ("get", {"name": "nobody"}, 404, "not_found", None),
        ("get", {"id": "SLA-1"}, 400, "unexpected_id_type", "id"),
        ("get", {"id": "don:core:dvrv-us-1:devo/globex:metric_definition/1"}, 400, "invalid_id", "id"),
        ("list", {"status": ["gone"]}, 400, "invalid_enum_value", "status[0]"),
        ("list", {"include_custom_metrics": "yes"}, 400, "unexpected_json_type", "include_custom_metrics"),
        ("update", {"id": "METRIC-999", "name": "x"}, 404, "not_found", None),
        ("update", {"name": "x"}, 400, "missing_required_field", "id"),
        ("delete", {"id": "METRIC-999"}, 404, "not_found", None),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(f"metric-definitions.{path}", body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert names(devrev, include_custom_metrics=True) == STOCK


def test_who_may(devrev: Devrev) -> None:
    made = make(devrev, "Rights")
    for who in ("bob", "bot", "ada"):
        devrev.call("metric-definitions.get", {"id": made}, who=who, expect=200)
    writes = {"create": {"name": "y", "applies_to": ["ticket"]}, "update": {"id": made, "name": "y"}, "delete": {"id": made}}
    for path, body in writes.items():
        assert devrev.call(f"metric-definitions.{path}", body, who="bob", expect=403)["type"] == "forbidden"
    for path, body in {**writes, "get": {"id": made}, "list": {}}.items():
        assert devrev.call(f"metric-definitions.{path}", body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("metric-definitions.list", {"include_custom_metrics": True}, who="globex")["metric_definitions"] == []
    assert devrev.call("metric-definitions.delete", {"id": made}, who="globex", expect=404)["type"] == "not_found"
    devrev.call("metric-definitions.delete", {"id": made}, who="bot", expect=204)
