"""schemas.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from parley.actions.custom_fields import SchemaSpec, check_custom_fields
from parley.actions.schema_fields import CONSTRAINTS
from parley.domain.problems import CustomFieldRefused
from parley.store.database import enter_tenant
from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def ask(dsn: str, query: str) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


EVERY_FIELD: list[dict[str, Any]] = [
    {"name": "vip", "field_type": "bool", "default_value": False, "is_pii": True},
    {"name": "seats", "field_type": "int", "gte": 1, "lt": 100, "default_value": 5},
    {"name": "revenue", "field_type": "double"},
    {"name": "code", "field_type": "text", "max_len": 8, "min_len": 2, "pattern": "^[A-Z]+$", "is_required": True},
    {"name": "notes", "field_type": "rich_text", "contains": "x", "eq_len": 3},
    {"name": "words", "field_type": "tokens", "prefix": "a", "suffix": "b"},
    {"name": "odds", "field_type": "int", "gt": 0, "lte": 9},
    {
        "name": "tier",
        "field_type": "enum",
        "allowed_values": ["gold", "tin"],
        "default_value": "tin",
        "description": "How dear",
        "ui": {"display_name": "Tier of ours", "order": 2, "is_hidden": False},
        "translated_values": {"gold": "oro"},
        "is_overridable": True,
    },
    {"name": "mood", "field_type": "uenum", "allowed_values": [{"id": 1, "label": "Good", "ordinal": 1}], "default_value": 1},
    {"name": "since", "field_type": "date", "default_value": "2024-01-31"},
    {"name": "seen_at", "field_type": "timestamp"},
    {"name": "lead", "field_type": "id", "id_type": ["dev_user"], "is_immutable": True},
    {"name": "blob", "field_type": "struct"},
    {"name": "where", "field_type": "composite", "composite_type": "point"},
    {"name": "anything", "field_type": "json_value", "is_filterable": False},
    {"name": "langs", "field_type": "array", "base_type": "text", "max_items": 3, "min_items": 0, "default_value": ["en"]},
    {"name": "ways", "field_type": "array", "base_type": "enum", "allowed_values": ["a", "b"], "eq_items": 2},
]
POINT = {"name": "point", "description": "A place", "fields": [{"name": "x", "field_type": "int"}]}


def test_a_tenant_fragment_with_every_type_of_field(devrev: Devrev, live: Live) -> None:
    body = {"type": "tenant_fragment", "leaf_type": "account", "description": "Ours"}
    made = devrev.call("schemas.custom.set", {**body, "fields": EVERY_FIELD, "composite_schemas": [POINT]}, expect=201)["id"]
    assert ":tenant_fragment/" in made
    shown = devrev.call("schemas.custom.get", {"id": made})["fragment"]
    assert (shown["type"], shown["leaf_type"], shown["description"], shown["is_deprecated"]) == (
        "tenant_fragment",
        "account",
        "Ours",
        False,
    )
    assert shown["created_by"]["display_id"] == "DEVU-1"
    assert shown["composite_schemas"] == [POINT]
    given = {one["name"]: one for one in EVERY_FIELD}
    assert set(CONSTRAINTS) <= {key for one in EVERY_FIELD for key in one}
    assert [one["name"] for one in shown["fields"]] == list(given)
    for one in shown["fields"]:
        ui = given[one["name"]].get("ui", {})
        told = {key: value for key, value in given[one["name"]].items() if key != "ui"}
        assert told.items() <= one.items()
        assert {"display_name": one["name"], **ui}.items() <= one["ui"].items()
    aggregated = devrev.call("schemas.aggregated.get", {"leaf_type": "account"})["schema"]
    assert [one["name"] for one in aggregated["custom_fields"]] == [f"tnt__{name}" for name in given]
    assert (aggregated["custom_composite_schemas"], aggregated["stock_fields"]) == ([POINT], [])

    # What is shown can be set again; a field that is left out must be named to be dropped.
    again = devrev.call("schemas.custom.set", {**body, "fields": shown["fields"], "is_deprecated": True}, expect=201)["id"]
    assert again == made
    fields = shown["fields"]
    refused = devrev.call("schemas.custom.set", {**body, "fields": fields[1:]}, expect=400)
    assert (refused["type"], refused["subtype"]) == ("customization_validation_error", "field_dropped")
    dropped = {**body, "fields": [{**fields[1], "description": "how many"}, *fields[2:]], "deleted_fields": ["vip"]}
    devrev.call("schemas.custom.set", dropped, expect=201)
    changed = devrev.call("schemas.custom.get", {"id": made})["fragment"]
    assert (changed["fields"][0]["name"], changed["fields"][0]["description"]) == ("seats", "how many")
    assert changed["is_deprecated"] is True
    assert changed["composite_schemas"] == [POINT]
    assert changed["modified_date"] > shown["modified_date"]
    # Without fields they stay.
    devrev.call("schemas.custom.set", {**body, "deprecated": False}, expect=201)
    assert len(devrev.call("schemas.custom.get", {"id": made})["fragment"]["fields"]) == len(EVERY_FIELD) - 1
    number = made.rpartition("/")[2]
    query = f"SELECT kind, count(*) FROM events WHERE kind LIKE 'schema_fragment.%' AND data ->> 'id' = '{number}' GROUP BY 1 ORDER BY 1"
    assert ask(live.dsn, query) == [("schema_fragment.created", 1), ("schema_fragment.updated", 3)]


def current_fields(devrev: Devrev) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = devrev.call("schemas.custom.get", {"id": "TENANTFRAG-2"})["fragment"]["fields"]
    return found


def test_a_field_with_values_keeps_its_type_and_goes_with_them(devrev: Devrev, live: Live) -> None:
    """The world's conversations carry tnt__seats; imported names may be odd."""
    body = {"type": "tenant_fragment", "leaf_type": "conversation", "description": "x"}
    fields = current_fields(devrev)
    assert {"tier", "order total", "langs"} <= {one["name"] for one in fields}
    count = "SELECT count(*) FROM conversations WHERE tenant_id = 1 AND custom_fields -> 'tnt' ? 'order total'"
    assert ask(live.dsn, count) != [(0,)]
    wrong = [{**one, "field_type": "text"} if one["name"] == "order total" else one for one in fields]
    refused = devrev.call("schemas.custom.set", {**body, "fields": wrong}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "fields[2].field_type")
    assert current_fields(devrev) == fields

    assert devrev.call("conversations.list", {"custom_fields": {"tnt__order_u20_total": [9.5]}})["conversations"]
    rest = [one for one in fields if one["name"] != "order total"]
    devrev.call("schemas.custom.set", {**body, "fields": rest, "deleted_fields": ["order total"]}, expect=201)
    assert ask(live.dsn, count) == [(0,)]
    assert ask(live.dsn, "SELECT count(*) FROM conversations WHERE tenant_id = 1 AND custom_fields -> 'tnt' ? 'tier'") != [(0,)]
    assert current_fields(devrev) == rest
    # The name is free for another type now.
    devrev.call("schemas.custom.set", {**body, "fields": [*rest, {"name": "order_total", "field_type": "int"}]}, expect=201)


