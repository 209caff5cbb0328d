"""rev-orgs.*: over HTTP, against the official document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.wire import devrev_customers_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_customers_world import ask


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_customers_world.build(module_database, live.url)


def make(devrev: Devrev, name: str, **fields: Any) -> Any:
    return devrev.call("rev-orgs.create", {"account": "ACC-1", "display_name": name, **fields}, expect=201)["rev_org"]


def test_a_rev_orgs_life(devrev: Devrev, module_database: str) -> None:
    fields = {"description": "Far", "domain": "far.test", "environment": "staging", "external_ref": "ws-1", "tier": "gold"}
    made = make(devrev, "Far East", **fields, tags=[{"id": "TAG-1"}], artifacts=["ARTIFACT-11"])
    assert {key: made[key] for key in fields} == fields
    assert (made["display_name"], made["account"]["display_id"]) == ("Far East", "ACC-1")
    assert (made["tags"][0]["tag"]["name"], made["artifacts"][0]["display_id"]) == ("vip", "ARTIFACT-11")
    again = {"id": made["display_id"], "display_name": "Near East", "tags": [{"id": "TAG-2", "value": "x"}], "artifacts": {"set": []}}
    changed = devrev.call("rev-orgs.update", again, who="bob")["rev_org"]
    assert (changed["display_name"], changed["tags"][0]["value"], changed["tier"]) == ("Near East", "x", "gold")
    assert "artifacts" not in changed
    assert changed["modified_by"]["display_id"] == "DEVU-2"
    assert devrev.call("rev-orgs.get", {"id": made["id"]})["rev_org"] == changed
    assert devrev.get("rev-orgs.get", f"id={made['id']}").json()["rev_org"] == changed
    assert devrev.call("rev-orgs.delete", {"id": made["id"]}) == {}
    devrev.call("rev-orgs.get", {"id": made["id"]}, expect=404)
    number = int(made["display_id"].partition("-")[2])
    assert ask(module_database, "SELECT 1 FROM tombstones WHERE noun = 'workspace' AND id = $1", number) == [(1,)]


def test_an_external_reference_is_given_and_unique(devrev: Devrev) -> None:
    first, second = make(devrev, "R1"), make(devrev, "R2")
    assert UUID(first["external_ref"]) != UUID(second["external_ref"])
    taken = {"account": "ACC-1", "display_name": "R3", "external_ref": first["external_ref"]}
    assert devrev.call("rev-orgs.create", taken, expect=409)["type"] == "conflict"
    devrev.call("rev-orgs.update", {"id": second["id"], "external_ref": first["external_ref"]}, expect=409)
    devrev.call("rev-orgs.update", {"id": first["id"], "external_ref": first["external_ref"]})


def test_a_default_one_stays_with_its_account(devrev: Devrev) -> None:
    account = devrev.call("accounts.create", {"display_name": "Alone"}, expect=201)
    default = account["default_rev_org"]["id"]
    assert devrev.call("rev-orgs.delete", {"id": default}, expect=409)["type"] == "conflict"
    answer = devrev.call("rev-orgs.update", {"id": default, "account": "ACC-1"}, expect=400)
    assert answer["field_name"] == "account"
    assert devrev.call("rev-orgs.get", {"id": default})["rev_org"] == account["default_rev_org"]


def test_rev_users_follow_it_to_another_account(devrev: Devrev) -> None:
    moving = make(devrev, "Moving")
    person = devrev.call("rev-users.create", {"rev_org": moving["id"]}, expect=201)["rev_user"]
    assert devrev.call("rev-orgs.update", {"id": moving["id"], "account": "ACC-2"})["rev_org"]["account"]["display_id"] == "ACC-2"
    found = devrev.call("rev-users.list", {"associations": ["ACC-2"]})["rev_users"]
    assert person["id"] in [one["id"] for one in found]
    assert devrev.call("rev-orgs.delete", {"id": moving["id"]}, expect=409)["type"] == "conflict"
    devrev.call("rev-users.delete", {"id": person["id"]})
    devrev.call("rev-orgs.delete", {"id": moving["id"]})


@pytest.fixture(scope="module")
def filtered(devrev: Devrev) -> Any:
    body = {"account": "ACC-2", "display_name": "Filtered", "external_ref": "f-1", "tags": [{"id": "TAG-3", "value": "f"}]}
    return devrev.call("rev-orgs.create", body, expect=201, who="bot")["rev_org"]


@pytest.mark.parametrize(
    ("fits", "not_fits"),
    [
        ({"display_name": ["Filtered"]}, {"display_name": ["x"]}),
        ({"external_ref": ["f-1"]}, {"external_ref": ["f-2"]}),
        ({"account": ["ACC-2"]}, {"account": ["ACC-1"]}),
        ({"created_by": ["SVCACC-1"]}, {"created_by": ["DEVU-1"]}),
        ({"tags": ["TAG-3:f"]}, {"tags": ["TAG-3:g"]}),
        ({"created_date": {"after": "2020-01-01T00:00:00Z"}}, {"created_date": {"before": "2020-01-01T00:00:00Z"}}),
        ({"modified_date": {"after": "2020-01-01T00:00:00Z"}}, {"modified_date": {"before": "2020-01-01T00:00:00Z"}}),
    ],
)
def test_filters_choose(devrev: Devrev, filtered: Any, fits: Any, not_fits: Any) -> None:
    assert filtered["id"] in [one["id"] for one in devrev.call("rev-orgs.list", fits)["rev_orgs"]]
    assert filtered["id"] not in [one["id"] for one in devrev.call("rev-orgs.list", not_fits)["rev_orgs"]]


def test_pages_go_both_ways(devrev: Devrev) -> None:
    for place in range(3):
        make(devrev, f"page-{place}")
    everything = [one["id"] for one in devrev.call("rev-orgs.list", {"limit": 1000})["rev_orgs"]]
    first = devrev.call("rev-orgs.list", {"limit": 2})
    second = devrev.call("rev-orgs.list", {"limit": 2, "cursor": first["next_cursor"]})
    back = devrev.call("rev-orgs.list", {"limit": 2, "cursor": second["prev_cursor"], "mode": "before"})
    assert [one["id"] for one in first["rev_orgs"] + second["rev_orgs"]] == everything[:4]
    assert back["rev_orgs"] == first["rev_orgs"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("rev-orgs.create", {"account": "ACC-1"}, 400, "missing_required_field", "display_name"),
        ("rev-orgs.create", {"display_name": "x"}, 400, "missing_required_field", "account"),
        ("rev-orgs.create", {"account": "ACC-999", "display_name": "x"}, 400, "invalid_id", "account"),
        ("rev-orgs.create", {"account": "REV-1", "display_name": "x"}, 400, "unexpected_id_type", "account"),
        ("rev-orgs.create", {"account": "ACC-1", "display_name": "x", "environment": "moon"}, 400, "invalid_enum_value", "environment"),
        ("rev-orgs.create", {"account": "ACC-1", "display_name": "x", "tags": [{"id": "TAG-99"}]}, 400, "invalid_id", "tags"),
        (
            "rev-orgs.create",
            {"account": "ACC-1", "display_name": "x", "custom_schema_fragments": ["TYPEFRAG-99"]},
            400,
            "invalid_id",
            "custom_schema_fragments",
        ),
        (
            "rev-orgs.create",
            {"account": "ACC-1", "display_name": "x", "custom_fields": {"tnt__none": 1}},
            400,
            "customization_validation_error",
            "custom_fields.tnt__none",
        ),
        ("rev-orgs.get", {}, 400, "missing_required_field", "id"),
        ("rev-orgs.get", {"id": "REV-1", "account": "ACC-1"}, 400, "value_not_permitted", "account"),
        ("rev-orgs.get", {"id": "REV-999"}, 404, "not_found", None),
        ("rev-orgs.get", {"account": "ACC-999"}, 404, "not_found", None),
        ("rev-orgs.get", {"id": "don:identity:dvrv-us-1:devo/other:revo/1"}, 400, "invalid_id", "id"),
        ("rev-orgs.update", {"id": "REV-999", "tier": "x"}, 404, "not_found", None),
        ("rev-orgs.update", {"id": "REV-1", "custom_fields": {}}, 400, "invalid_field", "custom_fields"),
        ("rev-orgs.delete", {"id": "REV-999"}, 404, "not_found", None),
        ("rev-orgs.list", {"custom_field_filter": ["x"]}, 400, "value_not_permitted", "custom_field_filter[0]"),
        ("rev-orgs.list", {"custom_field_filter": ["tnt__none:1"]}, 400, "invalid_field", "custom_fields.tnt__none"),
        ("rev-orgs.list", {"limit": 0}, 400, "value_not_permitted", "limit"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = devrev.call("rev-orgs.list", {"limit": 1000})
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert devrev.call("rev-orgs.list", {"limit": 1000}) == before


def test_who_may(devrev: Devrev) -> None:
    made = make(devrev, "Rights")
    for path, body in (
        ("rev-orgs.list", {}),
        ("rev-orgs.get", {"id": made["id"]}),
        ("rev-orgs.create", {"account": "ACC-1", "display_name": "x"}),
    ):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("rev-orgs.delete", {"id": made["id"]}, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call("rev-orgs.list", {}, who="globex")["rev_orgs"] == []
    devrev.call("rev-orgs.get", {"id": made["display_id"]}, who="globex", expect=404)
