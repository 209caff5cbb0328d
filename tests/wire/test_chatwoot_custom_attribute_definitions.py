"""Definitions of custom attributes on Chatwoot's wire (contract 3.5), and the same on DevRev's."""

from __future__ import annotations

import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, OTHER, World, build, run
from tests.wire.conftest import Live

ALL = "custom_attribute_definitions"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def define(chatwoot: Chatwoot, key: str, **more: object) -> dict[str, object]:
    made = chatwoot.post(ALL, {"attribute_key": key, "attribute_display_name": key.title()} | more, who="agent")
    assert isinstance(made, dict)
    return made


def test_a_life(chatwoot: Chatwoot) -> None:
    made = define(chatwoot, "plan", attribute_display_type=6, attribute_model=1, attribute_values=["free", "gold"], regex_cue=None)
    assert (made["attribute_display_type"], made["attribute_model"], made["attribute_values"]) == (
        "list",
        "contact_attribute",
        ["free", "gold"],
    )
    assert chatwoot.get(f"{ALL}/{made['id']}", who="agent") == made
    assert made in chatwoot.get(ALL, params={"attribute_model": "1"})
    assert made not in chatwoot.get(ALL, params={"attribute_model": "conversation_attribute"})
    changed = chatwoot.call("PATCH", f"{ALL}/{made['id']}", {"attribute_display_name": "The plan", "attribute_values": ["gold"]})
    assert (changed["attribute_display_name"], changed["attribute_values"]) == ("The plan", ["gold"])
    assert chatwoot.call("DELETE", f"{ALL}/{made['id']}", expect=204) is None
    chatwoot.get(f"{ALL}/{made['id']}", expect=404)


@pytest.mark.parametrize("model", ["conversation", "contact"])
@pytest.mark.parametrize("kind", ["text", "number", "currency", "percent", "link", "date", "list", "checkbox"])
def test_each_type_of_each_model(chatwoot: Chatwoot, model: str, kind: str) -> None:
    made = define(chatwoot, f"{kind}_of", attribute_display_type=kind, attribute_model=f"{model}_attribute")
    assert (made["attribute_display_type"], made["attribute_model"]) == (kind, f"{model}_attribute")


def test_devrevs_schemas_show_it_and_what_they_define_is_here(chatwoot: Chatwoot, live: Live, world: World) -> None:
    define(chatwoot, "floor", attribute_display_type="number")
    headers = {"authorization": world.tokens["admin"]}
    answer = httpx.post(f"{live.url}/schemas.custom.list", json={"leaf_type": ["conversation"]}, headers=headers)
    fields = [field for one in answer.json()["result"] for field in one["fields"]]
    assert {"floor": "double"}.items() <= {field["name"]: field["field_type"] for field in fields}.items()
    # The fields that are there already stay, each as it is shown.
    more = {
        "type": "tenant_fragment",
        "leaf_type": "conversation",
        "description": "x",
        "fields": [*fields, {"name": "sure", "field_type": "bool"}],
    }
    assert httpx.post(f"{live.url}/schemas.custom.set", json=more, headers=headers).status_code == 201
    shown = {one["attribute_key"]: one["attribute_display_type"] for one in chatwoot.get(ALL)}
    assert (shown["sure"], shown["floor"]) == ("checkbox", "number")


def test_a_list_of_nothing_takes_any_text_until_it_has_values(chatwoot: Chatwoot, live: Live, world: World) -> None:
    made = define(chatwoot, "size", attribute_display_type="list")
    assert (made["attribute_display_type"], made["attribute_values"]) == ("list", [])
    changed = chatwoot.call("PATCH", f"{ALL}/{made['id']}", {"attribute_values": ["S", "M"]})
    assert (changed["attribute_display_type"], changed["attribute_values"]) == ("list", ["S", "M"])
    answer = httpx.post(f"{live.url}/schemas.custom.list", json={}, headers={"authorization": world.tokens["admin"]})
    fields = {field["name"]: field for one in answer.json()["result"] for field in one["fields"]}
    assert (fields["size"]["field_type"], fields["size"]["allowed_values"]) == ("enum", ["S", "M"])


def test_what_only_devrevs_wire_can_say_is_changed_there(chatwoot: Chatwoot, live: Live, world: World) -> None:
    values = [{"id": 1, "label": "one", "ordinal": 1}]
    fields = [{"name": "level", "field_type": "uenum", "allowed_values": values}]
    body = {"type": "tenant_fragment", "leaf_type": "account", "description": "x", "fields": fields}
    answer = httpx.post(f"{live.url}/schemas.custom.set", json=body, headers={"authorization": world.tokens["admin"]})
    assert answer.status_code == 201, answer.text
    shown = next(one for one in chatwoot.get(ALL) if one["attribute_key"] == "level")
    assert (shown["attribute_display_type"], shown["attribute_values"]) == ("text", ["one"])
    refused = chatwoot.call("PATCH", f"{ALL}/{shown['id']}", {"attribute_values": ["two"]}, expect=422)
    assert refused["attributes"] == ["attribute_values"]
    assert chatwoot.call("PATCH", f"{ALL}/{shown['id']}", {"attribute_description": "d"})["attribute_description"] == "d"


def test_values_keep_key_and_type_and_outlive_the_definition(chatwoot: Chatwoot) -> None:
    made = define(chatwoot, "order total", attribute_display_type="number")
    refused = chatwoot.call("PATCH", f"{ALL}/{made['id']}", {"attribute_display_type": "text"}, expect=422)
    assert refused["attributes"] == ["attribute_display_type"]
    chatwoot.call("PATCH", f"{ALL}/{made['id']}", {"attribute_display_type": "percent"})  # stored alike
    chatwoot.call("DELETE", f"{ALL}/{made['id']}", expect=204)
    assert chatwoot.get(f"conversations/{FULL}")["custom_attributes"] == {"order total": 12.5}


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"attribute_display_name": "x"}, "attribute_key"),
        ({"attribute_key": "x"}, "attribute_display_name"),
        ({"attribute_key": "x", "attribute_display_name": "x", "attribute_display_type": "color"}, "attribute_display_type"),
        ({"attribute_key": "x", "attribute_display_name": "x", "attribute_display_type": 8}, "attribute_display_type"),
        ({"attribute_key": "x", "attribute_display_name": "x", "attribute_model": "user_attribute"}, "attribute_model"),
        ({"attribute_key": "x", "attribute_display_name": "x", "attribute_values": "a"}, "attribute_values"),
        ({"attribute_key": "priority", "attribute_display_name": "x"}, "attribute_key"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    before = chatwoot.get(ALL)
    assert chatwoot.post(ALL, body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get(ALL) == before


def test_a_key_is_taken_once_per_model(chatwoot: Chatwoot) -> None:
    define(chatwoot, "twice")
    refused = chatwoot.post(ALL, {"attribute_key": "twice", "attribute_display_name": "x"}, expect=422)
    assert refused == {"message": "Attribute key has already been taken", "attributes": ["attribute_key"]}
    for model in ("contact_attribute", "company_attribute"):
        assert define(chatwoot, "twice", attribute_model=model)["attribute_model"] == model
    define(chatwoot, "priority", attribute_model="contact_attribute")


def test_another_account_and_nobody(chatwoot: Chatwoot) -> None:
    mine = define(chatwoot, "mine")
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"{ALL}/{mine['id']}", {} if method != "GET" else None, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.ask("GET", ALL, who="foreign", account=OTHER).json() == []
    for who in ("", "bot", "contact", "foreign"):
        assert chatwoot.ask("GET", ALL, who=who).status_code == 401