def test_a_subtype_and_an_app(devrev: Devrev) -> None:
    stages = [{"stage_id": "STAGE-1", "is_start": True}]
    diagram = devrev.call("stage-diagrams.create", {"leaf_type": "conversation", "name": "Returns", "stages": stages}, expect=201)
    subtype = {
        "type": "custom_type_fragment",
        "leaf_type": "conversation",
        "description": "Things that come back",
        "subtype": "return",
        "subtype_display_name": "Return",
        "stage_diagram": diagram["stage_diagram"]["id"],
        "fields": [
            {"name": "reason", "field_type": "text", "default_value": "none"},
            {"name": "blocking", "field_type": "text"},
            {"name": "weight", "field_type": "int"},
        ],
    }
    made = devrev.call("schemas.custom.set", subtype, expect=201)["id"]
    shown = devrev.call("schemas.custom.get", {"id": made})["fragment"]
    assert (shown["subtype"], shown["subtype_display_name"], shown["stage_diagram"]["name"]) == ("return", "Return", "Returns")
    subtypes = devrev.call("schemas.subtypes.list", {"leaf_types": ["conversation"]})["subtypes"]
    assert [one["value"] for one in subtypes] == ["bug_report", "billing", "return"]
    assert subtypes[2] == {"value": "return", "display_name": "Return", "leaf_type": "conversation", "fragment_id": made}
    assert devrev.call("schemas.subtypes.list", {"leaf_type": "ticket"})["subtypes"] == []

    app = {"type": "app_fragment", "leaf_type": "conversation", "description": "CRM", "app": "crm", "app_display_name": "The CRM"}
    crm = devrev.call("schemas.custom.set", {**app, "fields": [{"name": "stage", "field_type": "text"}]}, expect=201)["id"]
    spec = {"subtype": "return", "apps": ["crm"]}
    schema = devrev.call("schemas.aggregated.get", {"leaf_type": "conversation", "custom_schema_spec": spec})["schema"]
    names = {one["name"] for one in schema["custom_fields"]}
    assert {"tnt__tier", "ctype__reason", "crm__stage"} <= names
    assert "ctype__blocking" in names
    assert (schema["subtype"], schema["subtype_display_name"], schema["apps"]) == ("return", "Return", ["crm"])
    assert schema["stage_diagram_id"]["name"] == "Returns"
    assert {"title", "stage", "owned_by", "sentiment"} <= {one["name"] for one in schema["stock_fields"]}
    # A conversation shows the app's fragment only when it carries the app.
    assert all(crm not in one["custom_schema_fragments"] for one in devrev.call("conversations.list")["conversations"])
    only = devrev.call("schemas.aggregated.get", {"custom_schema_fragments": [crm]})["schema"]
    assert ([one["name"] for one in only["custom_fields"]], only["stock_fields"]) == (["crm__stage"], [])

    # The world's CONV-1 is a bug_report whose field blocking is a bool.
    body = {"leaf_type": "conversation", "object": "CONV-1", "new_subtype": "return"}
    answer = devrev.call("schemas.subtypes.prepare-update", body)
    assert answer["added_fields"] == [{"name": "ctype__reason", "default_value": "none"}]
    assert [(one["name"], one["conflict_type"]) for one in answer["dropped_fields"]] == [("ctype__blocking", "incompatible_type")]
    assert made in answer["new_custom_schema_fragments"]
    assert answer["new_start_stage"].endswith("custom_stage/1")
    gone = devrev.call("schemas.subtypes.prepare-update", {"leaf_type": "conversation", "object": "CONV-1"})
    assert (gone["added_fields"], [one["conflict_type"] for one in gone["dropped_fields"]]) == ([], ["absent_in_new"])
    fresh = devrev.call("schemas.subtypes.prepare-update", {"leaf_type": "conversation", "new_subtype": "return"})
    assert (len(fresh["added_fields"]), fresh["dropped_fields"]) == (1, [])


def test_the_list_and_its_filters(devrev: Devrev) -> None:
    body = {"type": "app_fragment", "leaf_type": "ticket", "description": "x", "is_deprecated": True}
    for app in ("one", "two", "three"):
        devrev.call("schemas.custom.set", {**body, "app": app, "fields": [{"name": "f", "field_type": "int"}]}, expect=201)
    listed = devrev.call("schemas.custom.list", {"leaf_type": ["ticket"], "limit": 2})
    assert [one["app"] for one in listed["result"]] == ["one", "two"]
    rest = devrev.call("schemas.custom.list", {"leaf_type": ["ticket"], "limit": 2, "cursor": listed["next_cursor"]})
    assert [one["app"] for one in rest["result"]] == ["three"]
    assert "prev_cursor" in rest
    for asked, found in (
        ({"app": ["two", "three"]}, ["two", "three"]),
        ({"types": ["tenant_fragment"], "leaf_type": ["ticket"]}, []),
        ({"is_deprecated": False, "leaf_type": ["ticket"]}, []),
        ({"deprecated": True, "leaf_type": ["ticket"]}, ["one", "two", "three"]),
        ({"is_custom_leaf_type": True}, []),
        ({"subtype": ["nope"]}, []),
    ):
        assert [one["app"] for one in devrev.call("schemas.custom.list", asked)["result"]] == found
    pruned = devrev.call("schemas.custom.list", {"leaf_type": ["ticket"], "prune": ["fields"]})["result"]
    assert all("fields" not in one for one in pruned)
    subtypes = devrev.get("schemas.custom.list", "types=custom_type_fragment&subtype=billing").json()["result"]
    assert [one["subtype"] for one in subtypes] == ["billing"]


def test_ticket_and_issue_have_fields_of_their_own(devrev: Devrev) -> None:
    for leaf, kind in (("ticket", "int"), ("issue", "text")):
        body = {"type": "tenant_fragment", "leaf_type": leaf, "description": "x"}
        devrev.call("schemas.custom.set", {**body, "fields": [{"name": "same", "field_type": kind}]}, expect=201)
    for leaf, kind in (("ticket", "int"), ("issue", "text")):
        (one,) = devrev.call("schemas.aggregated.get", {"leaf_type": leaf})["schema"]["custom_fields"]
        assert (one["name"], one["field_type"]) == ("tnt__same", kind)
    product = {"type": "product", "name": "Bicycle", "owned_by": ["DEVU-1"]}
    part = devrev.call("parts.create", product, expect=201)["part"]["id"]
    work = {"title": "x", "applies_to_part": part, "owned_by": ["DEVU-1"]}
    for leaf, fits, other in (("ticket", 7, "seven"), ("issue", "seven", 7)):
        made = devrev.call("works.create", {**work, "type": leaf, "custom_fields": {"tnt__same": fits}}, expect=201)["work"]
        assert made["custom_fields"] == {"tnt__same": fits}
        for path, body in (("create", {**work, "type": leaf}), ("update", {"id": made["id"]})):
            refused = devrev.call(f"works.{path}", {**body, "custom_fields": {"tnt__same": other}}, expect=400)
            assert (refused["type"], refused["field_name"]) == ("customization_validation_error", "custom_fields.tnt__same"), (leaf, path)
        assert devrev.call("works.get", {"id": made["id"]})["work"]["custom_fields"] == {"tnt__same": fits}


def test_parts_have_fields_of_their_own(devrev: Devrev) -> None:
    body = {"type": "tenant_fragment", "leaf_type": "capability", "description": "x"}
    devrev.call("schemas.custom.set", {**body, "fields": [{"name": "wheels", "field_type": "int"}]}, expect=201)
    product = {"type": "product", "name": "Tricycle", "owned_by": ["DEVU-1"]}
    refused = devrev.call("parts.create", {**product, "custom_fields": {"tnt__wheels": 3}}, expect=400)
    assert (refused["subtype"], refused["field_name"]) == ("field_not_in_schema", "custom_fields.tnt__wheels")
    part = devrev.call("parts.create", product, expect=201)["part"]["id"]
    capability = {"type": "capability", "name": "Ride", "owned_by": ["DEVU-1"], "parent_part": [part]}
    made = devrev.call("parts.create", {**capability, "custom_fields": {"tnt__wheels": 3}}, expect=201)["part"]
    assert made["custom_fields"] == {"tnt__wheels": 3}
    devrev.call("parts.update", {"id": made["id"], "type": "capability", "custom_fields": {"tnt__wheels": "3"}}, expect=400)


def test_writes_are_held_against_what_was_set(devrev: Devrev, live: Live) -> None:
    """What conversations, works ... call: definitions, composite types and leaf types come from the database."""
    fields = [
        {"name": "spot", "field_type": "composite", "composite_type": "point"},
        {"name": "code", "field_type": "text", "pattern": "^[A-Z]+-\\d+$"},
        {"name": "boss", "field_type": "array", "base_type": "id", "id_type": ["dev_user"]},
    ]
    for leaf in ("product", "feature"):
        body = {"type": "tenant_fragment", "leaf_type": leaf, "description": "x", "composite_schemas": [POINT]}
        devrev.call("schemas.custom.set", {**body, "fields": fields[: 3 if leaf == "feature" else 2]}, expect=201)

    async def write(given: dict[str, Any], leaf: str, before: Any = None) -> Any:
        connection = await asyncpg.connect(live.dsn)
        try:
            async with connection.transaction():
                await enter_tenant(connection, 1)
                try:
                    return await check_custom_fields(
                        connection, 1, "part", given, spec=SchemaSpec(tenant_fragment=True), leaf_type=leaf, before=before
                    )
                except CustomFieldRefused as refused:
                    return refused.kind, refused.field
        finally:
            await connection.close()

    ours, theirs = "don:identity:dvrv-us-1:devo/acme:devu/1", "don:identity:dvrv-us-1:devo/globex:devu/1"
    assert asyncio.run(write({"tnt__spot": {"x": 1}}, "product")) == {"tnt": {"spot": {"x": 1}}}
    assert asyncio.run(write({"tnt__spot": {"x": "1"}}, "product")) == ("wrong_type", "custom_fields.tnt__spot.x")
    assert asyncio.run(write({"tnt__code": "AB-12"}, "product")) == {"tnt": {"code": "AB-12"}}
    assert asyncio.run(write({"tnt__code": "ab-12"}, "product")) == ("invalid_argument", "custom_fields.tnt__code")
    assert asyncio.run(write({"tnt__code": "ab-12"}, "product", {"tnt": {"code": "ab-12"}})) == {"tnt": {"code": "ab-12"}}
    assert asyncio.run(write({"tnt__boss": [ours]}, "feature")) == {"tnt": {"boss": [ours]}}
    assert asyncio.run(write({"tnt__boss": [theirs]}, "feature")) == ("id_parse_error", "custom_fields.tnt__boss")
    assert asyncio.run(write({"tnt__boss": [theirs]}, "feature", {"tnt": {"boss": [theirs]}})) == {"tnt": {"boss": [theirs]}}
    assert asyncio.run(write({"tnt__boss": [ours]}, "product")) == ("field_not_in_schema", "custom_fields.tnt__boss")


def test_a_pattern_is_postgresqls_and_what_is_immutable_is_set_once(devrev: Devrev) -> None:
    fields = [
        {"name": "code", "field_type": "text", "pattern": r"\mzone [0-9]\M"},
        {"name": "serial", "field_type": "text", "is_immutable": True},
    ]
    body = {"type": "tenant_fragment", "leaf_type": "enhancement", "description": "x", "fields": fields}
    devrev.call("schemas.custom.set", body, expect=201)
    part = {"type": "enhancement", "name": "Bell", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}
    made = devrev.call("parts.create", {**part, "custom_fields": {"tnt__code": "in zone 7, north"}}, expect=201)["part"]

    def refused(**given: str) -> tuple[str, str]:
        answer = devrev.call("parts.update", {"id": made["id"], "type": "enhancement", "custom_fields": given}, expect=400)
        return answer["subtype"], answer["field_name"]

    assert refused(tnt__code="ozone 7") == ("invalid_argument", "custom_fields.tnt__code")
    once = {"id": made["id"], "type": "enhancement", "custom_fields": {"tnt__serial": "a"}}
    assert devrev.call("parts.update", once)["part"]["custom_fields"] == {"tnt__code": "in zone 7, north", "tnt__serial": "a"}
    assert refused(tnt__serial="b") == ("field_immutable", "custom_fields.tnt__serial")


def test_the_stock_fragment_tells_what_a_conversation_has(devrev: Devrev) -> None:
    (stock,) = devrev.call("schemas.stock.list", {"leaf_type": ["conversation"]})["result"]
    assert devrev.call("schemas.stock.get", {"leaf_type": "conversation"})["fragment"] == stock
    assert devrev.call("schemas.stock.get", {"id": stock["id"]})["fragment"] == stock
    conversation = devrev.call("conversations.list", {"limit": 1})["conversations"][0]
    assert stock["id"] == conversation["stock_schema_fragment"]
    fields = {one["name"]: one for one in stock["fields"]}
    plain = {"id", "display_id", "messages", "metadata", "custom_fields", "custom_schema_fragments", "stock_schema_fragment"}
    shown = {key for one in devrev.call("conversations.list", {"limit": 100})["conversations"] for key in one}
    assert shown - plain - {"sla_summary", "sla_tracker", "sync_metadata"} <= set(fields)
    assert "triage" in fields["stage"]["allowed_values"]
    assert fields["owned_by"]["base_type"] == "id"
    assert fields["created_date"]["is_immutable"] is True
    assert devrev.call("schemas.stock.list", {"prune": ["fields"]})["result"][0]["fields"] == []
    assert devrev.call("schemas.stock.list", {"leaf_type": ["ticket"]})["result"] == []


SET: dict[str, Any] = {"type": "tenant_fragment", "leaf_type": "rev_user", "description": "x"}


@pytest.mark.parametrize(
    ("fields", "kind", "where"),
    [
        ([{"name": "a"}], "missing_required_field", "fields[0].field_type"),
        ([{"name": "a", "field_type": "float"}], "invalid_enum_value", "fields[0].field_type"),
        ([{"name": "a b", "field_type": "int"}], "value_not_permitted", "fields[0].name"),
        ([{"name": "tnt__a", "field_type": "int"}], "value_not_permitted", "fields[0].name"),
        ([{"name": "a", "field_type": "int"}] * 2, "value_not_permitted", "fields[1].name"),
        ([{"name": "a", "field_type": "int", "colour": 1}], "invalid_field", "fields[0].colour"),
        ([{"name": "a", "field_type": "int", "max_len": 1}], "invalid_field", "fields[0].max_len"),
        ([{"name": "a", "field_type": "text", "max_items": 1}], "invalid_field", "fields[0].max_items"),
        ([{"name": "a", "field_type": "text", "pattern": "("}], "value_not_permitted", "fields[0].pattern"),
        ([{"name": "a", "field_type": "text", "pattern": "a{99999999999999999999}"}], "value_not_permitted", "fields[0].pattern"),
        ([{"name": "a", "field_type": "text", "pattern": "b", "default_value": "a"}], "value_not_permitted", "fields[0].default_value"),
        ([{"name": "a", "field_type": "text", "max_len": "1"}], "unexpected_json_type", "fields[0].max_len"),
        ([{"name": "a", "field_type": "enum"}], "missing_required_field", "fields[0].allowed_values"),
        ([{"name": "a", "field_type": "enum", "allowed_values": ["x", "x"]}], "value_not_permitted", "fields[0].allowed_values"),
        ([{"name": "a", "field_type": "uenum", "allowed_values": ["x"]}], "value_not_permitted", "fields[0].allowed_values"),
        ([{"name": "a", "field_type": "id"}], "missing_required_field", "fields[0].id_type"),
        ([{"name": "a", "field_type": "id", "id_type": ["ship"]}], "value_not_permitted", "fields[0].id_type"),
        ([{"name": "a", "field_type": "composite"}], "missing_required_field", "fields[0].composite_type"),
        ([{"name": "a", "field_type": "composite", "composite_type": "x"}], "value_not_permitted", "fields[0].composite_type"),
        ([{"name": "a", "field_type": "array"}], "missing_required_field", "fields[0].base_type"),
        ([{"name": "a", "field_type": "int", "base_type": "int"}], "invalid_field", "fields[0].base_type"),
        ([{"name": "a", "field_type": "int", "default_value": "x"}], "value_not_permitted", "fields[0].default_value"),
        ([{"name": "a", "field_type": "int", "gt": 5, "default_value": 5}], "value_not_permitted", "fields[0].default_value"),
    ],
)
def test_a_field_that_is_not_well_defined(devrev: Devrev, fields: Any, kind: str, where: str) -> None:
    answer = devrev.call("schemas.custom.set", {**SET, "fields": fields}, expect=400)
    assert (answer["type"], answer["field_name"]) == (kind, where)
    assert devrev.call("schemas.custom.list", {"leaf_type": ["rev_user"]})["result"] == []


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("schemas.custom.set", {"type": "tenant_fragment", "leaf_type": "rev_user"}, 400, "missing_required_field", "description"),
        ("schemas.custom.set", {**SET, "leaf_type": "ship"}, 400, "value_not_permitted", "leaf_type"),
        ("schemas.custom.set", {**SET, "type": "stock"}, 400, "invalid_enum_value", "type"),
        ("schemas.custom.set", {**SET, "subtype": "x"}, 400, "invalid_field", "subtype"),
        ("schemas.custom.set", {**SET, "type": "app_fragment"}, 400, "missing_required_field", "app"),
        ("schemas.custom.set", {**SET, "type": "app_fragment", "app": "tnt"}, 400, "value_not_permitted", "app"),
        ("schemas.custom.set", {**SET, "type": "app_fragment", "app": "My App"}, 400, "value_not_permitted", "app"),
        ("schemas.custom.set", {**SET, "type": "custom_type_fragment"}, 400, "missing_required_field", "subtype"),
        ("schemas.custom.set", {**SET, "deleted_fields": ["x"]}, 400, "value_not_permitted", "deleted_fields"),
        ("schemas.custom.set", {**SET, "conditions": [{"expression": "x"}]}, 400, "value_not_permitted", "conditions"),
        ("schemas.custom.set", {**SET, "id_prefix": "ABC"}, 400, "value_not_permitted", "id_prefix"),
        ("schemas.custom.set", {**SET, "stock_field_overrides": [{"name": "x"}]}, 400, "value_not_permitted", "stock_field_overrides"),
        ("schemas.custom.set", {**SET, "is_custom_leaf_type": True}, 400, "value_not_permitted", "is_custom_leaf_type"),
        ("schemas.custom.set", {**SET, "deprecated": True, "is_deprecated": False}, 400, "value_not_permitted", "deprecated"),
        (
            "schemas.custom.set",
            {**SET, "type": "custom_type_fragment", "subtype": "x", "stage_diagram": "DIAGRAM-999"},
            400,
            "invalid_id",
            "stage_diagram",
        ),
        ("schemas.custom.get", {"id": "TENANTFRAG-999"}, 404, "not_found", None),
        ("schemas.custom.get", {"id": "TYPEFRAG-2"}, 404, "not_found", None),
        ("schemas.custom.get", {"id": "TAG-1"}, 400, "unexpected_id_type", "id"),
        ("schemas.custom.get", {"id": "don:core:dvrv-us-1:devo/globex:tenant_fragment/2"}, 400, "invalid_id", "id"),
        ("schemas.custom.list", {"types": ["stock"]}, 400, "invalid_enum_value", "types[0]"),
        ("schemas.stock.get", {}, 400, "missing_required_field", "id"),
        ("schemas.stock.get", {"id": "x"}, 400, "invalid_id", "id"),
        ("schemas.stock.get", {"id": "don:core:dvrv-us-1:stock_sf/2"}, 404, "not_found", None),
        ("schemas.aggregated.get", {}, 400, "missing_required_field", "leaf_type"),
        ("schemas.aggregated.get", {"leaf_type": "ship"}, 400, "value_not_permitted", "leaf_type"),
        ("schemas.aggregated.get", {"custom_schema_fragments": ["APPFRAG-999"]}, 400, "invalid_id", "custom_schema_fragments"),
        (
            "schemas.aggregated.get",
            {"leaf_type": "ticket", "custom_schema_fragments": ["TENANTFRAG-2"]},
            400,
            "value_not_permitted",
            "leaf_type",
        ),
        (
            "schemas.aggregated.get",
            {"leaf_type": "conversation", "custom_schema_spec": {"subtype": "nope"}},
            400,
            "customization_validation_error",
            "custom_schema_spec.subtype",
        ),
        (
            "schemas.subtypes.prepare-update",
            {"leaf_type": "conversation", "new_subtype": "nope"},
            400,
            "customization_validation_error",
            "new_subtype",
        ),
        ("schemas.subtypes.prepare-update", {"leaf_type": "conversation", "object": "CONV-99999"}, 404, "not_found", None),
        ("schemas.subtypes.prepare-update", {"leaf_type": "conversation", "object": "TAG-1"}, 400, "unexpected_id_type", "object"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: Any, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


def test_administrators_set_and_agents_read(devrev: Devrev) -> None:
    body = {"type": "tenant_fragment", "leaf_type": "dev_user", "description": "x"}
    assert devrev.call("schemas.custom.set", body, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call("schemas.custom.set", body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("schemas.custom.get", {"id": "TENANTFRAG-2"}, who="contact", expect=403)["type"] == "forbidden"
    devrev.call("schemas.custom.set", body, who="bot", expect=201)
    for path in ("schemas.custom.list", "schemas.stock.list", "schemas.subtypes.list"):
        assert devrev.call(path, {}, who="bob")
    assert devrev.call("schemas.subtypes.list", {}, who="globex")["subtypes"] == []
    theirs = devrev.call("schemas.custom.list", {}, who="globex")["result"]
    assert [(one["display_id"], one["leaf_type"], one["fields"]) for one in theirs] == [("TENANTFRAG-2", "conversation", [])]
